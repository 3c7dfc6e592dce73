import type { Store } from './store';

/** The last restore drill. */
export interface Drill {
  readonly backup: string;
  readonly at: string;
  /** When one succeeded last. */
  readonly provenAt: string | null;
  /** Why the last one failed. */
  readonly problem: string | null;
}

const key = 'drill';

export async function lastDrill({ db }: Store): Promise<Drill | null> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst();
  const drill: unknown = row && JSON.parse(row.value);
  return isDrill(drill) ? drill : null;
}

export async function saveDrill({ db }: Store, drill: Drill): Promise<void> {
  const value = JSON.stringify(drill);
  await db
    .insertInto('meta')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}

function isDrill(value: unknown): value is Drill {
  return typeof value === 'object' && value !== null && 'backup' in value && 'at' in value && 'provenAt' in value;
}
