import type { ConnectionRow, RefreshRow } from '../../src/store/schema';
import { query } from '../support/postgres';

/** A row as it was written, or taken out, at this time by the database's clock, in milliseconds. */
export interface Written<Row> {
  readonly at: number;
  readonly isGone: boolean;
  readonly row: Row;
}

export interface WrittenRows {
  readonly connections: readonly Written<ConnectionRow>[];
  readonly refreshes: readonly Written<RefreshRow>[];
}

/** From now on the database itself keeps what is written, in the same transaction. */
export async function keepWhatIsWritten(url: string): Promise<void> {
  await query(url, 'create schema rig');
  await query(
    url,
    `create table rig.written (n bigserial primary key, at timestamptz not null default clock_timestamp(),
      kind text not null, is_gone boolean not null, row jsonb not null)`,
  );
  await query(
    url,
    `create function rig.keep() returns trigger language plpgsql as $$ begin
      insert into rig.written (kind, is_gone, row) values (tg_table_name, tg_op = 'DELETE', to_jsonb(coalesce(new, old)));
      return null;
    end $$`,
  );
  for (const table of ['connections', 'refreshes'])
    await query(
      url,
      `create trigger rig after insert or update or delete on ${table} for each row execute function rig.keep()`,
    );
}

export async function whatWasWritten(url: string): Promise<WrittenRows> {
  const columns = 'extract(epoch from at)::float8 * 1000 as at, is_gone as "isGone", row';
  const of = (kind: string) => query(url, `select ${columns} from rig.written where kind = '${kind}' order by n`);
  return {
    connections: (await of('connections')) as unknown as Written<ConnectionRow>[],
    refreshes: (await of('refreshes')) as unknown as Written<RefreshRow>[],
  };
}
