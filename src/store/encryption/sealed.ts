import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import { DamagedSecret } from './cipher';
import type { Database } from '../schema';
import type { Store } from '../store';

type SealedOf<Table> = Extract<keyof Table, `${string}_sealed`>;

type SealedTables = {
  readonly [Name in keyof Database as [SealedOf<Database[Name]>] extends [never] ? never : Name]: {
    readonly row: Extract<keyof Database[Name], string>;
    readonly columns: Readonly<Record<SealedOf<Database[Name]>, string>>;
  };
};

/** Every column that holds a secret. The type follows the schema: a new one does not compile until it stands here too. */
const sealedTables: SealedTables = {
  clients: { row: 'client_id', columns: { secret_sealed: 'clients.secret' } },
  client_secrets: { row: 'id', columns: { secret_sealed: 'client_secrets.secret' } },
  flows: {
    row: 'id',
    columns: {
      verifier_sealed: 'flows.verifier',
      code_sealed: 'flows.code',
      answer_sealed: 'flows.answer',
      device_code_sealed: 'flows.device_code',
    },
  },
  connections: {
    row: 'id',
    columns: { refresh_token_sealed: 'connections.refresh_token', access_token_sealed: 'connections.access_token' },
  },
  revocations: { row: 'id', columns: { token_sealed: 'revocations.token' } },
  sessions: { row: 'id_digest', columns: { data_sealed: 'sessions.data' } },
  api_keys: { row: 'id', columns: { proof_sealed: 'api_keys.proof' } },
  event_seals: { row: 'id', columns: { chain_sealed: 'event_seals.chain' } },
  alert_targets: {
    row: 'id',
    columns: { address_sealed: 'alert_targets.address', secret_sealed: 'webhooks.secret' },
  },
};

export interface SealedColumn {
  readonly table: string;
  readonly row: string;
  readonly column: string;
  readonly place: string;
}

export const sealedColumns: readonly SealedColumn[] = Object.entries(sealedTables).flatMap(
  ([table, { row, columns }]) => Object.entries(columns).map(([column, place]) => ({ table, row, column, place })),
);

export interface SealedValue {
  readonly row: string;
  readonly text: string;
}

const batch = 200;

/** The secrets of a column, a batch at a time. Given a key id, only those that another key sealed. */
export async function* sealedValues(
  store: Store,
  { table, row, column }: SealedColumn,
  notByKey?: string,
): AsyncGenerator<SealedValue> {
  const start = `v1.${notByKey ?? ''}.`;
  const wanted = notByKey === undefined ? sql`true` : sql`substr(${sql.ref(column)}, 1, ${start.length}) <> ${start}`;
  for (let last = ''; ;) {
    const { rows } = await sql<SealedValue>`
      select ${sql.ref(row)} as "row", ${sql.ref(column)} as "text" from ${sql.table(table)}
      where ${sql.ref(column)} is not null and ${sql.ref(row)} > ${last} and ${wanted}
      order by ${sql.ref(row)} limit ${batch}`.execute(store.db);
    yield* rows;
    if (rows.length < batch) return;
    // SQLite answers at once, so others would not get their turn in between.
    await nextTurn();
    last = rows.at(-1)?.row ?? last;
  }
}

/** Puts the same secret in its place sealed anew. False when the row was changed or deleted meanwhile. */
export async function replaceSealed(
  store: Store,
  { table, row, column }: SealedColumn,
  seen: SealedValue,
  text: string,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update ${sql.table(table)} set ${sql.ref(column)} = ${text}
    where ${sql.ref(row)} = ${seen.row} and ${sql.ref(column)} = ${seen.text}`.execute(store.db);
  return numAffectedRows === 1n;
}

export interface SecretCounts {
  readonly total: number;
  readonly damaged: Readonly<Record<string, number>>;
}

export async function verifySecrets(store: Store): Promise<SecretCounts> {
  let total = 0;
  const damaged: Record<string, number> = {};
  for (const column of sealedColumns) {
    for await (const value of sealedValues(store, column)) {
      total++;
      if (openSealed(store, column, value) === null) damaged[column.place] = (damaged[column.place] ?? 0) + 1;
    }
  }
  return { total, damaged };
}

export function openSealed(store: Store, { place }: SealedColumn, { row, text }: SealedValue): string | null {
  try {
    return store.cipher.open(text, { column: place, row });
  } catch (error) {
    if (error instanceof DamagedSecret) return null;
    throw error;
  }
}
