import { randomInt } from 'node:crypto';
import { readFileSync, readlinkSync, renameSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { rotateKey } from '../../src/maintenance/rotate-key';
import { findClientSecret, saveClientSecret } from '../../src/store/client-secrets';
import { findClient, saveClient } from '../../src/store/clients';
import { addConnection, listConnections, openRefreshToken } from '../../src/store/connections';
import { byKeeper } from '../../src/audit';
import { contextOn } from '../support/context';
import { beginExchange, keepAnswer } from '../../src/store/flows';
import { addRevocation } from '../../src/store/revocations';
import { dropOldKeys, makeFirstKey, resealAll } from '../../src/store/encryption/rotation';
import { sealedColumns, sealedValues, verifySecrets } from '../../src/store/encryption/sealed';
import { writeSession } from '../../src/store/sessions';
import { openStore } from '../../src/store/open';
import { inTransaction, type Store } from '../../src/store/store';
import { at, someGrant, someKeys, started, token } from '../support/rows';
import { limit, times } from '../support/full';
import { databases, freshFolder } from '../support/postgres';
import { type Process, startProgram, startScript } from '../support/process';

const kills = times(10, 50);
const ownSecret = { clientId: '1000.CLIENT', dataCenter: 'eu' } as const;

describe.each(databases)('the secrets of a %s database', (_dialect, freshUrl) => {
  it('are all known to the rotation: its list names every sealed column', async () => {
    const store = await openStore(await freshUrl(), someKeys());
    const tables = await store.db.introspection.getTables();
    const found = tables.flatMap(({ name, columns }) =>
      columns.filter((column) => column.name.endsWith('_sealed')).map((column) => `${name}.${column.name}`),
    );
    await store.close();
    expect(sealedColumns.map(({ table, column }) => `${table}.${column}`).toSorted()).toEqual(found.toSorted());
    // The secrets of webhooks were sealed before their table had another name, and still open.
    const places = sealedColumns.map(({ table, column }) => `${table}.${column.replace(/_sealed$/, '')}`);
    expect(sealedColumns.map(({ place }) => place)).toEqual(
      places.map((place) => (place === 'alert_targets.secret' ? 'webhooks.secret' : place)),
    );
  });

  it('are sealed with the first key of the environment, and open with that one alone afterwards', async () => {
    const url = await freshUrl();
    const [old, fresh] = [someKeys('old'), someKeys('new')];
    const before = await openStore(url, old);
    await fill(before, 3);
    const { total } = await verifySecrets(before);
    await before.close();

    const store = await openStore(url, `${fresh},${old}`);
    expect(await rotateKey(contextOn(store), byKeeper, 0)).toMatchObject({
      keyId: 'new',
      isNew: false,
      resealed: total,
      damaged: 0,
      dropped: ['old'],
    });
    await store.close();

    const after = await openStore(url, fresh);
    expect(await verifySecrets(after)).toEqual({ total, damaged: {} });
    expect((await findClient(after, '1000.CLIENT'))?.secret).toBe('the-secret');
    expect(await findClientSecret(after, ownSecret)).toBe('the-secret-in-eu');
    await after.close();
  });
});

describe('rotating the key of a key file', () => {
  it('makes a new key, seals everything with it and drops the old one', async () => {
    const { url, keyFile } = await filled(5);
    const before = readFileSync(keyFile, 'utf8');
    const store = await openStore(url, null);
    const rotation = await rotateKey(contextOn(store), byKeeper, 0);
    await store.close();
    expect(rotation).toMatchObject({ isNew: true, damaged: 0, dropped: [before.split(':')[0]] });
    const after = readFileSync(keyFile, 'utf8');
    expect(after).toMatch(new RegExp(`^${rotation.keyId}:\\S{44}\\n$`));
    expect(after).not.toBe(before);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const reopened = await openStore(url, null);
    expect((await verifySecrets(reopened)).damaged).toEqual({});
    expect(await sealedBy(reopened)).toEqual([rotation.keyId]);
    await reopened.close();
  });

  it('is joined by a Keeper that runs meanwhile: it opens what is sealed anew and seals with the new key', async () => {
    const { url } = await filled(2);
    const running = await openStore(url, null);
    const other = await openStore(url, null);
    const { keyId } = await rotateKey(contextOn(other), byKeeper, 0);
    await other.close();
    const [row] = await listConnections(running);
    expect(row && openRefreshToken(running, row)).toMatch(/^1000\./);
    await addConnection(running, someGrant(), at(0));
    expect(await sealedBy(running)).toEqual([keyId]);
    await running.close();
  });

  it('seals anew what a running Keeper stored with the old key after the new one came', async () => {
    const { url } = await filled(1);
    const store = await openStore(url, null);
    const place = { column: 'revocations.token', row: 'late' };
    const lateValue = store.cipher.seal('the late one', place);
    const { id } = await makeFirstKey(store);
    await resealAll(store);
    await sql`update revocations set id = ${place.row}, token_sealed = ${lateValue}`.execute(store.db);
    await dropOldKeys(store);
    await store.close();
    const after = await openStore(url, null);
    const row = await after.db.selectFrom('revocations').select('token_sealed').executeTakeFirstOrThrow();
    expect(after.cipher.open(row.token_sealed, place)).toBe('the late one');
    expect(await sealedBy(after)).toEqual([id]);
    await after.close();
  });

  it('loses nothing when two rotations run at once', async () => {
    const { url, keyFile } = await filled(200);
    const rotations = await Promise.all([rotatingChild(url), rotatingChild(url)]);
    for (const { ended } of rotations) expect((await ended).stderr).toBe('');
    const store = await openStore(url, null);
    expect((await verifySecrets(store)).damaged).toEqual({});
    expect(readFileSync(keyFile, 'utf8').trim().split('\n')).toHaveLength(1);
    await store.close();
  });

  it('leaves a damaged secret as it is, counts it, and is not held up by it', async () => {
    const { url, keyFile } = await filled(2);
    const store = await openStore(url, null);
    const [victim] = await listConnections(store);
    const damaged = `${victim?.refresh_token_sealed?.slice(0, -4)}AAAA`;
    await store.db
      .updateTable('connections')
      .set({ refresh_token_sealed: damaged })
      .where('id', '=', victim?.id ?? '')
      .execute();
    expect(await rotateKey(contextOn(store), byKeeper, 0)).toMatchObject({ damaged: 1 });
    expect((await verifySecrets(store)).damaged).toEqual({ 'connections.refresh_token': 1 });
    expect((await listConnections(store)).map((row) => row.refresh_token_sealed)).toContain(damaged);
    expect(readFileSync(keyFile, 'utf8').trim().split('\n')).toHaveLength(1);
    await store.close();
  });

  it(
    'survives kill -9 at any moment: all 2,000 secrets stay readable and the next run finishes',
    async () => {
      const { url, keyFile } = await filled(1000, { sessions: false });
      const { total, took } = await measured(url);
      let interrupted = 0;
      for (let n = 0; n < kills; n++) {
        const rotation = await rotatingChild(url);
        await rotation.line();
        await wait(randomInt(Math.ceil(took)));
        rotation.process.kill('SIGKILL');
        if ((await rotation.ended).signal === 'SIGKILL') interrupted++;
        const store = await openStore(url, null);
        expect(await verifySecrets(store)).toEqual({ total, damaged: {} });
        await store.close();
      }
      expect(interrupted).toBeGreaterThan(0);
      expect(await (await rotatingChild(url)).ended).toMatchObject({ code: 0, signal: null, stderr: '' });
      const store = await openStore(url, null);
      expect(await verifySecrets(store)).toEqual({ total, damaged: {} });
      expect(readFileSync(keyFile, 'utf8').trim().split('\n')).toHaveLength(1);
      expect(await sealedBy(store)).toHaveLength(1);
      await store.close();
    },
    limit(900_000),
  );

  it('follows a link to the key file, names the real one, and leaves the link', async () => {
    const { url, keyFile } = await filled(1);
    const real = join(freshFolder(), 'volume.key');
    renameSync(keyFile, real);
    symlinkSync(real, keyFile);
    const command = await startProgram(['rotate-key', '--grace', '0'], { env: { DATABASE_URL: url } });
    expect((await command.ended).stderr).toContain(`Back up the key file ${real} now.`);
    expect(readlinkSync(keyFile)).toBe(real);
    const store = await openStore(url, null);
    expect(await sealedBy(store)).toEqual([readFileSync(real, 'utf8').split(':')[0]]);
    await store.close();
  });

  it.each([1, 2, 3])(
    'killed right after it wrote the key file for time %p leaves no key that the database does not know',
    async (time) => {
      const { url, keyFile } = await filled(3);
      const rotation = await rotatingChild(url, time);
      expect((await rotation.ended).signal).toBe('SIGKILL');
      const known = new Database(url.replace('sqlite:', '')).prepare("select key from meta where key like 'key:%'");
      const [first] = readFileSync(keyFile, 'utf8').split(':');
      expect(known.pluck().all()).toContain(`key:${first}`);
      expect(await (await rotatingChild(url)).ended).toMatchObject({ code: 0, stderr: '' });
      const store = await openStore(url, null);
      expect((await verifySecrets(store)).damaged).toEqual({});
      expect(await sealedBy(store)).toEqual([readFileSync(keyFile, 'utf8').split(':')[0]]);
      await store.close();
    },
  );

  it('is a command that says what to back up and nothing on stdout', async () => {
    const { url, keyFile } = await filled(1);
    const command = await startProgram(['rotate-key', '--grace', '0'], { env: { DATABASE_URL: url } });
    const { code, stdout, stderr } = await command.ended;
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain(`Back up the key file ${keyFile} now.`);
    for (const key of readFileSync(keyFile, 'utf8').split(/[:\n]/))
      if (key.length > 8) expect(stderr).not.toContain(key);
  });
});

/** A rotation in a process of its own; its first line says that it has begun. */
function rotatingChild(url: string, killedAtWrite = 0): Promise<Process> {
  const source = `
    const fs = require('node:fs');
    const { renameSync } = fs;
    let writes = 0;
    fs.renameSync = (from, to) => {
      renameSync(from, to);
      if (++writes === Number(args[1])) process.kill(process.pid, 'SIGKILL');
    };
    const store = await load('store/open').openStore(args[0], null);
    console.log('begun');
    await load('maintenance/rotate-key').rotateKey({ store, config: {}, now: () => new Date() }, { name: 'test', ip: null }, 0);
    await store.close();`;
  return startScript(source, [url, String(killedAtWrite)]);
}

async function measured(url: string): Promise<{ total: number; took: number }> {
  const store = await openStore(url, null);
  const { total } = await verifySecrets(store);
  const start = performance.now();
  await rotateKey(contextOn(store), byKeeper, 0);
  const took = performance.now() - start;
  await store.close();
  return { total, took };
}

async function filled(connections: number, wanted = { sessions: true }): Promise<{ url: string; keyFile: string }> {
  const file = join(freshFolder(), 'keeper.db');
  const store = await openStore(`sqlite:${file}`, null);
  await fill(store, connections, wanted);
  await store.close();
  return { url: `sqlite:${file}`, keyFile: file.replace(/\.db$/, '.key') };
}

/** At least one secret of every kind. */
async function fill(store: Store, connections: number, { sessions } = { sessions: true }): Promise<void> {
  await inTransaction(store, async (batch) => {
    for (let n = 0; n < connections; n++) await addConnection(batch, someGrant(), at(n));
  });
  if (!sessions) return;
  await saveClient(store, { clientId: '1000.CLIENT', secret: 'the-secret', dataCenter: 'us' }, at(0));
  await saveClientSecret(store, ownSecret, 'the-secret-in-eu', at(0));
  for (const keepsAnswer of [true, false]) {
    const flow = await started(store);
    await beginExchange(store, flow, { code: token(), dataCenter: 'us' }, at(1));
    if (keepsAnswer) await keepAnswer(store, flow.id, '{}', at(2));
  }
  await addRevocation(store, { connectionName: 'x', clientId: '1000.CLIENT', dataCenter: 'us', token: token() }, at(0));
  await writeSession(store, 'a session id', '{"flash":"x"}', { now: at(0), expiresAt: at(9999) });
}

/** Ids of the keys that something is sealed with. */
async function sealedBy(store: Store): Promise<string[]> {
  const ids = new Set<string>();
  for (const column of sealedColumns) {
    for await (const { text } of sealedValues(store, column)) ids.add(text.split('.')[1] ?? '');
  }
  return [...ids];
}
