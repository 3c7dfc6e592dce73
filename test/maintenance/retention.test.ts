import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql } from 'kysely';
import { forgetOldRows } from '../../src/maintenance/retention';
import { contextOn } from '../support/context';
import { databases } from '../support/postgres';
import { at, useStore } from '../support/rows';

const count = 1100;
const day = 24 * 3600;

/** Tables that grow with use, with the columns that each row needs beside its key. */
const tables: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
  sessions: { data_sealed: '', created_at: '', expires_at: at(0) },
  flows: {
    ...{ state_digest: '', session_digest: '', status: 'done', connection_name: '', client_id: '', data_center: 'us' },
    ...{ scopes: '', redirect_uri: '', created_at: at(0), updated_at: '' },
  },
  alerts: { at: at(0), type: 'test' },
  deliveries: { alert_id: 'alerts-7', target_id: '', status: 'failed', attempts: 1, due_at: '' },
  refreshes: { connection_id: '', refresh_token_id: '', started_at: at(0), requested_by: 'program', result: 'ok' },
  token_uses: { connection_id: '', hour: at(0), count: 1, last_at: '' },
};
const keys: Readonly<Record<string, string>> = { sessions: 'id_digest', token_uses: 'api_key_id' };

describe.each(databases)('the clean-up on %s', (dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('removes what is old, never much of it at once', async () => {
    for (const [table, columns] of Object.entries(tables)) await fill(table, columns);
    const before = await counts();
    expect(Object.values(before)).toEqual(Object.keys(tables).map(() => count));
    const cleaned = { isDone: false };
    const cleaning = forgetOldRows(contextOn(store(), { now: () => new Date(at(60 * day)) })).finally(
      () => (cleaned.isDone = true),
    );
    let [last, most] = [before, 0];
    while (!cleaned.isDone) {
      await nextTurn();
      const now = await counts();
      most = Math.max(most, ...Object.keys(tables).map((table) => (last[table] ?? 0) - (now[table] ?? 0)));
      last = now;
    }
    await cleaning;
    expect(Object.values(await counts())).toEqual(Object.keys(tables).map(() => 0));
    // All else waits on SQLite only.
    expect(most).toBeLessThanOrEqual(dialect === 'SQLite' ? 500 : count);
  });

  async function fill(table: string, columns: Readonly<Record<string, string | number>>): Promise<void> {
    const key = keys[table] ?? 'id';
    const rows = Array.from({ length: count }, (_, number) => {
      const state = 'state_digest' in columns ? { state_digest: String(number) } : {};
      return Object.entries({ ...columns, ...state, [key]: `${table}-${number}` });
    });
    await store()
      .db.transaction()
      .execute(async (db) => {
        for (const row of rows) {
          await sql`insert into ${sql.table(table)} (${sql.join(row.map(([name]) => sql.ref(name)))})
            values (${sql.join(row.map(([, value]) => value))})`.execute(db);
        }
      });
  }

  async function counts(): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    for (const table of Object.keys(tables)) {
      const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(store().db);
      found[table] = Number(rows[0]?.n);
    }
    return found;
  }
});
