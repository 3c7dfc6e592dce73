import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { saveClientSecret } from '../../src/store/client-secrets';
import { program, tokenPath } from '../support/program';
import { inProcess, type TestApp, runCommand } from '../support/start';
import { testClient } from '../support/site';
import type { Ending } from '../support/process';
import { person } from '../support/person';

describe('the commands for programs', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
    await person(app).connect({ name: 'crm' });
    await person(app).connect({ name: 'desk', userIn: 'eu' });
  }, 60_000);
  afterAll(() => app.stop());

  function run(...args: string[]): Promise<Ending> {
    return runCommand(app, args);
  }

  async function expire(): Promise<void> {
    app.simulator.control.clearRequests();
    await app.server.store.db
      .updateTable('connections')
      .set({ access_token_expires_at: new Date(Date.now() - 1000).toISOString() })
      .execute();
  }

  describe('token', () => {
    it('prints the token that the server has, and nothing else', async () => {
      const { code, stdout, stderr } = await run('token', 'crm');
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^1000\.\S+\n$/);
      const key = (await run('keys', 'create', '--name', 'x')).stdout.trim();
      const script = program(app.url, key);
      expect((await script.get(tokenPath('crm'))).body['access_token']).toBe(stdout.trim());
      script.stop();
    });

    it('refreshes at expiry, together with the server: one refresh for both', async () => {
      await expire();
      const key = (await run('keys', 'create', '--name', 'x')).stdout.trim();
      const script = program(app.url, key);
      app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: 1500 });
      const [printed, answered] = await Promise.all([run('token', 'crm'), script.get(tokenPath('crm'))]);
      expect(printed.stdout.trim()).toBe(answered.body['access_token']);
      expect(app.simulator.control.count({ endpoint: 'refresh' })).toBe(1);
      script.stop();
    });

    it('works while the server is down', async () => {
      await expire();
      await app.server.close();
      const { code, stdout } = await run('token', 'crm', '--min-ttl', '3000');
      await app.restart();
      expect(code).toBe(0);
      expect(stdout).toMatch(/^1000\.\S+\n$/);
    });

    it.each([
      [['token', 'nobody'], 'There is no connection called “nobody”.'],
      [['token', 'crm', '--min-ttl', '3001'], 'min_ttl is a whole number'],
      [['token'], 'missing required argument'],
    ])('fails with words on stderr and nothing on stdout: %j', async (args, words) => {
      const { code, stdout, stderr } = await run(...args);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(words);
    });

    it('says where it looked when there is no database, and makes none', async () => {
      const { code, stderr } = await runCommand(app, ['token', 'crm'], { DATABASE_URL: 'sqlite:elsewhere/keeper.db' });
      expect(code).toBe(1);
      expect(stderr).toContain(`There is no database at ${app.folder}/elsewhere/keeper.db`);
      expect(existsSync(join(app.folder, 'elsewhere'))).toBe(false);
    });
  });

  it('connections lists them as a table, and as JSON like the API', async () => {
    const { stdout } = await run('connections');
    expect(stdout).toMatch(/^NAME +STATUS +DATA CENTRE +TOKEN UNTIL +USER +CLIENT\n/);
    expect(stdout).toMatch(/\ncrm +active +us +20\S+ +\S+@\S+ +1000\.TESTCLIENT0+\n/);
    const json: unknown = JSON.parse((await run('connections', '--json')).stdout);
    expect(json).toMatchObject([
      { name: 'crm', status: 'active' },
      { name: 'desk', data_center: 'eu' },
    ]);
  });

  describe('keys', () => {
    it('create prints the key only; list shows it without its secret; revoke ends it at once', async () => {
      const made = await run('keys', 'create', '--name', 'export', '--connections', 'crm', '--read-only');
      expect([made.code, made.stderr]).toEqual([0, '']);
      expect(made.stdout).toMatch(/^zt_[a-z0-9]{10}_[\w-]{43}_[\w-]{6}\n$/);
      const key = made.stdout.trim();
      const script = program(app.url, key);
      expect((await script.get(tokenPath('crm'))).status).toBe(200);
      expect((await script.get(tokenPath('desk'))).status).toBe(404);
      expect((await script.post('/api/v1/connections/crm/refresh')).status).toBe(403);

      const id = key.slice(3, 13);
      const listed = (await run('keys', 'list')).stdout;
      expect(listed).toMatch(new RegExp(`\\n${id} +export +active +read +crm +never +20`));
      expect(listed).not.toContain(key.slice(14));

      const revoked = await run('keys', 'revoke', id);
      expect([revoked.code, revoked.stdout]).toEqual([0, '']);
      expect((await script.get(tokenPath('crm'))).status).toBe(401);
      expect((await run('keys', 'revoke', id)).code).toBe(1);
      expect((await run('keys', 'list')).stdout).toMatch(new RegExp(`\\n${id} +export +revoked`));
      script.stop();
    });

    it.each([
      [['--name', 'x', '--connections', 'No!'], 'Separate the names by commas'],
      [['--name', 'x', '--connections', ''], 'Separate the names by commas'],
      [['--name', 'x', '--expires-days', '0'], 'whole number of days'],
      [['--name', ' '], 'Give the key a name'],
      [[], "required option '--name <name>' not specified"],
    ])('create refuses %j', async (args, words) => {
      const { code, stdout, stderr } = await run('keys', 'create', ...args);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(words);
    });

    it.each([[['--connections', '*']], [[]]])('create makes a key for all connections with %j', async (args) => {
      const { stdout } = await run('keys', 'create', '--name', 'all', ...args);
      const script = program(app.url, stdout.trim());
      expect((await script.get(tokenPath('desk'))).status).toBe(200);
      expect((await script.get('/metrics')).status).toBe(200);
      script.stop();
    });

    it('create warns of a connection that does not exist yet', async () => {
      const { code, stderr } = await run('keys', 'create', '--name', 'x', '--connections', 'crm,books');
      expect(code).toBe(0);
      expect(stderr).toBe('There is no connection called “books” yet; the key can access it once there is.\n');
    });
  });

  describe('doctor', () => {
    it('finds nothing wrong where nothing is', async () => {
      const { code, stdout } = await run('doctor');
      expect(stdout).not.toContain('✗');
      for (const subject of ['Node', 'Configuration', 'Database', 'Encryption key', 'Zoho client', 'Clock']) {
        expect(stdout).toMatch(new RegExp(`^✓ ${subject}: `, 'm'));
      }
      expect(stdout).toMatch(/^✓ Zoho in us: .* answers\.$/m);
      expect(stdout).toMatch(/^✓ Zoho in eu: /m);
      expect(stdout).toMatch(/^✓ Connection crm: active$/m);
      expect(code).toBe(0);
    });

    it.each([[{}], [{ PORT: '0' }]])(
      'says the same as JSON for programs, and nothing else on stdout: %j',
      async (env) => {
        const [words, json] = [
          await runCommand(app, ['doctor'], env),
          await runCommand(app, ['doctor', '--json'], env),
        ];
        const { ok, findings } = JSON.parse(json.stdout) as { ok: boolean; findings: Record<string, unknown>[] };
        const subjects = words.stdout.split('\n').flatMap((line) => /^. ([^:]+):/.exec(line)?.[1] ?? []);
        expect(findings.map(({ subject }) => subject)).toEqual(subjects);
        expect(findings[1]).toEqual({ ok: true, subject: 'Node', message: process.versions.node });
        expect(findings.every((finding) => finding['ok'] === true)).toBe(ok);
        expect([json.code, ok]).toEqual([words.code, words.code === 0]);
        expect(json.stderr).toBe(words.stderr);
      },
    );

    it('says in which data centres the client has a secret of its own', async () => {
      await saveClientSecret(app.server.store, { clientId: testClient.id, dataCenter: 'in' }, 'own', '2026-01-01');
      const { stdout } = await run('doctor');
      expect(stdout).toMatch(/^✓ Zoho client: \S+, registered in us\. Data centres with a secret of their own: in\.$/m);
    });

    it('says which proxy calls go through, without its password, and which are not followed', async () => {
      const ignored = { HTTPS_PROXY: 'http://me:hunter2@proxy:3128' };
      const { code, stdout } = await runCommand(app, ['doctor'], ignored);
      expect(stdout).toMatch(/^✓ Outbound proxy: HTTPS_PROXY is set and not followed: .*Set OUTBOUND_PROXY/m);
      expect(code).toBe(0);
      const used = { OUTBOUND_PROXY: 'http://me:hunter2@proxy:3128', ...ignored };
      const told = (await runCommand(app, ['doctor'], used)).stdout;
      expect(told).toMatch(/^✓ Outbound proxy: calls go through proxy:3128\.$/m);
      expect(stdout + told).not.toContain('hunter2');
    });

    it('names every wrong setting at once', async () => {
      const { code, stdout } = await runCommand(app, ['doctor'], { PORT: '0', ZOHO_DATA_CENTER: 'mars' });
      expect(code).toBe(1);
      expect(stdout).toMatch(/^✗ Configuration: PORT /m);
      expect(stdout).toMatch(/^✗ Configuration: ZOHO_DATA_CENTER /m);
    });

    it('names a data centre that cannot be reached and a connection that is broken', async () => {
      const { db } = app.server.store;
      const broken = { status: 'needs_reconnect', error_code: 'invalid_code' } as const;
      await db.updateTable('connections').set(broken).where('name', '=', 'desk').execute();
      const urls = `us=${app.simulator.urls.us},eu=http://127.0.0.1:9`;
      const { code, stdout } = await runCommand(app, ['doctor'], { ZOHO_ACCOUNTS_URLS: urls });
      expect(code).toBe(1);
      expect(stdout).toMatch(/^✗ Zoho in eu: 127\.0\.0\.1:9: Zoho could not be reached/m);
      expect(stdout).toMatch(/^✗ Connection desk: Zoho no longer .*Reconnect\.$/m);
      expect(stdout).toMatch(/^✓ Connection crm: active$/m);
    });

    it('says which key is wrong, and which database is damaged', async () => {
      const other = `other:${Buffer.alloc(32).toString('base64')}`;
      const { code, stdout } = await runCommand(app, ['doctor'], { ENCRYPTION_KEYS: other });
      expect(code).toBe(1);
      expect(stdout).toMatch(/^✗ Database and key: The database was encrypted with key /m);
      writeFileSync(join(app.folder, 'bad.db'), 'this is no database, '.repeat(100));
      const damaged = await runCommand(app, ['doctor'], { DATABASE_URL: 'sqlite:bad.db' });
      expect(damaged.code).toBe(1);
      expect(damaged.stdout).toContain(`✗ Database and key: The database ${app.folder}/bad.db cannot be used`);
    });
  });
});
