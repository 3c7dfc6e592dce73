import type { Context } from '../context';
import {
  connectionsBeside,
  connectionsHolding,
  connectionsOfUser,
  crowdedUsers,
  type DueRevocation,
  flowsWaiting,
  type HoldingConnection,
  revocationsDue,
  type WaitingFlow,
} from '../store/slots';
import { slotLimit } from '../zoho/refresh-causes';

export { slotLimit } from '../zoho/refresh-causes';

/** From how many on a person is told. */
const nearlyFull = 15;

/** A refresh token that lives at Zoho as far as is known here. */
export interface Slot {
  /** The connection that it is, or was, of. */
  readonly name: string;
  /** ISO; when it was made, or for an imported one when it was brought here. */
  readonly since: string;
  /** `ending`: to be revoked; `unconfirmed`: waits for a second yes. */
  readonly state: 'used' | 'ending' | 'unconfirmed';
}

/** The refresh tokens of one Zoho user and client. Those that other programs made are not known. */
export interface Slots {
  readonly clientId: string;
  /** Null when Zoho did not tell whose they are: then these are of one connection. */
  readonly zuid: string | null;
  readonly email: string | null;
  /** The oldest first. */
  readonly slots: readonly Slot[];
  /** Of all users of this client; on a connection's page right up to the limit only, beyond which it says nothing. */
  readonly ofClient: number;
}

/** Of the user and client of this connection. */
export async function slotsOf(
  context: Context,
  connection: Pick<HoldingConnection, 'name' | 'client_id' | 'zuid'>,
): Promise<Slots> {
  const { store } = context;
  const { name, client_id: clientId, zuid } = connection;
  const [connections, revocations, flows] = await Promise.all([
    connectionsBeside(store, connection, slotLimit + 1),
    revocationsDue(store, clientId),
    flowsWaiting(store, clientId),
  ]);
  const own = countSlots(connections, revocations, flows).find((one) =>
    zuid === null ? one.zuid === null && one.slots[0]?.name === name : one.zuid === zuid,
  );
  return own ?? { clientId, zuid, email: null, slots: [], ofClient: 0 };
}

/** Of every user and client. */
export async function allSlots({ store }: Context): Promise<Slots[]> {
  const [connections, revocations, flows] = await Promise.all([
    connectionsHolding(store),
    revocationsDue(store, null),
    flowsWaiting(store, null),
  ]);
  return countSlots(connections, revocations, flows);
}

export function countSlots(
  connections: readonly HoldingConnection[],
  revocations: readonly DueRevocation[],
  flows: readonly WaitingFlow[],
): Slots[] {
  const groups = new Map<string, Omit<Slots, 'slots' | 'ofClient'> & { slots: Slot[] }>();
  const add = (clientId: string, zuid: string | null, email: string | null, slot: Slot): void => {
    const key = `${clientId} ${zuid ?? `of ${slot.name}`}`;
    const group = groups.get(key) ?? { clientId, zuid, email, slots: [] };
    groups.set(key, { ...group, email: group.email ?? email, slots: [...group.slots, slot] });
  };
  for (const row of connections) {
    // What Zoho refuses has no slot any more.
    const isLiving = row.status !== 'needs_reconnect' || row.error_code !== 'invalid_code';
    if (isLiving)
      add(row.client_id, row.zuid, row.user_email, { name: row.name, since: row.connected_at, state: 'used' });
  }
  for (const row of revocations) {
    const since = row.made_at ?? row.created_at;
    if (row.client_id !== null)
      add(row.client_id, row.zuid, null, { name: row.connection_name, since, state: 'ending' });
  }
  const users = new Map(connections.map(({ name, zuid }) => [name, zuid]));
  for (const row of flows) {
    // A reconnect by somebody else is refused, so the user is the one of the connection.
    const zuid = users.get(row.connection_name) ?? null;
    add(row.client_id, zuid, null, { name: row.connection_name, since: row.updated_at, state: 'unconfirmed' });
  }
  const ofClients = new Map<string, number>();
  for (const { clientId, slots } of groups.values())
    ofClients.set(clientId, (ofClients.get(clientId) ?? 0) + slots.length);
  return [...groups.values()].map((group) => ({
    ...group,
    slots: group.slots.toSorted((one, other) => one.since.localeCompare(other.since)),
    ofClient: ofClients.get(group.clientId) ?? 0,
  }));
}

/** What to tell when the slots run out; null while there are enough. */
export function slotsWarning({ slots, ofClient }: Slots): string | null {
  const used = slots.length;
  const oldest = slots[0];
  if (used >= slotLimit - 1 && oldest) {
    const pushes = used >= slotLimit ? 'pushes out' : 'may push out';
    return `${used} of the ${slotLimit} refresh tokens that Zoho keeps for this user and client are known here: the next connect ${pushes} ${slotWords(oldest)}, the oldest. Disconnect what is not needed.`;
  }
  if (used >= nearlyFull) {
    return `${used} of the ${slotLimit} refresh tokens that Zoho keeps for this user and client are known here, and other programs may have more: one beyond them ends the oldest without a word.`;
  }
  // Where more than the limit live, the limit is evidently not the client's.
  if (ofClient > used && ofClient >= nearlyFull && ofClient <= slotLimit) {
    return `${ofClient} refresh tokens of several users are made with this client. Zoho’s pages do not agree whether ${slotLimit} are kept for each user or for the whole client: if it is the client, the oldest will end soon.`;
  }
  return null;
}

/** Users whose slots run out, for an alert. Counts connections alone, which is what a person can do something about. */
export async function lowSlots({ store }: Context): Promise<{ subject: string; sentence: string; next: string }[]> {
  const low = [];
  for (const { client_id: clientId, zuid } of await crowdedUsers(store, nearlyFull)) {
    const [slots] = countSlots(await connectionsOfUser(store, clientId, zuid), [], []);
    const sentence = slots ? slotsWarning(slots) : null;
    if (sentence === null) continue;
    const next = `It is about ${slots?.email ?? `the Zoho user ${zuid}`} and the client ${clientId}.`;
    low.push({ subject: `${clientId} ${zuid}`, sentence, next });
  }
  return low;
}

function slotWords({ name, state }: Slot): string {
  if (state === 'ending') return `a token that “${name}” had before`;
  return state === 'unconfirmed' ? `the new token of “${name}”, which waits for your answer` : `“${name}”`;
}
