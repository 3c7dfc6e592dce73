import { type RawBuilder, sql } from 'kysely';
import { forgetRows } from './forget';
import type { BreakageRow, BreakageState } from './schema';
import type { Store } from './store';

/** Rows that are looked at or changed at a time, so that SQLite holds nobody up for long. */
export const batch = 250;

export type Noted = Pick<BreakageRow, 'connection_name' | 'state' | 'error_code'>;

/** When it is, the time before which a refresh failed long enough ago, and the failures that early ones have had. */
export interface Times {
  readonly now: string;
  readonly failedBefore: string;
  readonly stumbles: number;
}

/** Which connections are in this state. The failures since the last good refresh tell since when one fails. */
function isIn(state: BreakageState, { now, failedBefore, stumbles }: Times): RawBuilder<boolean> {
  if (state === 'needs_reconnect') return sql`c.status = 'needs_reconnect'`;
  const hasToken = sql`c.access_token_expires_at is not null and c.access_token_expires_at > ${now}`;
  const fails = sql`c.status = 'active' and c.error_code is not null`;
  if (state === 'stumbling') return sql`${fails} and ${hasToken} and c.failures >= ${stumbles}`;
  return sql`${fails} and not (${hasToken}) and exists (
    select 1 from refreshes r where r.connection_id = c.id and r.started_at > coalesce(c.checked_at, '')
    and r.started_at <= ${failedBefore} and r.result not in ('ok', 'pending', 'interrupted'))`;
}

export interface Troubled {
  readonly id: string;
  readonly state: BreakageState | null;
  /** As it is noted; null where nothing is. */
  readonly noted: BreakageState | null;
}

/** The next connections with an error after `after`, by id. The where is word for word that of a partial index. */
export async function troubledAfter(store: Store, after: string, times: Times): Promise<Troubled[]> {
  const { rows } = await sql<Troubled>`
    select c.id, b.state as noted,
      case when ${isIn('needs_reconnect', times)} then 'needs_reconnect' when b.state = 'failing' then 'failing'
        when ${isIn('failing', times)} then 'failing' when ${isIn('stumbling', times)} then 'stumbling' end as state
    from connections c left join breakages b on b.connection_id = c.id and b.ended_at is null
    where (c.status = 'needs_reconnect' or c.error_code is not null) and c.id > ${after}
    order by c.id limit ${sql.lit(batch)}`.execute(store.db);
  return rows;
}

/** When the oldest of the breaks that have not ended began. */
export async function oldestOpen({ db }: Store): Promise<string | null> {
  const row = await db
    .selectFrom('breakages')
    .select(({ fn }) => fn.min('since').as('since'))
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return row?.since ?? null;
}

export interface Open {
  readonly connection_id: string;
  readonly end: BreakageRow['ended_as'];
}

/** The next open breaks after `after`, by the id of the connection, and how each has ended; null where it has not. */
export async function openAfter(store: Store, after: string): Promise<Open[]> {
  const { rows } = await sql<Open>`
    select b.connection_id, case when c.status = 'active' and c.error_code is null then 'recovered'
      when c.id is null or c.status = 'revoked' then 'gone' end as "end"
    from breakages b left join connections c on c.id = b.connection_id
    where b.ended_at is null and b.connection_id > ${after}
    order by b.connection_id limit ${sql.lit(batch)}`.execute(store.db);
  return rows;
}

const betterThan: Readonly<Record<BreakageState, readonly BreakageState[]>> = {
  stumbling: [],
  failing: ['stumbling'],
  needs_reconnect: ['stumbling', 'failing'],
};

/**
 * Notes that these connections are in this state, or worse off than was noted, where they still are. Of any number of
 * instances exactly one gets each.
 */
