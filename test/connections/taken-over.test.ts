import { byKeeper } from '../../src/audit';
import { recover } from '../../src/connections/recover';
import { endBadly } from '../../src/connections/flow-end';
import { findConnection } from '../../src/store/connections';
import { beginExchange, endFlow, findFlow, keepAnswer, takeOver } from '../../src/store/flows';
import type { FlowRow } from '../../src/store/schema';
import { type TestKeeper, withoutServer } from '../support/keeper';
import { started, token } from '../support/rows';

// What the simulation found (seeds 2 and 21): an instance that stands still while another one takes its exchange over.
describe('an exchange that another instance has taken over', () => {
  let keeper: TestKeeper;
  let flow: FlowRow;
  const refreshToken = token();

  beforeEach(async () => {
    keeper = await withoutServer();
    const time = keeper.now().toISOString();
    const issued = await started(keeper.store, { clientId: keeper.config.client?.id ?? '' }, time);
    await beginExchange(keeper.store, issued, { code: 'a-code', dataCenter: 'us' }, time);
    flow = { ...issued, status: 'exchanging', updated_at: time };
  });
  afterEach(() => keeper.stop());

  it('is not ended by the one that stood still, so that the tokens of the other stay', async () => {
    keeper.advance(40);
    await takeOver(keeper.store, flow, keeper.now().toISOString());
    await keep();
    const end = { errorCode: 'timed_out', untouchedSince: flow.updated_at };
    expect((await endBadly(keeper, flow, end, byKeeper)).kind).toBe('unfinished');
    expect((await findFlow(keeper.store, flow.id))?.answer_sealed).not.toBeNull();
  });

  it('has its tokens revoked although it has ended already', async () => {
    await endFlow(keeper.store, flow.id, 'failed', 'timed_out', keeper.now().toISOString());
    await endBadly(keeper, flow, { errorCode: 'user_unclear', revoke: refreshToken }, byKeeper);
    expect(await waiting()).toBe(1);
  });

  it('has its tokens left alone where they were stored', async () => {
    await endFlow(keeper.store, flow.id, 'done', null, keeper.now().toISOString());
    await endBadly(keeper, flow, { errorCode: 'user_unclear', revoke: refreshToken }, byKeeper);
    expect(await waiting()).toBe(0);
  });

  it('stores no tokens that the other gives up meanwhile', async () => {
    await keep();
    keeper.advance(40);
    // Zoho is asked who the user is, for as long as it takes.
    keeper.simulator.control.faults.inject({ endpoint: 'userinfo', kind: 'slow', delay_ms: 300 });
    const recovered = recover(keeper, keeper.now(), byKeeper);
    await keeper.simulator.control.arrived(1, { endpoint: 'userinfo' });
    await endBadly(keeper, flow, { errorCode: 'user_unclear', revoke: refreshToken }, byKeeper);
    await recovered;
    expect(await findConnection(keeper.store, flow.connection_name)).toBeUndefined();
  });

  async function keep(): Promise<void> {
    const answer = {
      accessToken: token(),
      refreshToken,
      expiresIn: 3600,
      apiDomain: null,
      scopes: ['AaaServer.profile.READ'],
      receivedAt: keeper.now().toISOString(),
    };
    await keepAnswer(keeper.store, flow.id, JSON.stringify(answer), keeper.now().toISOString());
  }

  async function waiting(): Promise<number> {
    return (await keeper.store.db.selectFrom('revocations').select('id').execute()).length;
  }
});
