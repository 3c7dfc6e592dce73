import { type Kysely, PostgresAdapter, sql } from 'kysely';

/** Triggers, so that no statement can forget to say what it changed: see store/changes.ts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  for (const statement of isPostgres ? postgres : sqlite) await sql.raw(statement).execute(db);
}

/**
 * Claiming a refresh and using a token change nothing that people see. What was changed under a claim shows at the latest
 * when the claim is given back.
 */
const isShown = `
  (new.lease_owner is null or new.lease_owner is not distinct from old.lease_owner) and
  (new.seq <> old.seq or
    (new.used_at is not distinct from old.used_at and new.given_out_until is not distinct from old.given_out_until))`;

/** When a row is changed in one of these ways, its topic has changed. */
const others = [
  { name: 'events_inserted', on: 'insert on events', topic: 'events' },
  { name: 'alerts_inserted', on: 'insert on alerts', topic: 'alerts' },
  { name: 'deliveries_inserted', on: 'insert on deliveries', topic: 'alerts' },
  { name: 'deliveries_updated', on: 'update on deliveries', topic: 'alerts' },
  { name: 'sessions_deleted', on: 'delete on sessions', topic: 'sessions' },
];

const note = (topic: string): string => `insert into changes (topic) values (${topic});`;
const noteConnection = (row: 'old' | 'new'): string => note(`'connections/' || ${row}.name`);

const sqlite = [
  'create table changes (id integer primary key autoincrement, topic text not null)',
  // Whoever looks four times a second has seen all but the last ones.
  `create trigger changes_inserted after insert on changes
   begin delete from changes where id <= new.id - 1000; end`,
  `create trigger connections_inserted after insert on connections begin ${noteConnection('new')} end`,
  `create trigger connections_updated after update on connections when ${isShown}
   begin ${noteConnection('old')} ${noteConnection('new')} end`,
  `create trigger connections_deleted after delete on connections begin ${noteConnection('old')} end`,
  ...others.map(({ name, on, topic }) => `create trigger ${name} after ${on} begin ${note(`'${topic}'`)} end`),
];

// Listeners share the lock. While there is one, nobody gets it for himself, and changes are sent; while there is none,
// they are not, since all commits that send something wait for each other.
const postgres = [
  `create function keeper_note_change() returns trigger language plpgsql as $$
   declare
     topic text := tg_argv[0];
   begin
     if pg_try_advisory_xact_lock(4723905418) then
       return null;
     end if;
     if topic <> 'connections' then
       perform pg_notify('keeper_changes', tg_table_schema || ' ' || topic);
       return null;
     end if;
     if tg_op <> 'INSERT' then
       perform pg_notify('keeper_changes', tg_table_schema || ' connections/' || old.name);
     end if;
     if tg_op <> 'DELETE' then
       perform pg_notify('keeper_changes', tg_table_schema || ' connections/' || new.name);
     end if;
     return null;
   end $$`,
  `create trigger connections_inserted after insert or delete on connections
   for each row execute function keeper_note_change('connections')`,
  `create trigger connections_updated after update on connections
   for each row when (${isShown}) execute function keeper_note_change('connections')`,
  ...others.map(
    ({ name, on, topic }) =>
      `create trigger ${name} after ${on} for each statement execute function keeper_note_change('${topic}')`,
  ),
];
