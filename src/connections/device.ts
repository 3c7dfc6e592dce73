import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { Problem } from '../lib/problem';
import { randomSecret } from '../lib/secrets';
import { addSeconds, iso } from '../lib/time';
import {
  changePolling,
  claimPoll,
  makeDevice,
  openDeviceCode,
  takeDevice,
  waitingDevices,
} from '../store/device-flows';
import { openOrNull } from '../store/encryption/cipher';
import { addFlow, findFlow, findFlowByState } from '../store/flows';
import { addRevocation } from '../store/revocations';
import type { FlowRow } from '../store/schema';
import type { TokenAnswer } from '../zoho/answers';
import type { DevicePoll } from '../zoho/device';
import { ZohoError } from '../zoho/errors';
import { explain } from '../zoho/messages';
import { findClient } from './clients';
import { keepAndEstablish } from './establish';
import { endBadlyIn, type Outcome, outcomeOf } from './flow-end';
import { type OtherWay, prepare, problemOf } from './prepare';
import { flushRevocationsSoon } from './revocations';

export { waitingDevices } from '../store/device-flows';

/** Gets a code for somebody to type at Zoho. From then on `pollDevices` asks what became of it. Throws a Problem. */
export async function beginDevice(context: Context, request: OtherWay, actor: Actor): Promise<FlowRow> {
  const { zoho, now } = context;
  const { name: connectionName, client, dataCenter, scopes } = await prepare(context, request);
  const { clientId } = client;
  const begun = now();
  const device = await zoho.requestDevice(dataCenter, { clientId, scopes }).catch((error: unknown) => {
    if (!(error instanceof ZohoError)) throw error;
    throw problemOf(error.code === 'invalid_client' ? explain('not_for_devices', 'connect') : error);
  });
  const { deviceCode, userCode, verificationUrl, interval, life } = device;
  const [expiresAt, pollAt] = [iso(addSeconds(begun, life)), iso(addSeconds(now(), interval))];
  return inTransaction(context, async (transaction) => {
    const { store } = transaction;
    // Nobody ever learns this state, so no callback ends the flow.
    const [state, sessionId] = [randomSecret(), randomSecret()];
    const flow = {
      state,
      sessionId,
      connectionName,
      clientId,
      dataCenter,
      scopes,
      redirectUri: '',
      verifier: null,
      linkId: null,
    };
    await addFlow(store, flow, iso(begun));
    const added = await findFlowByState(store, state);
    if (!added) throw new Error('a flow that was just added is gone');
    await makeDevice(store, added.id, { deviceCode, userCode, verificationUrl, expiresAt, pollAt, interval });
    await record(transaction, actor, { action: 'connect_started', subject: connectionName, detail: 'on a device' });
    return (await findFlow(store, added.id)) ?? added;
  });
}

/** Throws a Problem when there is no such device flow (any more). */
export async function getDevice({ store }: Context, id: string): Promise<FlowRow> {
  const flow = await findFlow(store, id);
  if (flow && flow.user_code !== null) return flow;
  throw new Problem(404, 'not_found', 'There is no such code (any more).', 'Start again for another one.');
}

/**
 * Asks Zoho about each code that is due, or about one. Of several processes on a database one asks. Never throws for
 * Zoho's sake.
 */
export async function pollDevices(context: Context, actor: Actor, flowId?: string): Promise<void> {
  const waiting = await waitingDevices(context.store, iso(context.now()));
  const due = waiting.filter(({ id }) => flowId === undefined || id === flowId);
  await Promise.all(due.map((flow) => context.inFlight.track(poll(context, flow, actor))));
}

/** Ends a flow that still waits. Returns how it ended, which may be another way. */
export async function cancelDevice(context: Context, id: string, actor: Actor): Promise<Outcome> {
  const flow = await getDevice(context, id);
  return flow.status === 'issued' ? endWaiting(context, flow, 'cancelled', actor) : outcomeOf(context, flow);
}

async function poll(context: Context, flow: FlowRow, actor: Actor): Promise<void> {
  const { store, log, now } = context;
  const interval = flow.poll_interval ?? 0;
  if (!(await claimPoll(store, flow, iso(addSeconds(now(), interval))))) return;
  if (iso(now()) >= (flow.device_expires_at ?? ''))
    return void (await endWaiting(context, flow, 'device_expired', actor));
  const sentAt = now();
  const answer = await ask(context, flow).catch((error: unknown): DevicePoll => {
    if (error instanceof Problem) return { kind: 'ended', errorCode: 'invalid_client' };
    if (!(error instanceof ZohoError)) throw error;
    log.warn({ connection: flow.connection_name, error_code: error.code }, 'a device code could not be asked about');
    // Whatever else it is may be over by the next time.
    return error.kind === 'fix_setup' ? { kind: 'ended', errorCode: error.code } : { kind: 'pending' };
  });
  switch (answer.kind) {
    case 'pending':
      return;
    case 'slow_down':
      return void (await changePolling(store, flow.id, {
        poll_interval: interval + 5,
        poll_at: iso(addSeconds(now(), interval + 5)),
      }));
    case 'elsewhere':
      if (answer.dataCenter === flow.data_center) return;
      return void (await changePolling(store, flow.id, { data_center: answer.dataCenter, poll_at: iso(now()) }));
    case 'ended':
      return void (await endWaiting(context, flow, answer.errorCode, actor));
    case 'tokens':
      return take(context, flow, answer.answer, { sentAt, actor });
  }
}

async function ask(context: Context, flow: FlowRow): Promise<DevicePoll> {
  const { store, zoho } = context;
  const code = openOrNull(() => openDeviceCode(store, flow));
  if (code === null) return { kind: 'ended', errorCode: 'device_code_refused' };
  const client = await findClient(context, flow.client_id, flow.data_center);
  return zoho.pollDevice(client, flow.data_center, code);
}

async function take(
  context: Context,
  flow: FlowRow,
  answer: TokenAnswer,
  { sentAt, actor }: { sentAt: Date; actor: Actor },
): Promise<void> {
  const { store, zoho, now } = context;
  const { refreshToken } = answer;
  if (refreshToken === null) return void (await endWaiting(context, flow, 'no_refresh_token', actor));
  const isWaiting = await takeDevice(store, flow.id, iso(now())).catch(async (error: unknown) => {
    // They cannot be written down, and Zoho gives them once.
    await zoho.revoke(null, flow.data_center, refreshToken).catch(() => undefined);
    throw error;
  });
  if (!isWaiting) return discard(context, flow, refreshToken);
  await keepAndEstablish(
    context,
    { ...flow, status: 'exchanging' },
    { ...answer, refreshToken, receivedAt: iso(sentAt) },
    actor,
  );
}

/** Holds the flow first, so that tokens that come at the same time are either kept or revoked. */
async function endWaiting(context: Context, flow: FlowRow, errorCode: string, actor: Actor): Promise<Outcome> {
  return inTransaction(context, async (transaction) => {
    const { store } = transaction;
    const isWaiting = await changePolling(store, flow.id, { poll_at: flow.poll_at });
    if (isWaiting) return endBadlyIn(transaction, flow, { errorCode }, actor);
    return outcomeOf(transaction, (await findFlow(store, flow.id)) ?? flow);
  });
}

/** Somebody cancelled while Zoho answered. */
async function discard(context: Context, flow: FlowRow, token: string): Promise<void> {
  const { store, now } = context;
  const { connection_name: connectionName, client_id: clientId, data_center: dataCenter } = flow;
  await addRevocation(store, { connectionName, clientId, dataCenter, token }, iso(now()));
  flushRevocationsSoon(context);
}
