import { getConnection } from '../../src/connections/connections';
import { connectionsJson } from '../../src/tokens/connection-json';
import { type TestKeeper, withoutServer } from '../support/keeper';

describe('the budget of refreshes', () => {
  let keeper: TestKeeper;
  beforeAll(async () => {
    keeper = await withoutServer();
  });
  afterAll(() => keeper.stop());

  it('is not used up by an outage of Zoho’s, so that recovery takes one try', async () => {
    const name = await keeper.connection();
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503', times: Infinity });
    for (let tries = 0; tries < 14; tries++) {
      keeper.advance(310);
      await expect(keeper.tokens.refresh(name, 'program')).rejects.toMatchObject({ code: 'zoho_unavailable' });
    }
    keeper.simulator.control.faults.clearFaults();
    keeper.advance(310);
    await expect(keeper.tokens.refresh(name, 'program')).resolves.toMatchObject({ refreshed: true });
  });

  it('leaves at most 13 tokens in an hour to programs and one more to a person', async () => {
    const name = await keeper.connection();
    for (let tries = 0; tries < 13; tries++) {
      keeper.advance(100);
      await keeper.tokens.refresh(name, 'program');
    }
    keeper.advance(100);
    await expect(keeper.tokens.refresh(name, 'program')).rejects.toMatchObject({ code: 'throttled', status: 429 });
    await expect(keeper.tokens.refresh(name, 'person')).resolves.toMatchObject({ refreshed: true });
    await expect(keeper.tokens.refresh(name, 'person')).rejects.toMatchObject({ code: 'throttled' });
  });

  it('says which of its limits is reached', async () => {
    const [often, long] = [await keeper.connection(), await keeper.connection()];
    for (let tries = 0; tries < 8; tries++) {
      await keeper.tokens.refresh(often, 'program');
      keeper.advance(1);
    }
    await expect(keeper.tokens.refresh(often, 'program')).rejects.toThrow(
      'refreshed this token 8 times in ten minutes',
    );
    for (let tries = 0; tries < 13; tries++) {
      keeper.advance(100);
      await keeper.tokens.refresh(long, 'program');
    }
    const refused = keeper.tokens.refresh(long, 'program');
    await expect(refused).rejects.toThrow('fetched 13 access tokens in an hour');
    await expect(refused).rejects.not.toThrow('ten minutes');
  });

  describe('tells programs when the next refresh is possible', () => {
    async function budgetOf(
      name: string,
    ): Promise<{ used: number; limit: number; next_at: string | null } | undefined> {
      const rows = [await getConnection(keeper, name)];
      return (await connectionsJson(keeper, rows))[0]?.budget;
    }

    it.each(['json_503', 'access_denied', 'invalid_code'] as const)('after %s', async (kind) => {
      const name = await keeper.connection();
      expect(await budgetOf(name)).toEqual({ used: 0, limit: 8, next_at: null });
      keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind });
      await expect(keeper.tokens.refresh(name, 'program')).rejects.toThrow();
      const { throttled_until: throttled, retry_at: retry } = await getConnection(keeper, name);
      expect(await budgetOf(name)).toEqual({ used: 1, limit: 8, next_at: throttled ?? retry });
      expect(throttled ?? retry).toEqual(expect.any(String));
      keeper.advance(611);
      expect(await budgetOf(name)).toEqual({ used: 0, limit: 8, next_at: null });
    });

    it('when the window is full for longer than the pause after a failure', async () => {
      const name = await keeper.connection();
      const begun = keeper.now();
      for (let tries = 0; tries < 7; tries++) {
        await keeper.tokens.refresh(name, 'program');
        keeper.advance(1);
      }
      keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503' });
      await expect(keeper.tokens.refresh(name, 'program')).rejects.toThrow();
      const { next_at: next } = (await budgetOf(name)) ?? {};
      expect(Date.parse(String(next))).toBeGreaterThan(begun.getTime() + 600_000);
    });
  });

  it('names a second to wait when less is left', async () => {
    const name = await keeper.connection();
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'invalid_code', times: 2 });
    await expect(keeper.tokens.refresh(name, 'person')).rejects.toMatchObject({ retryAfter: 60 });
    keeper.advance(59.1);
    await expect(keeper.tokens.refresh(name, 'person')).rejects.toMatchObject({ retryAfter: 1 });
  });
});
