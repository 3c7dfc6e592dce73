import type { Store } from './store';

/** Takes the turn to do what one instance does for all, until that time. False while another one has it. */
export async function takeTurn({ db }: Store, name: string, times: { now: string; until: string }): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('meta')
    .values({ key: `turn:${name}`, value: times.until })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({ value: times.until })
        // A later end than ours was written by a clock ahead.
        .where(({ or, eb }) => or([eb('meta.value', '<=', times.now), eb('meta.value', '>', times.until)])),
    )
    .executeTakeFirst();
  return numInsertedOrUpdatedRows === 1n;
}
