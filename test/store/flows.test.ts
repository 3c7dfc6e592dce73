import {
  addFlow,
  awaitConfirmation,
  beginExchange,
  confirmFlow,
  dismissFlow,
  dismissFlowsOf,
  endFlow,
  exchangesUntouchedSince,
  findFlow,
  findFlowByState,
  forgetFlowsBefore,
  grantCodesSince,
  interruptFlow,
  keepAnswer,
  openAnswer,
  openCode,
  openVerifier,
  takeOver,
  unconfirmedFlows,
  unfinishedFlows,
} from '../../src/store/flows';
import type { FlowRow } from '../../src/store/schema';
import { inTransaction, type Store } from '../../src/store/store';
import { databases } from '../support/postgres';
import { at, atOnce, started, useStore } from '../support/rows';

describe.each(databases)('flows on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);
  const grant = { code: '1000.grant.code', dataCenter: 'in' } as const;

  it('finds a flow by its state without storing the state, and keeps the verifier sealed', async () => {
    const flow = await started(store(), { state: 'the-state-itself', verifier: 'the-verifier-itself' });
    expect(JSON.stringify(flow)).not.toMatch(/the-state-itself|the-verifier-itself/);
    expect(openVerifier(store(), flow)).toBe('the-verifier-itself');
    expect(await findFlowByState(store(), 'the-state-itself')).toEqual(flow);
    expect(await findFlowByState(store(), 'The-State-Itself')).toBeUndefined();
  });

  it('adds one flow for a state, however many ask at once', async () => {
    const flow = {
      state: 'pasted by many',
      sessionId: 'session',
      connectionName: 'many',
      clientId: '1000.CLIENT',
      dataCenter: 'us' as const,
      scopes: [],
      redirectUri: '',
      verifier: null,
      linkId: null,
    };
    const added = await atOnce(10, () =>
      inTransaction(store(), async (transaction) => {
        const isNew = await addFlow(transaction, flow, at(0));
        expect(await findFlowByState(transaction, flow.state)).toMatchObject({ connection_name: 'many' });
        return isNew;
      }),
    );
    expect(added.filter(Boolean)).toHaveLength(1);
  });

  it('lets one of fifty callers spend a state, and only once', async () => {
    const flow = await started(store());
    const spent = await atOnce(50, () => beginExchange(store(), flow, grant, at(1)));
    expect(spent.filter(Boolean)).toHaveLength(1);
    expect(await beginExchange(store(), flow, grant, at(2))).toBe(false);
  });

  it('keeps the code sealed while it is exchanged, at the data centre that the callback named', async () => {
    const flow = await exchanging(store());
    expect(flow).toMatchObject({ status: 'exchanging', data_center: 'in' });
    expect(JSON.stringify(flow)).not.toContain(grant.code);
    expect(openCode(store(), flow)).toBe(grant.code);
  });

  it('keeps the answer in the place of the code, which is spent by then', async () => {
    const { id } = await exchanging(store());
    await keepAnswer(store(), id, '{"the":"answer"}', at(2));
    const flow = await again(store(), id);
    expect(openAnswer(store(), flow)).toBe('{"the":"answer"}');
    expect(flow.code_sealed).toBeNull();
  });

  it.each(['done', 'failed'] as const)('ends a flow once as %s and wipes its secrets', async (status) => {
    const { id } = await exchanging(store());
    const ends = await atOnce(10, () => endFlow(store(), id, status, null, at(3)));
    expect(ends.filter(Boolean)).toHaveLength(1);
    const none = { verifier_sealed: null, code_sealed: null, answer_sealed: null };
    expect(await again(store(), id)).toMatchObject({ status, ...none });
  });

  it('interrupts what is being exchanged, but not what is done', async () => {
    const open = await exchanging(store());
    const done = await exchanging(store());
    await endFlow(store(), done.id, 'done', null, at(3));
    for (const { id } of [open, done]) await interruptFlow(store(), id, at(4));
    expect(await again(store(), open.id)).toMatchObject({ status: 'interrupted', code_sealed: null });
    expect(await again(store(), done.id)).toMatchObject({ status: 'done' });
  });

  it('hands an interrupted exchange over to one of twenty processes', async () => {
    const flow = await exchanging(store());
    const taken = await atOnce(20, (n) => takeOver(store(), flow, at(40 + n)));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it('knows which exchanges nobody has touched since a time', async () => {
    const old = await exchanging(store(), at(100));
    const young = await exchanging(store(), at(200));
    const found = (await exchangesUntouchedSince(store(), at(150))).map((flow) => flow.id);
    expect(found).toContain(old.id);
    expect(found).not.toContain(young.id);
  });

  it('reports an exchange until it ends, and an interrupted one until it is dismissed', async () => {
    const reported = async () => (await unfinishedFlows(store())).map((flow) => flow.id);
    const ended = await exchanging(store(), at(1000));
    const interrupted = await exchanging(store(), at(1001));
    await dismissFlow(store(), ended.id, at(1002));
    expect(await reported()).toEqual(expect.arrayContaining([ended.id, interrupted.id]));
    await endFlow(store(), ended.id, 'done', null, at(1002));
    await interruptFlow(store(), interrupted.id, at(1002));
    expect(await reported()).not.toContain(ended.id);
    expect(await reported()).toContain(interrupted.id);
    await dismissFlow(store(), interrupted.id, at(1003));
    expect(await reported()).not.toContain(interrupted.id);
  });

  it('stops reporting interrupted attempts at a name that is connected later', async () => {
    const mine = await exchanging(store(), at(2000));
    const other = await exchanging(store(), at(2001));
    for (const { id } of [mine, other]) await interruptFlow(store(), id, at(2002));
    await dismissFlowsOf(store(), mine.connection_name, at(2003));
    const reported = (await unfinishedFlows(store())).map((flow) => flow.id);
    expect(reported).not.toContain(mine.id);
    expect(reported).toContain(other.id);
  });

  it('tell when Zoho gave a client grant codes: not at consents that are open or were declined', async () => {
    const clientId = '1000.COUNTED';
    const flows = await Promise.all([1, 2, 3, 4, 5].map(() => started(store(), { clientId }, at(0))));
    const [done, early, declined, tooMany] = flows.map(({ id }) => id) as [string, string, string, string];
    await endFlow(store(), done, 'done', null, at(20));
    await endFlow(store(), early, 'done', null, at(4));
    await endFlow(store(), declined, 'failed', 'declined', at(21));
    await endFlow(store(), tooMany, 'failed', 'too_many_consents', at(22));
    await endFlow(store(), (await started(store())).id, 'done', null, at(20));
    expect(await grantCodesSince(store(), clientId, at(5))).toEqual([at(22), at(20)]);
  });

  it('are confirmed by one of twenty callers, and then no more', async () => {
    const flow = await exchanging(store(), at(0));
    expect(await awaitConfirmation(store(), flow.id, 'the answer', at(1))).toBe(true);
    expect((await unconfirmedFlows(store(), { before: at(0) })).map(({ id }) => id)).not.toContain(flow.id);
    const [waiting] = await unconfirmedFlows(store(), { connectionName: flow.connection_name });
    expect(waiting && openAnswer(store(), waiting)).toBe('the answer');
    const confirmed = await atOnce(20, () => confirmFlow(store(), flow.id, at(2)));
    expect(confirmed.filter(Boolean)).toHaveLength(1);
  });

  it('forgets old flows, but never one whose end is not known or not yet seen', async () => {
    const issued = await started(store(), {}, at(-9000));
    const open = await exchanging(store(), at(-9000));
    const interrupted = await exchanging(store(), at(-9000));
    const young = await started(store(), {}, at(-10));
    const dismissed = await exchanging(store(), at(-9000));
    for (const flow of [interrupted, dismissed]) await interruptFlow(store(), flow.id, at(-8000));
    await dismissFlow(store(), dismissed.id, at(-7000));
    await forgetFlowsBefore(store(), at(-100));
    const flows = [issued, open, interrupted, dismissed, young];
    const left = await Promise.all(flows.map(({ id }) => findFlow(store(), id)));
    expect(left.map((flow) => flow?.id)).toEqual([undefined, open.id, interrupted.id, undefined, young.id]);
  });

  async function exchanging(from: Store, time = at(0)): Promise<FlowRow> {
    const flow = await started(from, {}, time);
    await beginExchange(from, flow, grant, time);
    return again(from, flow.id);
  }

  async function again(from: Store, id: string): Promise<FlowRow> {
    const flow = await findFlow(from, id);
    if (!flow) throw new Error('the flow is gone');
    return flow;
  }
});
