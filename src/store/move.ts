import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { Database } from './schema';

/** The type follows the schema: a new table does not compile until it stands here, behind those it refers to. */
const tables: Readonly<Record<keyof Database, true>> = {
  meta: true,
  clients: true,
  client_secrets: true,
  flows: true,
  links: true,
  connections: true,
  connection_tags: true,
  connection_search: true,
  former_names: true,
  refreshes: true,
  revocations: true,
  sessions: true,
  events: true,
  event_seals: true,
  api_keys: true,
  failed_sign_ins: true,
  provider_accounts: true,
  token_uses: true,
  token_totals: true,
  breakages: true,
  alerts: true,
  alert_targets: true,
  standing_alerts: true,
  deliveries: true,
};

export const movedTables: readonly string[] = Object.keys(tables);

/** Rows that are in memory at a time. */
const batch = 1000;

type Row = Readonly<Record<string, string | number | null>>;

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

/** What a table holds, whatever the order of its rows. */
export interface Tally {
  readonly rows: number;
  readonly digest: string;
}

/** Nobody else reads or writes the Keeper's tables on a PostgreSQL server until the transaction ends. */
export async function lockTables(target: Kysely<Database>): Promise<void> {
  const all = sql.join(movedTables.map((name) => sql.table(name)));
  await sql`lock table ${all} in access exclusive mode`.execute(target);
}

/** Those tables that have rows. */
export async function filledTables(db: Kysely<Database>): Promise<string[]> {
  const filled: string[] = [];
  for (const name of movedTables) {
    const { rows } = await sql`select 1 from ${sql.table(name)} limit 1`.execute(db);
    if (rows.length > 0) filled.push(name);
  }
  return filled;
}

/** Copies a table of a SQLite database into the empty one of a PostgreSQL database; both in a transaction. */
export async function copyTable(source: Kysely<Database>, target: Kysely<Database>, name: string): Promise<Tally> {
  const table = { name, columns: await columnsOf(source, name) };
  return tally(table, sqliteRows(source, table), async (rows) => {
    const columns = columnsIn(table);
    // One value, however many rows and columns there are.
    await sql`insert into ${sql.table(name)} (${columns})
      select ${columns} from json_populate_recordset(null::${sql.table(name)}, ${JSON.stringify(rows)}::json)`.execute(
      target,
    );
  });
}

/** Counts and digests the table of a PostgreSQL database that has been copied from this SQLite database. */
export async function tallyCopy(source: Kysely<Database>, target: Kysely<Database>, name: string): Promise<Tally> {
  const table = { name, columns: await columnsOf(source, name) };
  return tally(table, postgresRows(target, table));
}

/** So that PostgreSQL plans its queries by what is there now, and not by the empty tables that were there before. */
export async function analyze(target: Kysely<Database>): Promise<void> {
  for (const name of movedTables) await sql`analyze ${sql.table(name)}`.execute(target);
}

/** The sum of the digests of all rows. */
async function tally(
  { columns }: Table,
  batches: AsyncGenerator<readonly Row[]>,
  use: (rows: readonly Row[]) => Promise<void> = async () => undefined,
): Promise<Tally> {
  let [count, sum] = [0, 0n];
  for await (const rows of batches) {
    await use(rows);
    count += rows.length;
    for (const row of rows) {
      const text = JSON.stringify(columns.map((column) => row[column]));
      sum += BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
    }
  }
  return { rows: count, digest: BigInt.asUintN(256, sum).toString(16) };
}

async function* sqliteRows(db: Kysely<Database>, table: Table): AsyncGenerator<readonly Row[]> {
  for (let last = 0; ;) {
    const { rows } = await sql<Row & { rowid: number }>`
      select rowid, ${columnsIn(table)} from ${sql.table(table.name)}
      where rowid > ${last} order by rowid limit ${batch}`.execute(db);
    if (rows.length > 0) yield rows;
    if (rows.length < batch) return;
    last = rows.at(-1)?.rowid ?? last;
  }
}

async function* postgresRows(db: Kysely<Database>, table: Table): AsyncGenerator<readonly Row[]> {
  await sql`declare moved no scroll cursor for select ${columnsIn(table)} from ${sql.table(table.name)}`.execute(db);
  for (;;) {
    const { rows } = await sql<Row>`fetch ${sql.lit(batch)} from moved`.execute(db);
    if (rows.length === 0) break;
    yield rows;
  }
  await sql`close moved`.execute(db);
}

async function columnsOf(source: Kysely<Database>, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from pragma_table_info(${table})`.execute(source);
  return rows.map(({ name }) => name);
}

function columnsIn({ columns }: Table) {
  return sql.join(columns.map((column) => sql.ref(column)));
}
