import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { archiveEvents } from '../../src/maintenance/archive';
import { readConfig } from '../../src/config/config';
import { listLog } from '../support/start';
import { contextOn } from '../support/context';
import { recentEvents } from '../support/events';
import { databases, freshFolder } from '../support/postgres';
import { at, atOnce, someKeys } from '../support/rows';
import { openStore } from '../../src/store/open';
import { recordEvent } from '../../src/store/events';
import { sealEvents, verifyEvents } from '../../src/store/event-seals';
import { inTransaction, type OpenStore } from '../../src/store/store';

const day = 24 * 3600;
const script = { name: 'script', ip: '192.0.2.1' };

describe.each(databases)('activity that is older than it is to be kept, on %s', (_dialect, freshUrl) => {
  let store: OpenStore;
  let folder: string;
  beforeEach(async () => {
    store = await openStore(await freshUrl(), someKeys());
    folder = freshFolder();
    for (let days = 0; days < 20; days++) {
      await recordEvent(store, script, { action: 'api_called', subject: `day-${days}` }, at(days * day));
    }
  });
  afterEach(() => store.close());

  const contextAt = (days: number, env: Record<string, string> = {}) =>
    contextOn(store, {
      now: () => new Date(at(days * day)),
      env: { EVENTS_KEEP_DAYS: '10', EVENTS_DIR: folder, ...env },
    });
  const file = (): string => join(folder, 'keeper-events.jsonl');
  const archived = (): unknown[] =>
    readFileSync(file(), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => (JSON.parse(line) as { subject: unknown }).subject);

  it('goes into a file for the owner only, and nothing is lost', async () => {
    await archiveEvents(contextAt(20));
    expect(archived()).toEqual(Array.from({ length: 10 }, (_, days) => `day-${days}`));
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    const events = await recentEvents(store, 100);
    expect(events.filter(({ action }) => action === 'api_called')).toHaveLength(10);
    expect(events).toContainEqual(expect.objectContaining({ action: 'events_archived', subject: file() }));
    // No more than once a day.
    await archiveEvents(contextAt(20.5));
    expect(archived()).toHaveLength(10);
  });

  it('leaves the audit log whole for doctor, whose seals of moved events were made before', async () => {
    await inTransaction(store, sealEvents);
    await recordEvent(store, script, { action: 'api_called', subject: 'later' }, at(20 * day));
    await inTransaction(store, sealEvents);
    await archiveEvents(contextAt(20));
    expect(await verifyEvents(store)).toEqual({ since: at(20 * day), seals: 1, brokenAt: null });
  });

  it('goes there once, however many instances do it, behind a line that a crash has cut', async () => {
    appendFileSync(file(), '{"id":"cut off');
    // Each has a connection to the database by then, so that none is late.
    await atOnce(4, () => recentEvents(store, 1));
    await atOnce(4, () => archiveEvents(contextAt(20)));
    expect(archived()).toEqual(Array.from({ length: 10 }, (_, days) => `day-${days}`));
    expect(await recentEvents(store, 100)).toHaveLength(11);
  });

  it('stays where it cannot be written, where there is no place for it, and where it is to be kept for ever', async () => {
    await expect(archiveEvents(contextAt(20, { EVENTS_DIR: '/dev/null' }))).rejects.toThrow();
    await archiveEvents(contextAt(20, { EVENTS_KEEP_DAYS: '0' }));
    const logged: string[] = [];
    const context = contextAt(20);
    const events = { keepDays: 10, folder: null };
    await archiveEvents({ ...context, config: { ...context.config, events }, log: listLog(logged) });
    expect(logged).toEqual([expect.stringContaining('EVENTS_DIR')]);
    expect(await recentEvents(store, 100)).toHaveLength(20);
  });
});

it('the place is EVENTS_DIR, else BACKUP_DIR, else the folder of the SQLite database, and with PostgreSQL none', () => {
  const folderOf = (env: Record<string, string>) => readConfig(env).events?.folder;
  const sqlite = { DATABASE_URL: 'sqlite:/data/keeper.db' };
  expect(folderOf({ ...sqlite, BACKUP_DIR: '/backups', EVENTS_DIR: '/events' })).toBe('/events');
  expect(folderOf({ ...sqlite, BACKUP_DIR: '/backups' })).toBe('/backups');
  expect(folderOf(sqlite)).toBe('/data');
  expect(folderOf({ DATABASE_URL: 'postgres://host/keeper', ENCRYPTION_KEYS: someKeys() })).toBeNull();
  expect(readConfig({ EVENTS_KEEP_DAYS: '0' }).events).toBeNull();
});
