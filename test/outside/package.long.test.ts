import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { built } from '../support/build';
import { type Process, startProcess } from '../support/process';
import { freePort } from '../support/site';

const root = join(__dirname, '../..');
const deploying = readFileSync(join(root, 'docs/deploying.md'), 'utf8');

let folder: string;
let program: string;
let packed: readonly string[];

/** The tarball as npm would put it into an empty folder; what it depends on is linked and not compiled anew. */
beforeAll(async () => {
  await built();
  folder = mkdtempSync(join(tmpdir(), 'keeper-package-'));
  const said = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: root });
  const [{ filename, files }] = JSON.parse(said.toString()) as [{ filename: string; files: { path: string }[] }];
  packed = files.map(({ path }) => path);
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'zoho-token-keeper');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['xzf', join(folder, filename), '--strip-components=1', '-C', installed]);
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  program = join(installed, 'dist/main.js');
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('holds what is needed to run and nothing else', () => {
  const rooms = new Set(packed.map((path) => path.split('/')[0]));

  expect([...rooms]).toEqual(
    expect.arrayContaining([
      '.env.example',
      'LICENSE',
      'README.md',
      'dist',
      'package.json',
      'public',
      'stores',
      'views',
    ]),
  );
  for (const room of ['src', 'test', 'bench', 'clients', 'node_modules', '.github', '.ci'])
    expect(rooms).not.toContain(room);
  expect(packed.filter((path) => path.endsWith('.map') || path.endsWith('.tsbuildinfo'))).toEqual([]);
});

it('keeps its data where programs keep theirs, and never in the folder one stands in', async () => {
  const [home, here] = [join(folder, 'home'), join(folder, 'here')];
  mkdirSync(here);
  writeFileSync(join(here, '.env'), 'DASHBOARD_PASSWORD=a-stranger-wrote-this\n');
  const port = String(await freePort());
  const env = { XDG_DATA_HOME: home, HOME: here, PORT: port };
  const running = startProcess(process.execPath, [program, 'serve'], { cwd: here, env });
  let line = '';
  while (!line.includes('"listening"')) line = await running.line();

  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const data = join(home, 'zoho-token-keeper');
  expect(JSON.parse(line)).toMatchObject({ folder: data, envFile: null, database: 'SQLite', version });
  expect(existsSync(join(data, 'data/keeper.db'))).toBe(true);
  expect(readdirSync(here)).toEqual(['.env']);
  const health = startProcess(process.execPath, [program, 'health'], { cwd: here, env });
  expect(await health.ended).toMatchObject({ code: 0, stdout: 'ready\n' });
  await running.end('SIGTERM');
  const later = startProcess(process.execPath, [program, 'health'], { cwd: here, env });
  expect(await later.ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('Nothing answers') });
});

it('says its version', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(await startProcess(process.execPath, [program, '--version']).ended).toMatchObject({
    code: 0,
    stdout: `${version}\n`,
  });
});

it('is tried and set up by the commands of docs/deploying.md', async () => {
  const env = { HOME: join(folder, 'person'), PORT: String(await freePort()) };
  const [, settings = ''] = /^```console\n(install -D [^]*?)^```$/m.exec(deploying) ?? [];
  execFileSync('sh', ['-ec', settings], { cwd: folder, env: { ...process.env, ...env }, stdio: 'pipe' });
  const own = join(env.HOME, '.local/share/zoho-token-keeper');
  for (const file of ['.env', 'data/dashboard-password']) expect(statSync(join(own, file)).mode & 0o777).toBe(0o600);
  const password = { DASHBOARD_PASSWORD_FILE: 'data/dashboard-password' };
  const running = startProcess(process.execPath, [program, 'serve'], { env: { ...env, ...password } });
  let line = '';
  while (!line.includes('"listening"')) line = await running.line();
  expect(JSON.parse(line)).toMatchObject({ folder: own, envFile: join(own, '.env') });
  await running.end('SIGTERM');
  const demo = startProcess(process.execPath, [program, 'demo'], { env });
  while (!(await demo.line()).includes('npx zoho-token-keeper demo --with-connections'));
  await demo.end('SIGTERM');
});

it('is where the unit of systemd looks for it after the commands of docs/deploying.md', () => {
  const [place, tools] = [join(folder, 'server'), join(folder, 'tools')];
  for (const name of [tools, join(place, 'etc/systemd/system'), join(place, 'var/lib')])
    mkdirSync(name, { recursive: true });
  // The server's own programs do what they are told; npm has installed already, and there is no other user.
  const stand = {
    sudo: 'exec "$@"',
    useradd: '',
    systemctl: '',
    npm: `mkdir -p "$3" && ln -s ${folder}/node_modules "$3"`,
  };
  for (const [name, code] of Object.entries(stand)) {
    writeFileSync(join(tools, name), `#!/bin/sh\n${code}\n`);
    chmodSync(join(tools, name), 0o755);
  }
  const [, commands = ''] = /^```console\n(sudo useradd [^]*?)^```$/m.exec(deploying) ?? [];
  const here = commands.replaceAll('-o keeper -g keeper ', '').replaceAll(/ \/(opt|var|etc)\//g, ` ${place}/$1/`);
  execFileSync('sh', ['-ec', here], { cwd: folder, env: { PATH: `${tools}:${process.env['PATH']}` }, stdio: 'pipe' });
  const unit = readFileSync(join(place, 'etc/systemd/system/zoho-token-keeper.service'), 'utf8');
  const [, executable = '', secret = ''] = /^ExecStart=(\S+)[^]*^LoadCredential=\S+:(\S+)$/m.exec(unit) ?? [];
  expect(executable).toBe('/opt/keeper/node_modules/.bin/zoho-token-keeper');
  for (const file of [
    'opt/keeper/node_modules/zoho-token-keeper/dist/main.js',
    'var/lib/zoho-token-keeper/.env',
    secret,
  ])
    expect(existsSync(join(place, file))).toBe(true);
});

it('gives the simulator to other people’s tests', async () => {
  const script = `
    const { startSimulator } = require('zoho-token-keeper/simulator');
    startSimulator({ dataCenters: ['eu'] }).then(async (simulator) => {
      console.log(Object.keys(simulator.urls).join());
      await simulator.close();
    });`;
  expect(await startProcess(process.execPath, ['-e', script], { cwd: folder }).ended).toMatchObject({
    code: 0,
    stdout: 'eu\n',
  });
});

it('stops when npm start is stopped', async () => {
  const port = String(await freePort());
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ scripts: { start: `${process.execPath} ${program} serve` } }),
  );
  const env = { XDG_DATA_HOME: join(folder, 'npm'), PORT: port, HOME: folder };
  const npm: Process = startProcess('npm', ['start'], { cwd: folder, env });
  while (!(await npm.line()).includes('"listening"'));

  await npm.end('SIGTERM');

  const isUp = () =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    );
  const start = Date.now();
  while ((await isUp()) && Date.now() - start < 10_000) await wait(100);
  expect(await isUp()).toBe(false);
});
