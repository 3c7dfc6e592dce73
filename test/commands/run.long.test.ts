import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ending, Process } from '../support/process';
import { person } from '../support/person';
import { inProcess, runCommand, startCommand, type TestApp } from '../support/start';

const node = process.execPath;

describe('run', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
    await person(app).connect({ name: 'crm', scopes: 'ZohoCRM.org.READ' });
  }, 60_000);
  afterAll(() => app.stop());

  /** Runs JavaScript in a child of `run`. */
  function runScript(source: string, env: Readonly<Record<string, string>> = {}): Promise<Ending> {
    return runCommand(app, ['run', 'crm', '--', node, '-e', source], env);
  }

  async function storedToken(): Promise<string> {
    return (await runCommand(app, ['token', 'crm'])).stdout.trim();
  }

  it('gives the command a token, its API domain and its end', async () => {
    const { code, stdout, stderr } = await runScript('console.log(JSON.stringify(process.env))');
    expect([code, stderr]).toEqual([0, '']);
    const env = JSON.parse(stdout) as Record<string, string>;
    expect(env['ZOHO_ACCESS_TOKEN']).toBe(await storedToken());
    expect(env['ZOHO_API_DOMAIN']).toBe(app.simulator.urls.us);
    expect(Date.parse(env['ZOHO_ACCESS_TOKEN_EXPIRES_AT'] ?? '')).toBeGreaterThan(Date.now());
  });

  it('keeps the secrets of the Keeper from it, and nothing else', async () => {
    const own = { DASHBOARD_PASSWORD: 'correct horse battery', OWN_SECRET: 'theirs', KEEPER_KEY: 'zt_some' };
    const { stdout } = await runScript('console.log(JSON.stringify(process.env))', own);
    const env = JSON.parse(stdout) as Record<string, string>;
    const secrets = ['ZOHO_CLIENT_SECRET', 'DASHBOARD_PASSWORD', 'ENCRYPTION_KEYS', 'DATABASE_URL', 'KEEPER_KEY'];
    expect(secrets.filter((name) => name in env)).toEqual([]);
    expect(env['OWN_SECRET']).toBe('theirs');
    expect(stdout).not.toMatch(/correct horse|zt_some/);
  });

  it('passes arguments as they are, options and -- included', async () => {
    const args = ['--min-ttl', '5', '--', '--help', 'a b', '$HOME', ''];
    const script = 'console.log(JSON.stringify(process.argv.slice(1)))';
    const { stdout } = await runCommand(app, ['run', 'crm', '--', node, '-e', script, '--', ...args]);
    expect(JSON.parse(stdout)).toEqual(args);
  });

  it('passes standard input, output and error on', async () => {
    const script = 'process.stdin.pipe(process.stdout); console.error("to stderr")';
    const running = await startCommand(app, ['run', 'crm', '--', node, '-e', script], 'pipe');
    running.process.stdin?.end('from stdin');
    expect(await running.ended).toMatchObject({ code: 0, stdout: 'from stdin', stderr: 'to stderr\n' });
  });

  it('lets the command make files as it would without', async () => {
    const { stdout } = await runScript('console.log(process.umask())');
    expect(Number(stdout)).toBe(process.umask());
  });

  it('ends as the command does', async () => {
    expect((await runScript('process.exit(7)')).code).toBe(7);
    expect((await runScript('process.kill(process.pid, "SIGKILL")')).code).toBe(137);
  });

  it('says 127 where there is no such command, and 126 where it cannot be run', async () => {
    const missing = await runCommand(app, ['run', 'crm', '--', 'no-such-command']);
    expect([missing.code, missing.stdout]).toEqual([127, '']);
    expect(missing.stderr).toBe('no-such-command: there is no such command.\n');
    const file = join(app.folder, 'plain.txt');
    writeFileSync(file, 'no program');
    chmodSync(file, 0o644);
    const plain = await runCommand(app, ['run', 'crm', '--', file]);
    expect([plain.code, plain.stderr]).toEqual([126, `${file}: it cannot be run (EACCES).\n`]);
  });

  it('starts nothing where there is no token', async () => {
    const { code, stdout, stderr } = await runCommand(app, ['run', 'nobody', '--', node, '-e', 'console.log("ran")']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('There is no connection called “nobody”.');
  });

  it.each([[['run', 'crm', node, '-e', '1']], [['run', 'crm']]])('asks for -- and a command: %j', async (args) => {
    const { code, stderr } = await runCommand(app, args);
    expect(code).toBe(1);
    expect(stderr).toContain('Write the command and its own options behind --.');
  });

  /** A child that says so when it is there, and tells its signals. */
  const listening = `
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2', 'SIGQUIT'])
      process.on(signal, () => { console.log('got ' + signal); if (signal !== 'SIGUSR2') process.exit(3); });
    setInterval(() => undefined, 1000);
    console.log('token ' + process.env.ZOHO_ACCESS_TOKEN);`;

  function startListening(...options: string[]): Promise<Process> {
    return startCommand(app, ['run', 'crm', ...options, '--', node, '-e', listening]);
  }

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)(
    'passes %s on and ends as the command does',
    async (signal) => {
      const running = await startListening();
      await running.line();
      const { code, stdout } = await running.end(signal);
      expect([code, stdout]).toEqual([3, expect.stringContaining(`got ${signal}\n`)]);
    },
  );

  it('goes on when the command does', async () => {
    const running = await startListening();
    await running.line();
    running.process.kill('SIGUSR2');
    expect(await running.line()).toBe('got SIGUSR2');
    expect((await running.end('SIGTERM')).code).toBe(3);
  });

  describe('with --restart', () => {
    beforeEach(async () => {
      await app.server.store.db.deleteFrom('refreshes').execute();
      app.simulator.control.settings.accessTokenLife = 6;
      await person(app).submit('/connections/crm/refresh');
    });
    afterEach(() => {
      app.simulator.control.faults.clearFaults();
      app.simulator.control.settings.accessTokenLife = 3600;
    });

    it('starts the command anew with another token before its token ends', async () => {
      const running = await startListening('--restart', '--min-ttl', '0');
      const first = await running.line();
      expect(await running.line()).toBe('got SIGTERM');
      const second = await running.line();
      expect(second).toMatch(/^token 1000\./);
      expect(second).not.toBe(first);
      expect((await running.end('SIGTERM')).code).toBe(3);
    });

    it('leaves the command alone, and says so, while there is no other token', async () => {
      app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503', times: 1000 });
      const running = await startListening('--restart', '--min-ttl', '0');
      await running.line();
      while (!running.written().includes('no new token yet')) await new Promise((resolve) => setTimeout(resolve, 50));
      expect(running.written()).not.toContain('got SIGTERM');
      expect((await running.end('SIGINT')).code).toBe(3);
    });

    it('ends when the command does', async () => {
      const { code } = await runCommand(app, ['run', 'crm', '--restart', '--', node, '-e', 'process.exit(5)']);
      expect(code).toBe(5);
    });
  });
});
