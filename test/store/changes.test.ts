import { setTimeout as wait } from 'node:timers/promises';
import { createChanges, type Changes } from '../../src/store/changes';
import { markGivenOut, markUsed } from '../../src/store/access-tokens';
import { deleteConnection } from '../../src/store/connections';
import { claimRefresh, saveFailure } from '../../src/store/leases';
import { openStore } from '../../src/store/open';
import type { OpenStore } from '../../src/store/store';
import { removeSession, writeSession } from '../../src/store/sessions';
import { databases, query } from '../support/postgres';
import { added, at, someKeys } from '../support/rows';

describe.each(databases)('what changes in %s', (dialect, freshDatabase) => {
  let url: string;
  let store: OpenStore;
  let other: OpenStore;
  let changes: Changes;
  let told: string[];
  let hear: () => void;

  beforeEach(async () => {
    url = await freshDatabase();
    const keys = someKeys();
    store = await openStore(url, keys);
    other = await openStore(url, keys);
    changes = createChanges(store, url);
    told = [];
  });
  afterEach(async () => {
    changes.stop();
    await Promise.all([store.close(), other.close()]);
  });

  /** Resolves when somebody who listens would read everything anew. */
  async function listen(): Promise<() => void> {
    const leave = changes.subscribe({
      tell(topics) {
        told.push(...topics);
        hear?.();
      },
      end: () => told.push('end'),
    });
    await hears('*');
    return leave;
  }

  async function hears(topic: string): Promise<void> {
    while (!told.includes(topic)) await new Promise<void>((resolve) => (hear = resolve));
  }

  it('is told with its name, whoever wrote it, and so is a new connection and one that is gone', async () => {
    await listen();
    await added(store, { name: 'books' });
    await hears('connections/books');
    const row = await added(other, { name: 'crm' });
    await hears('connections/crm');
    told = [];
    await deleteConnection(other, row);
    await hears('connections/crm');
  });

  it('is not told of a claim or a use, but of what the claim led to', async () => {
    const row = await added(store, { name: 'books' });
    await listen();
    await markUsed(other, row.id, at(1));
    await markGivenOut(other, row);
    const lease = await claimRefresh(other, row, 'me', { now: at(1), until: at(9) });
    await writeSession(other, 'somebody', '{}', { now: at(0), expiresAt: at(9) });
    await removeSession(other, 'somebody');
    await hears('sessions');
    expect(told).not.toContain('connections/books');
    if (lease) await saveFailure(other, lease, { error_code: 'invalid_code', failed_at: at(2), failures: 1 });
    await hears('connections/books');
  });

  it('is not told when its transaction is rolled back', async () => {
    await listen();
    const failed = other.db.transaction().execute(async (db) => {
      await added({ ...other, db }, { name: 'books' });
      throw new Error('rolled back');
    });
    await expect(failed).rejects.toThrow('rolled back');
    await added(other, { name: 'crm' });
    await hears('connections/crm');
    expect(told).not.toContain('connections/books');
  });

  it('is anything, when more changed at once than anybody keeps', async () => {
    await listen();
    told = [];
    await other.db.transaction().execute(async (db) => {
      for (let count = 0; count < 1200; count++) await added({ ...other, db }, { name: `many-${count}` });
    });
    await hears('*');
  });

  it('costs nothing while nobody listens', async () => {
    const statements: string[] = [];
    const db = store.db.withPlugin({
      transformQuery({ node }) {
        statements.push(node.kind);
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    changes.stop();
    changes = createChanges({ ...store, db }, url);
    const leave = await listen();
    expect(await listeners()).toBe(dialect === 'PostgreSQL' ? 1 : 0);
    leave();
    const seen = statements.length;
    // Several looks would fit in.
    await wait(600);
    expect(statements.slice(seen)).toEqual([]);
    expect(await listeners()).toBe(0);
  });

  async function listeners(): Promise<number> {
    if (dialect === 'SQLite') return 0;
    const rows = await query(url, `select 1 from pg_stat_activity where application_name = 'zoho-token-keeper live'`);
    return rows.length;
  }

  it('ends for all at the stop', async () => {
    await listen();
    changes.stop();
    expect(told).toContain('end');
    changes.subscribe({ tell: () => told.push('told'), end: () => told.push('end again') });
    expect(told).toContain('end again');
  });
});
