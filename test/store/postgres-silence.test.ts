import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { openDatabase } from '../../src/store/database';
import { storageFault } from '../../src/store/errors';
import { keptQuery } from '../../src/store/kept';
import { freshPostgres, freezePostgres, query, thawPostgres } from '../support/postgres';
import { atOnce } from '../support/rows';

const byName = keptQuery((db) => db.selectFrom('connections').selectAll().where('name', '=', ''));

describe('a PostgreSQL server', () => {
  it('that is frozen keeps nobody waiting, and is used again as soon as it answers', async () => {
    const { db, close } = await openDatabase(await freshPostgres());
    const ask = () => timed(() => sql`select 1`.execute(db));
    await atOnce(3, ask);
    await freezePostgres();
    const first = await atOnce(20, ask);
    const later = await atOnce(20, ask);
    await thawPostgres();
    await wait(1500);
    const after = await ask();
    await close();
    expect(first.map(({ fault }) => fault)).toEqual(first.map(() => 'unreachable'));
    expect(Math.max(...first.map(({ took }) => took))).toBeLessThan(3000);
    // By now it is known, so it is told at once.
    expect(Math.max(...later.map(({ took }) => took))).toBeLessThan(500);
    expect(after.fault).toBeNull();
  });

  it('whose connections went silent is asked over new ones, all of them at once', async () => {
    const way = await silenceable(await freshPostgres());
    const { db, close } = await openDatabase(way.url);
    const sleepy = () => timed(() => sql`select pg_sleep(0.05)`.execute(db));
    await atOnce(10, sleepy);
    way.silence();
    const [lost] = await atOnce(1, sleepy);
    const next = await atOnce(10, sleepy);
    await close();
    way.server.close();
    expect(lost?.fault).toBe('unreachable');
    expect(next.map(({ fault }) => fault)).toEqual(next.map(() => null));
  });

  it('that went silent leaves no socket behind when it is said goodbye to', async () => {
    const way = await silenceable(await freshPostgres());
    const { db, close } = await openDatabase(way.url);
    await atOnce(5, () => sql`select pg_sleep(0.05)`.execute(db));
    way.silence();
    const before = socketsOpen();
    await close();
    await wait(1500);
    const after = socketsOpen();
    way.server.close();
    // The others are the ends of the way, which heard nothing of it.
    expect(before - after).toBeGreaterThanOrEqual(5);
  });

  it('ends a statement that takes too long for whoever waits for it', async () => {
    const { db, close } = await openDatabase(await freshPostgres());
    const { fault, took } = await timed(() => sql`select pg_sleep(10)`.execute(db));
    await close();
    expect(fault).toBe('busy');
    expect(took).toBeLessThan(3000);
  });

  it('that takes long to migrate is waited for, whatever the database allows for statements', async () => {
    const url = await freshPostgres();
    await query(url, `alter database ${new URL(url).pathname.slice(1)} set statement_timeout = '500ms'`);
    // Another instance holds the lock, as it would while it builds an index.
    const other = query(url, 'set statement_timeout = 0; select pg_advisory_lock(4723905417), pg_sleep(4)');
    await wait(500);
    const opened = timed(async () => (await openDatabase(url)).close());
    await other;
    const { error, took } = await opened;
    expect(error).toBeNull();
    expect(took).toBeGreaterThan(3000);
  });

  it('that gave a table a column meanwhile answers statements that it had prepared', async () => {
    const url = await freshPostgres();
    const { db, close } = await openDatabase(url, 2);
    const find = () => byName(db, 'crm');
    await find();
    const prepared = await sql`select name from pg_prepared_statements`.execute(db);
    await query(url, 'alter table connections add column another text');
    await expect(find()).resolves.toBeUndefined();
    await close();
    expect(prepared.rows).toHaveLength(1);
  });
});

function socketsOpen(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
}

async function timed(work: () => Promise<unknown>) {
  const from = Date.now();
  const error: unknown = await work().then(
    () => null,
    (reason: unknown) => reason,
  );
  return { error, fault: error === null ? null : storageFault(error), took: Date.now() - from };
}

/** A way to the server on which connections can go silent: those that are open then pass nothing more. */
async function silenceable(url: string) {
  const port = Number(new URL(url).port);
  const sockets = new Set<Socket>();
  let silenced = new Set<Socket>();
  const server: Server = createServer((client) => {
    const database = connect(port, '127.0.0.1');
    sockets.add(client);
    client.on('error', () => undefined);
    database.on('error', () => undefined);
    client.on('data', (bytes) => void (silenced.has(client) || database.write(bytes)));
    database.on('data', (bytes) => void (silenced.has(client) || client.write(bytes)));
    client.on('close', () => {
      sockets.delete(client);
      database.destroy();
    });
  });
  // A network that lost the connection would not answer a goodbye either.
  server.on('connection', (socket) => void (socket.allowHalfOpen = true));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const way = new URL(url);
  way.port = String(address !== null && typeof address === 'object' ? address.port : 0);
  return { url: way.href, server, silence: () => (silenced = new Set(sockets)) };
}
