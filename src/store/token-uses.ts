import { sql } from 'kysely';
import { forgetRows } from './forget';
import type { TokenUseRow } from './schema';
import { inTransaction, type Store } from './store';

/** Five values go with each row, and SQLite takes 32,766 in a statement. */
const rowsTogether = 1000;

/** Adds counts to what is there, so that several instances add up: all of them, or none when it throws. */
export async function addTokenUses(store: Store, uses: readonly TokenUseRow[]): Promise<void> {
  const totals = new Map<string, number>();
  for (const { hour, count } of uses) totals.set(hour, (totals.get(hour) ?? 0) + count);
  await inTransaction(store, async (transaction) => {
    // In one order, so that two instances never wait for each other.
    const ordered = uses.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
    for (let start = 0; start < ordered.length; start += rowsTogether) {
      await addRows(transaction, ordered.slice(start, start + rowsTogether));
    }
    for (const hour of [...totals.keys()].toSorted()) await addTotal(transaction, hour, totals.get(hour) ?? 0);
  });
}

function placeOf({ connection_id: connection, api_key_id: key, hour }: TokenUseRow): string {
  return `${connection} ${key} ${hour}`;
}

async function addRows({ db }: Store, rows: TokenUseRow[]): Promise<void> {
  await db
    .insertInto('token_uses')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['connection_id', 'api_key_id', 'hour']).doUpdateSet(({ eb, ref }) => ({
        count: eb('token_uses.count', '+', ref('excluded.count')),
        last_at: eb
          .case()
          .when('token_uses.last_at', '>', ref('excluded.last_at'))
          .then(ref('token_uses.last_at'))
          .else(ref('excluded.last_at'))
          .end(),
      })),
    )
    .execute();
}

async function addTotal({ db }: Store, hour: string, count: number): Promise<void> {
  await db
    .insertInto('token_totals')
    .values({ hour, count })
    .onConflict((conflict) =>
      conflict.column('hour').doUpdateSet(({ eb, ref }) => ({
        count: eb('token_totals.count', '+', ref('excluded.count')),
      })),
    )
    .execute();
}

interface HourCount {
  /** ISO time at which the hour begins. */
  readonly hour: string;
  readonly count: number;
}

/** Tokens given out by the whole installation, hour by hour; hours without any are left out. */
export async function tokensByHour({ db }: Store, since: string): Promise<HourCount[]> {
  return db.selectFrom('token_totals').select(['hour', 'count']).where('hour', '>=', since).orderBy('hour').execute();
}

export interface Taker {
  /** Empty for people, at a page or the command line. */
  readonly apiKeyId: string;
  /** Null when the key's row is gone, and for people. */
  readonly keyName: string | null;
  readonly count: number;
  readonly lastAt: string;
}

/** Who took tokens of a connection in the hours from `since` on, the latest first. */
export async function takersOf({ db }: Store, connectionId: string, since: string): Promise<Taker[]> {
  const rows = await db
    .selectFrom('token_uses')
    .leftJoin('api_keys', 'api_keys.id', 'token_uses.api_key_id')
    .select(({ fn }) => [
      'token_uses.api_key_id as apiKeyId',
      'api_keys.name as keyName',
      fn.sum<number | string>('token_uses.count').as('count'),
      fn.max('token_uses.last_at').as('lastAt'),
    ])
    .where('token_uses.connection_id', '=', connectionId)
    .where('token_uses.hour', '>=', since)
    .groupBy(['token_uses.api_key_id', 'api_keys.name'])
    .orderBy('lastAt', 'desc')
    .orderBy('apiKeyId')
    .execute();
  // PostgreSQL's driver sends sums as text.
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

/** Forgets who took what in hours before `hour`, and the totals of hours before `totalsBefore`. */
export async function forgetTokenUses(store: Store, hour: string, totalsBefore: string): Promise<void> {
  const key = ['connection_id', 'api_key_id', 'hour'];
  await forgetRows(store, 'token_uses', { key, which: sql`hour < ${hour} order by hour` });
  await forgetRows(store, 'token_totals', { key: ['hour'], which: sql`hour < ${totalsBefore}` });
}
