import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { built } from '../support/build';
import { person } from '../support/person';
import { startProcess } from '../support/process';
import { inProcess, type TestApp } from '../support/start';
import { freshFolder } from '../support/postgres';

describe('the settings of a command', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
    await person(app).connect({ name: 'crm' });
  }, 60_000);
  afterAll(() => app.stop());

  it('never come from the folder that it is called in', async () => {
    const checkout = withEnv(`DATABASE_URL=${app.config.databaseUrl}\n`);
    const { DATABASE_URL: _own, ...env } = app.env;
    const elsewhere = freshFolder();
    const named = await run(checkout, ['--dir', elsewhere, 'connections'], env);
    expect([named.code, named.stderr]).toEqual([1, expect.stringContaining(`database at ${elsewhere}/data/keeper.db`)]);
    const installed = await run(checkout, ['connections'], env);
    expect(installed.stdout).not.toContain('crm');
  });

  it('are those of --dir, and relative paths begin there', async () => {
    const folder = withEnv(`DATABASE_URL=sqlite:elsewhere/keeper.db\n`);
    const { DATABASE_URL: _own, ...env } = app.env;
    const elsewhere = freshFolder();
    for (const args of [
      ['--dir', folder],
      ['--env-file', join(folder, '.env')],
    ]) {
      const { code, stderr } = await run(elsewhere, [...args, 'connections'], env);
      expect([code, stderr]).toEqual([1, expect.stringContaining(`no database at ${folder}/elsewhere/keeper.db`)]);
    }
    expect(existsSync(join(elsewhere, 'elsewhere'))).toBe(false);
  });

  it('are those of --dir where it names the Keeper’s database', async () => {
    const folder = withEnv(`DATABASE_URL=${app.config.databaseUrl}\n`);
    const { DATABASE_URL: _own, ...env } = app.env;
    const { code, stdout } = await run(freshFolder(), ['--dir', folder, 'connections'], env);
    expect([code, stdout]).toEqual([0, expect.stringContaining('crm')]);
  });

  it('are refused where the file is not there or cannot be understood', async () => {
    const folder = freshFolder();
    writeFileSync(join(folder, '.env'), Buffer.from('\uFEFFPORT=1\n', 'utf16le'));
    const { code, stderr } = await run(folder, ['--dir', folder, 'connections']);
    expect([code, stderr]).toEqual([1, `The file ${folder}/.env is UTF-16 (save it as UTF-8)\n`]);
    // Older versions of Node look for this option themselves, and end before the program begins.
    const missing = await run(folder, ['--env-file', 'keeper.env', 'connections']);
    expect([missing.code, missing.stderr]).toEqual([expect.any(Number), expect.stringMatching(/keeper\.env/)]);
    expect(missing.code).toBeGreaterThan(0);
  });

  it('are read with the same care from --env-file', async () => {
    const folder = withEnv('DASHBOARD_PASSWORD=half#of-the-password\nDASHBORD_PASSWORD=x\n');
    const { code, stderr } = await run(folder, ['--env-file', join(folder, '.env'), 'connections']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^DASHBOARD_PASSWORD contains #/)]);
  });

  it('are named by doctor, with what in them means nothing', async () => {
    const folder = withEnv('DASHBORD_PASSWORD=hunter2\n');
    const { code, stdout } = await run(folder, ['--dir', folder, 'doctor'], app.env);
    expect(code).toBe(1);
    expect(stdout).toContain(`its settings are from ${folder}/.env.`);
    expect(stdout).toContain('✗ Configuration: .env sets DASHBORD_PASSWORD, which means nothing');
    expect(stdout).not.toContain('hunter2');
  });

  it('are named at the start of the server', async () => {
    const folder = withEnv('DASHBORD_PASSWORD=hunter2\n');
    const { stdout } = await run(folder, ['--dir', folder, 'serve'], { ...app.env, PORT: '0x' });
    expect(stdout).toBe('');
    const lines = app.logged.join('\n');
    expect(lines).toContain('"folder":');
    expect(lines).toContain(`tokens go to ${app.simulator.urls.us}`);
  });
});

function withEnv(text: string): string {
  const folder = freshFolder();
  writeFileSync(join(folder, '.env'), text, { mode: 0o600 });
  return folder;
}

/** Runs the compiled program in this folder, as somebody there would. */
async function run(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const options = { cwd, env, timeout: 25_000 };
  return startProcess(process.execPath, [join(await built(), 'main.js'), ...args], options).ended;
}
