import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/site';
import { inProcess, runCommand, startCommand, type TestApp } from '../support/start';
import type { Ending } from '../support/process';
import { person } from '../support/person';

describe('the command line', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
    await person(app).connect({ name: 'crm' });
  }, 60_000);
  afterAll(() => app.stop());

  function run(...args: string[]): Promise<Ending> {
    return runCommand(app, args);
  }

  /** With a reader of stdout that has gone before anything was written. */
  async function runUnread(...args: string[]): Promise<Ending> {
    const command = await startCommand(app, args);
    command.process.stdout?.destroy();
    return command.ended;
  }

  /** With stdout on a disk without space. */
  async function runOnFullDisk(...args: string[]): Promise<Ending> {
    const full = openSync('/dev/full', 'w');
    try {
      return await (
        await startCommand(app, args, ['ignore', full, 'pipe'])
      ).ended;
    } finally {
      closeSync(full);
    }
  }

  it.each([
    [['token', 'crm']],
    [['connections']],
    [['keys', 'list']],
    [['import', '/dev/null']],
    [['backup', 'backups']],
    [['rotate-key', '--grace', '0']],
  ])('says where it looked when there is no database, and makes none: %j', async (args) => {
    const { code, stdout, stderr } = await runCommand(app, args, { DATABASE_URL: 'sqlite:elsewhere/keeper.db' });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      `There is no database at ${app.folder}/elsewhere/keeper.db: start the Keeper once (serve)`,
    );
    for (const folder of ['elsewhere', 'backups']) expect(existsSync(join(app.folder, folder))).toBe(false);
  });

  describe('when its output cannot be written', () => {
    async function keyNamed(name: string) {
      const { db } = app.server.store;
      return db.selectFrom('api_keys').selectAll().where('name', '=', name).executeTakeFirstOrThrow();
    }

    it.each([[['token', 'crm']], [['connections']], [['doctor']]])(
      'ends without a word of it as nobody reads: %j',
      async (args) => {
        const { code, stderr } = await runUnread(...args);
        expect([code, stderr]).toEqual([141, expect.not.stringMatching(/EPIPE|level|Unexpected/)]);
      },
    );

    it.each([[['token', 'crm']], [['connections']], [['keys', 'list']], [['doctor']]])(
      'fails in one line as the disk is full: %j',
      async (args) => {
        await run('keys', 'create', '--name', 'some');
        const { code, stderr } = await runOnFullDisk(...args);
        expect([code, stderr]).toEqual([1, 'The output could not be written (ENOSPC).\n']);
      },
    );

    it('leaves no key that nobody has seen', async () => {
      expect((await runOnFullDisk('keys', 'create', '--name', 'unseen')).code).toBe(1);
      expect((await runUnread('keys', 'create', '--name', 'unread')).code).toBe(141);
      for (const name of ['unseen', 'unread']) expect((await keyNamed(name)).revoked_at).toEqual(expect.any(String));
      await run('keys', 'create', '--name', 'seen');
      expect((await keyNamed('seen')).revoked_at).toBeNull();
    });
  });

  it.each([[['nonsense']], [['nonsense', '--help']], [['keys', 'nonsense', '--help']]])(
    'fails when there is no such command: %j',
    async (args) => {
      const { code, stderr } = await run(...args);
      expect([code, stderr]).toEqual([1, expect.stringContaining("unknown command 'nonsense'")]);
    },
  );

  it.each([
    [['--help']],
    [['help']],
    [['keys', '--help']],
    [['keys', 'help']],
    [['help', 'token']],
    [['token', '--help']],
  ])('has help: %j', async (args) => {
    const { code, stdout } = await run(...args);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Usage: /)]);
  });

  describe('says in one line that the simulator', () => {
    it('finds its port in use', async () => {
      const { port } = new URL(app.url);
      const { code, stdout, stderr } = await run('simulator', '--port', port);
      const place = `127.0.0.1 from port ${port} to ${Number(port) + 2}`;
      expect([code, stdout, stderr]).toEqual([1, '', `A port is in use on ${place}: give another --port.\n`]);
    });

    it('needs ports that do not exist', async () => {
      const { code, stdout, stderr } = await run('simulator', '--port', '65534');
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^3 data centres need the ports 65534 to 65536, .*\n$/);
    });

    it('cannot listen on an address', async () => {
      const { code, stderr } = await run('simulator', '--host', '203.0.113.1', '--port', '24001');
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^Cannot listen on .*: check --host and --port\.\n$/)]);
    });
  });

  it('ends the simulator when nobody reads where it listens', async () => {
    const port = String(await freePort());
    expect((await runUnread('simulator', '--port', port, '--data-centers', 'us')).code).toBe(141);
  });
});
