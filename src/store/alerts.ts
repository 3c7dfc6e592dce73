import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { sql } from 'kysely';
import type { AlertRow, AlertType, BreakageState, ConnectionRow, TargetEvent } from './schema';
import { forgetRows } from './forget';
import type { Store } from './store';

export interface NewAlert {
  readonly type: AlertRow['type'];
  readonly connection?: Pick<ConnectionRow, 'name' | 'data_center'> | null;
  /** Of many connections at once. */
  readonly connections?: { readonly count: number; readonly first: readonly string[] };
  readonly state?: BreakageState | null;
  readonly errorCode?: string | null;
  readonly words?: { readonly sentence: string; readonly next: string } | null;
}

/** The one target that is told, or the events that a target must all have chosen to be told. */
export type Audience = { readonly id: string } | { readonly chose: readonly TargetEvent[] };

/** Writes an alert down, and its deliveries. Returns its id. Belongs in a transaction. */
export async function addAlert(store: Store, alert: NewAlert, audience: Audience, now: string): Promise<string> {
  const { type, connection, connections, state, errorCode, words } = alert;
  const id = `msg_${randomUUID()}`;
  await store.db
    .insertInto('alerts')
    .values({
      id,
      at: now,
      type,
      connection_name: connection?.name ?? null,
      data_center: connection?.data_center ?? null,
      state: state ?? null,
      error_code: errorCode ?? null,
      sentence: words?.sentence ?? null,
      next: words?.next ?? null,
      connections: connections?.first.join(' ') ?? null,
      connection_count: connections?.count ?? null,
    })
    .execute();
  const targetIds = 'id' in audience ? [audience.id] : await targetsWith(store, audience.chose);
  if (targetIds.length > 0) {
    const fresh = { status: 'pending', attempts: 0, tried_at: null, answer_status: null, reason: null } as const;
    const deliveries = targetIds.map((target) => ({
      ...fresh,
      id: randomUUID(),
      alert_id: id,
      target_id: target,
      due_at: now,
    }));
    await store.db.insertInto('deliveries').values(deliveries).execute();
  }
  return id;
}

/** The targets that have chosen all these events. */
export async function targetsWith({ db }: Store, events: readonly TargetEvent[]): Promise<string[]> {
  const rows = await db.selectFrom('alert_targets').select(['id', 'events']).orderBy('created_at').execute();
  return rows.filter((row) => events.every((event) => row.events.split(' ').includes(event))).map(({ id }) => id);
}

/** How many alerts of a type were raised since then. One that a clock ahead dated does not count. */
export async function countAlerts(
  { db }: Store,
  type: AlertType,
  { since, now }: { since: string; now: string },
): Promise<number> {
  const { count } = await db
    .selectFrom('alerts')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('at', '>', since)
    .where('at', '<=', now)
    .where('type', '=', type)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function recentAlerts(store: Store, limit: number): Promise<AlertRow[]> {
  return store.db.selectFrom('alerts').selectAll().orderBy('at', 'desc').orderBy('id').limit(limit).execute();
}

export async function forgetAlertsBefore(store: Store, time: string): Promise<void> {
  // Unlike a list of all old alerts, this is not made anew for each batch.
  const ofOld = sql`exists (select 1 from alerts where alerts.id = alert_id and at < ${time})`;
  await forgetRows(store, 'deliveries', { key: ['id'], which: ofOld });
  await forgetRows(store, 'alerts', { key: ['id'], which: sql`at < ${time}` });
}

/** Notes that something holds, for the first one who says so: of any number of instances exactly one gets true. */
export async function beginStanding({ db }: Store, subject: string, now: string): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('standing_alerts')
    .values({ subject, since: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}

/** Since when it holds; null when it does not. */
export async function standingSince({ db }: Store, subject: string): Promise<string | null> {
  const row = await db.selectFrom('standing_alerts').select('since').where('subject', '=', subject).executeTakeFirst();
  return row?.since ?? null;
}

export async function endOneStanding({ db }: Store, subject: string): Promise<void> {
  await db.deleteFrom('standing_alerts').where('subject', '=', subject).execute();
}

/** What stands for a kept file that cannot be written. Each computer has its own at this path. */
export function keptFileStanding(path: string): string {
  return `kept_file.failed ${hostname()} ${path}`;
}

/** Forgets what no longer holds of all subjects that begin with this word. */
export async function endStanding({ db }: Store, word: string, holding: readonly string[]): Promise<void> {
  await db
    .deleteFrom('standing_alerts')
    .where(sql<string>`substr(subject, 1, ${sql.lit(word.length + 1)})`, '=', `${word} `)
    .$if(holding.length > 0, (query) => query.where('subject', 'not in', holding))
    .execute();
}
