import { listApiKeys, namesOf, usedHours } from '../../auth/api-keys';
import type { Keeper } from '../../keeper';
import { addSeconds, iso } from '../../lib/time';
import type { ApiKeyRow } from '../../store/schema';
import { moment, type Moment, type Tone } from '../words';

export interface KeysView {
  /** Those that work, the newest first. */
  valid: KeyRowView[];
  /** The newest of those that were revoked or have expired, and how many there are of them. */
  ended: KeyRowView[];
  endedCount: number;
}

export interface KeyRowView {
  id: string;
  name: string;
  /** "all connections", or "crm, desk and 3 more". */
  connections: string;
  rights: string;
  created: Moment;
  expires: (Moment & { isNear: boolean }) | null;
  /** Null as long as it works. */
  ended: (Moment & { verb: string }) | null;
  used: Moment | null;
  strip: StripView;
}

interface StripView {
  cells: { tone: Tone | 'idle' }[];
  words: string;
}

const mostEnded = 50;
const hoursShown = 24;
/** When somebody should think of the next key, in seconds. */
const near = 14 * 24 * 3600;

export async function keysView({ store, now }: Keeper): Promise<KeysView> {
  const time = now();
  const hours = hoursUntil(time);
  const [keys, used] = await Promise.all([listApiKeys(store), usedHours(store, hours)]);
  const rows = keys.map((key) => keyRowView(key, time, stripOf(hours, used.get(key.id) ?? new Set())));
  const ended = rows.filter((row) => row.ended !== null);
  return {
    valid: rows.filter((row) => row.ended === null),
    ended: ended.slice(0, mostEnded),
    endedCount: ended.length,
  };
}

/** The ISO times at which the last 24 hours begin, the one that is under way last. */
export function hoursUntil(time: Date): string[] {
  return Array.from({ length: hoursShown }, (_, hour) =>
    iso(addSeconds(time, (hour - hoursShown + 1) * 3600)).replace(/:.*/, ':00:00.000Z'),
  );
}

export function stripOf(hours: readonly string[], used: ReadonlySet<string>): StripView {
  const cells = hours.map((hour) => ({ tone: used.has(hour) ? ('good' as const) : ('idle' as const) }));
  const count = cells.filter(({ tone }) => tone === 'good').length;
  return { cells, words: count === 0 ? 'No token taken in 24 hours' : `Tokens taken in ${count} of the last 24 hours` };
}

export function keyRowView(key: ApiKeyRow, now: Date, strip: StripView): KeyRowView {
  const { expires_at: expiresAt, last_used_at: usedAt } = key;
  return {
    id: key.id,
    name: key.name,
    connections: connectionsInWords(namesOf(key)),
    rights: key.rights === 'refresh' ? 'get tokens and force refreshes' : 'get tokens',
    created: moment(key.created_at, now),
    expires: expiresAt === null ? null : { ...moment(expiresAt, now), isNear: expiresAt < iso(addSeconds(now, near)) },
    ended: endOf(key, now),
    used: usedAt === null ? null : moment(usedAt, now),
    strip,
  };
}

function endOf({ revoked_at: revokedAt, expires_at: expiresAt }: ApiKeyRow, now: Date): KeyRowView['ended'] {
  if (revokedAt !== null) return { ...moment(revokedAt, now), verb: 'Revoked' };
  if (expiresAt !== null && expiresAt <= iso(now)) return { ...moment(expiresAt, now), verb: 'Expired' };
  return null;
}

const shownNames = 3;

function connectionsInWords(names: readonly string[] | null): string {
  if (names === null) return 'all connections';
  const first = names.slice(0, shownNames).join(', ');
  const more = names.length - shownNames;
  return more > 0 ? `${first} and ${more.toLocaleString('en')} more` : first;
}
