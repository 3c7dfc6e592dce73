import { move } from './flows';
import type { FlowRow } from './schema';
import type { Store } from './store';

export interface NewDevice {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUrl: string;
  readonly expiresAt: string;
  readonly pollAt: string;
  readonly interval: number;
}

/** Makes a flow that has just been added wait for somebody who types the user code at Zoho. */
export async function makeDevice(store: Store, flowId: string, device: NewDevice): Promise<void> {
  const sealed = store.cipher.seal(device.deviceCode, { column: 'flows.device_code', row: flowId });
  await store.db
    .updateTable('flows')
    .set({
      device_code_sealed: sealed,
      user_code: device.userCode,
      verification_url: device.verificationUrl,
      device_expires_at: device.expiresAt,
      poll_at: device.pollAt,
      poll_interval: device.interval,
    })
    .where('id', '=', flowId)
    .execute();
}

/** Flows that wait for somebody at Zoho, the newest first; with `dueBy` those that Zoho may be asked about then. */
export async function waitingDevices(store: Store, dueBy?: string): Promise<FlowRow[]> {
  return store.db
    .selectFrom('flows')
    .selectAll()
    .where('status', '=', 'issued')
    .where('device_code_sealed', 'is not', null)
    .$if(dueBy !== undefined, (query) => query.where('poll_at', '<=', dueBy ?? ''))
    .orderBy('created_at', 'desc')
    .execute();
}

/** Moves the next question to Zoho on: of any number of processes one gets true, and asks. */
export async function claimPoll(store: Store, flow: FlowRow, pollAt: string): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('flows')
    .set({ poll_at: pollAt })
    .where('id', '=', flow.id)
    .where('status', '=', 'issued')
    .where('poll_at', '=', flow.poll_at)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** False when the flow waits no more. In a transaction nobody else changes it from here on. */
export async function changePolling(
  store: Store,
  flowId: string,
  change: Partial<Pick<FlowRow, 'poll_at' | 'poll_interval' | 'data_center'>>,
): Promise<boolean> {
  const { numUpdatedRows } = await store.db
    .updateTable('flows')
    .set(change)
    .where('id', '=', flowId)
    .where('status', '=', 'issued')
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** True when the flow was still waiting: its tokens have come, and may be made a connection. */
export async function takeDevice(store: Store, flowId: string, now: string): Promise<boolean> {
  return move(store, flowId, 'issued', now, { status: 'exchanging', device_code_sealed: null });
}

export function openDeviceCode(store: Store, flow: FlowRow): string | null {
  if (flow.device_code_sealed === null) return null;
  return store.cipher.open(flow.device_code_sealed, { column: 'flows.device_code', row: flow.id });
}
