import { type Keeper, startKeeper } from './support/keeper';

describe('the budget of refreshes', () => {
  let keeper: Keeper;
  beforeAll(async () => {
    keeper = await startKeeper();
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
});
