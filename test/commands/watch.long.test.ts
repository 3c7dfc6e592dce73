import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { recentEvents } from '../support/events';
import { person } from '../support/person';
import type { Process } from '../support/process';
import { someKey } from '../support/program';
import { inProcess, startCommand, type TestApp } from '../support/start';

interface TokenFile {
  readonly access_token: string;
  readonly expires_at: string;
}

describe.each(['on this computer', 'by an API key'])('export --watch %s', (where) => {
  let app: TestApp;
  let folder: string;
  let file: string;
  let env: Readonly<Record<string, string>>;
  let running: Process;
  beforeEach(async () => {
    app = await inProcess();
    // Short enough to see some of them; the Keeper's budget for each is ten in ten minutes.
    Object.assign(app.simulator.control.settings, { accessTokenLife: 12, refreshesPerWindow: 1000 });
    await person(app).connect({ name: 'crm' });
    folder = join(app.folder, 'kept');
    mkdirSync(folder);
    file = join(folder, 'token.json');
    env = app.env;
    if (where === 'by an API key') {
      env = { KEEPER_URL: app.url, KEEPER_KEY: await someKey(app.server.store, { connections: ['crm'] }) };
    }
    running = await watch('--format', 'token-json', '--output', file);
    await until(() => existsSync(file));
  }, 60_000);
  afterEach(async () => {
    await running.end('SIGKILL');
    await app.stop();
  });

  function watch(...options: string[]): Promise<Process> {
    return startCommand({ ...app, env }, ['export', 'crm', '--watch', ...options]);
  }

  function read(): TokenFile {
    return JSON.parse(readFileSync(file, 'utf8')) as TokenFile;
  }

  it('writes the file, and anew before each token ends, never without a valid one, until a signal ends it', async () => {
    const seen = new Set<string>();
    await until(() => {
      const { access_token: token, expires_at: end } = read();
      seen.add(token);
      expect(Date.parse(end)).toBeGreaterThan(Date.now());
      return seen.size === 3;
    }, 20_000);
    expect([statSync(file).mode & 0o777, readdirSync(folder)]).toEqual([0o600, ['token.json']]);
    const { code, signal, stdout, stderr } = await running.end('SIGTERM');
    expect([code, signal, stdout]).toEqual([0, null, '']);
    expect(stderr).toBe(
      `${file} is written, and kept fresh until this command is stopped.\n` +
        'It holds the access token: keep it as you keep a password.\n',
    );
    const given = (await recentEvents(app.server.store, 50)).filter(({ action }) => action === 'exported');
    expect(given).toHaveLength(where === 'by an API key' ? 0 : 1);
  }, 40_000);

  it('keeps the old file while no token can be had, says so once, and goes on when it can', async () => {
    const { access_token: first } = read();
    app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503', times: 1000 });
    await until(() => running.written().includes('stays as it is'), 20_000);
    expect(read().access_token).toBe(first);
    app.simulator.control.faults.clearFaults();
    await until(() => running.written().includes('is kept fresh again'), 40_000);
    expect(read().access_token).not.toBe(first);
    expect((await running.end('SIGINT')).code).toBe(0);
  }, 80_000);

  it('brings back a file that somebody removed, and tells of a folder that is gone', async () => {
    rmSync(file);
    await until(() => existsSync(file), 20_000);
    rmSync(folder, { recursive: true });
    await until(() => running.written().includes('could not be written (ENOENT)'), 20_000);
    mkdirSync(folder);
    await until(() => existsSync(file), 20_000);
  }, 80_000);

  it.each([
    ['--watch keeps a file fresh: name it with --output FILE.', ['--format', 'token-json']],
    ['store-nodejs is a program, which stays as it is', ['--format', 'store-nodejs', '--output', 'x.mjs']],
    ['could not be written (ENOENT)', ['--format', 'token-json', '--output', '/nowhere/token.json']],
  ])('says “%s”', async (words, options) => {
    const { code, stdout, stderr } = await (await watch(...options)).ended;
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(words);
  });
});

it('export --watch survives a Keeper that is away for a while', async () => {
  const app = await inProcess();
  try {
    Object.assign(app.simulator.control.settings, { accessTokenLife: 12 });
    await person(app).connect({ name: 'crm' });
    const env = { KEEPER_URL: app.url, KEEPER_KEY: await someKey(app.server.store) };
    const file = join(app.folder, '.env');
    const running = await startCommand({ ...app, env }, [
      'export',
      'crm',
      '--format',
      'env',
      '--output',
      file,
      '--watch',
    ]);
    await until(() => existsSync(file));
    const before = readFileSync(file, 'utf8');
    await app.server.close();
    await until(() => running.written().includes('could not be reached'), 20_000);
    expect(readFileSync(file, 'utf8')).toBe(before);
    await app.restart();
    await until(() => readFileSync(file, 'utf8') !== before, 30_000);
    expect((await running.end('SIGTERM')).code).toBe(0);
  } finally {
    await app.stop();
  }
}, 90_000);

/** Waits until `look` says yes. */
async function until(look: () => boolean, milliseconds = 10_000): Promise<void> {
  for (const end = Date.now() + milliseconds; !look();) {
    if (Date.now() > end) throw new Error(`it did not happen: ${look.toString()}`);
    await wait(50);
  }
}
