import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  const added: readonly (readonly [table: string, column: string])[] = [
    ['connections', 'environment'],
    ['connections', 'organisation_id'],
    ['connections', 'asked_data_center'],
    ['connections', 'given_out_until'],
    ['flows', 'asked_data_center'],
    ['revocations', 'client_id'],
  ];
  for (const [table, column] of added) await db.schema.alterTable(table).addColumn(column, 'text').execute();
}
