import { closeSync, openSync, writeSync } from 'node:fs';
import BetterSqlite from 'better-sqlite3';
import { watchStanding } from '../../src/alerts/standing';
import { examine } from '../../src/maintenance/doctor';
import { createFileCheck, examineFile } from '../../src/maintenance/file-check';
import { recentAlerts } from '../../src/store/alerts';
import { findConnection, listConnections, openRefreshToken } from '../../src/store/connections';
import { recordEvents } from '../../src/store/events';
import { faultIn } from '../../src/store/file-check';
import { openStore } from '../../src/store/open';
import { addTarget } from '../../src/store/targets';
import { byKeeper } from '../../src/audit';
import { storeWith, type TestStore } from '../support/backups';
import { contextOn } from '../support/context';
import { startScript } from '../support/process';
import { at } from '../support/rows';

const day = 24 * 3600;
const pageSize = 4096;

/** An installation with many events, whose table is damaged somewhere in the middle. */
async function damaged(table: 'events' | 'connections'): Promise<TestStore> {
  const made = await storeWith(40);
  const events = Array.from({ length: 400 }, (_, n) => ({ action: 'token_taken', subject: `c-${n}` }));
  await recordEvents(made.store, byKeeper, events, at(0));
  await made.store.close();
  const sqlite = new BetterSqlite(made.file);
  const [page] = sqlite
    .prepare<[string], number>("select pageno from dbstat where name = ? and pagetype = 'leaf' order by pageno")
    .pluck()
    .all(table);
  sqlite.close();
  const handle = openSync(made.file, 'r+');
  writeSync(handle, Buffer.alloc(64, 0xff), 0, 64, ((page ?? 0) - 1) * pageSize);
  closeSync(handle);
  return made;
}

describe('damage to the history', () => {
  it('keeps nobody from their tokens, and is told once by alert and log, and by doctor', async () => {
    const { url, file } = await damaged('events');
    const store = await openStore(url, null);
    for (const { name } of await listConnections(store)) {
      const row = await findConnection(store, name);
      expect(row && openRefreshToken(store, row)).toMatch(/^1000\./);
    }
    const target = {
      kind: 'webhook',
      name: '',
      events: ['database.damaged'],
      address: 'https://e.com/',
      secret: '',
    } as const;
    await addTarget(store, target, at(0));
    let seconds = 0;
    const context = contextOn(store, { now: () => new Date(at(seconds)) });
    const looked: number[] = [];
    const check = createFileCheck(
      context,
      (problems) => watchStanding(context, 'database.damaged', problems),
      async (whole) => {
        looked.push(seconds / day);
        return faultIn(whole);
      },
    );
    const going = new AbortController().signal;
    for (; seconds <= 2 * day; seconds += day / 4) await check(going);
    expect(looked).toEqual([0, 1, 2]);
    expect(await recentAlerts(store, 9)).toMatchObject([
      { type: 'database.damaged', sentence: expect.stringContaining(`The database ${file} is damaged (`) },
    ]);
    const findings = [...(await examine(context)), ...examineFile(file)].filter(({ good }) => !good);
    expect(findings).toMatchObject(
      expect.arrayContaining(
        ['Database', 'Database file'].map((subject) =>
          expect.objectContaining({ subject, words: expect.stringContaining('is damaged') }),
        ),
      ),
    );
    await store.close();
  });

  it('is found by a thread of its own, which the stop ends', async () => {
    const { file } = await damaged('events');
    const script = await startScript(
      `const { faultInThread } = load('maintenance/file-check');
       const stopping = new AbortController();
       const found = await faultInThread(args[0], stopping.signal);
       const stopped = faultInThread(args[0], stopping.signal);
       stopping.abort();
       console.log(JSON.stringify([typeof found, await stopped, await faultInThread(args[0], stopping.signal)]));`,
      [file],
    );
    expect(await script.ended).toMatchObject({ stderr: '', stdout: '["string",null,null]\n' });
  }, 60_000);
});

it('damage to the connections is no state to start in', async () => {
  const { url, file } = await damaged('connections');
  await expect(openStore(url, null)).rejects.toThrow(`The database ${file} is damaged: stop here and restore`);
});