export async function noteState(
  store: Store,
  state: BreakageState,
  ids: readonly string[],
  times: Times,
): Promise<Noted[]> {
  const better = betterThan[state];
  const worse =
    better.length === 0
      ? { rows: [] }
      : await sql<Noted>`
    update breakages set state = ${state}, to_tell = 'break',
      error_code = coalesce((select error_code from connections where id = connection_id), 'invalid_code')
    where ended_at is null and state in (${sql.join(better)}) and connection_id in (${sql.join(ids)})
    and exists (select 1 from connections c where c.id = connection_id and ${isIn(state, times)})
    returning connection_name, state, error_code`.execute(store.db);
  const begun = await sql<Noted>`
    insert into breakages (id, connection_id, connection_name, state, error_code, since, to_tell)
    select c.id || ' ' || ${times.now}, c.id, c.name, ${state}, coalesce(c.error_code, 'invalid_code'), ${times.now}, 'break'
    from connections c where c.id in (${sql.join(ids)}) and ${isIn(state, times)}
    on conflict do nothing
    returning connection_name, state, error_code`.execute(store.db);
  return [...worse.rows, ...begun.rows];
}

/** Notes what has ended: `gone` with its connection, which whoever did that knows. What nobody was told of ends untold. */
export async function noteEnds(
  store: Store,
  end: 'recovered' | 'gone',
  ids: readonly string[],
  now: string,
): Promise<Noted[]> {
  const isOver =
    end === 'recovered'
      ? sql`exists (select 1 from connections c where c.id = connection_id and c.status = 'active' and c.error_code is null)`
      : sql`not exists (select 1 from connections c where c.id = connection_id and c.status <> 'revoked')`;
  const untold = end === 'gone' ? sql`null` : sql`case when told_at is null then null else 'end' end`;
  const { rows } = await sql<Noted>`
    update breakages set ended_at = ${now}, ended_as = ${end}, to_tell = ${untold}
    where ended_at is null and connection_id in (${sql.join(ids)}) and ${isOver}
    returning connection_name, state, error_code`.execute(store.db);
  return rows;
}

/** What is to be told; a stumbling one apart. */
export interface Untold {
  readonly what: 'break' | 'end';
  readonly isEarly: boolean;
}

export async function countUntold({ db }: Store, { what, isEarly }: Untold): Promise<number> {
  const { count } = await db
    .selectFrom('breakages')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('to_tell', '=', what)
    .where('state', isEarly ? '=' : '<>', 'stumbling')
    .executeTakeFirstOrThrow();
  return Number(count);
}

export type Told = Noted & Pick<BreakageRow, 'connection_id'>;

/** Takes all of it, in the order of the names, for whoever tells it: each row once. Belongs in a transaction. */
export async function takeUntold({ db }: Store, { what, isEarly }: Untold, now: string): Promise<Told[]> {
  const rows = await db
    .updateTable('breakages')
    .set({ to_tell: null, told_at: now })
    .where('to_tell', '=', what)
    .where('state', isEarly ? '=' : '<>', 'stumbling')
    .returning(['connection_id', 'connection_name', 'state', 'error_code'])
    .execute();
  return rows.toSorted((one, other) => (one.connection_name < other.connection_name ? -1 : 1));
}

/** How many connections are broken. Reads two indexes, as every page asks. */
export async function countBroken({ db }: Store): Promise<number> {
  const broken = await db
    .selectFrom('connections')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('status', '=', 'needs_reconnect')
    .executeTakeFirstOrThrow();
  const failing = await db
    .selectFrom('breakages')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('ended_at', 'is', null)
    .where('state', '=', 'failing')
    .executeTakeFirstOrThrow();
  return Number(broken.count) + Number(failing.count);
}

export type BreakageOf = BreakageRow & { readonly name: string | null };

/** The latest breaks, the open ones first, with the name that the connection has now; null when it is gone. */
export async function recentBreakages({ db }: Store, limit: number): Promise<BreakageOf[]> {
  const all = db
    .selectFrom('breakages')
    .leftJoin('connections', 'connections.id', 'breakages.connection_id')
    .selectAll('breakages')
    .select('connections.name')
    .orderBy('since', 'desc')
    .limit(limit);
  const open = await all.where('ended_at', 'is', null).execute();
  const ended = open.length < limit ? await all.where('ended_at', 'is not', null).execute() : [];
  return [...open, ...ended].slice(0, limit);
}

export async function forgetBreakagesBefore(store: Store, time: string): Promise<void> {
  await forgetRows(store, 'breakages', { key: ['id'], which: sql`ended_at < ${time}` });
}
