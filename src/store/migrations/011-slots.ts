import type { Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  const added: readonly (readonly [table: string, column: string])[] = [
    ['revocations', 'zuid'],
    ['revocations', 'made_at'],
    ['alerts', 'sentence'],
    ['alerts', 'next'],
  ];
  for (const [table, column] of added) await db.schema.alterTable(table).addColumn(column, 'text').execute();
}
