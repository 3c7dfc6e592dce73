import {
  chmodSync,
  cpSync,
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
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { built } from '../support/build';
import { person } from '../support/person';
import { freshPostgres } from '../support/postgres';
import { type Ending, type Process, startProcess } from '../support/process';
import { createSite, type Site } from '../support/site';

const root = join(__dirname, '../..');

/** The commands of a page, a block each, in the order in which they stand. */
function commandsIn(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^```console\n([^]*?)^```$/gm)].map(([, code = '']) => code);
}

/** A checkout after `npm ci`, whose .env has what a person would fill in. */
let checkout: string;
let site: Site;
let running: Process | undefined;

beforeAll(async () => {
  site = await createSite();
  const dist = await built();
  checkout = mkdtempSync(join(tmpdir(), 'keeper-checkout-'));
  for (const name of [
    'package.json',
    '.env.example',
    'views',
    'public',
    'stores',
    'docs',
    'README.md',
    'CHANGELOG.md',
  ]) {
    cpSync(join(root, name), join(checkout, name), { recursive: true });
  }
  cpSync(join(root, 'SECURITY.md'), join(checkout, 'SECURITY.md'));
  cpSync(dist, join(checkout, 'dist'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
  mkdirSync(join(checkout, 'tools'));
  writeFileSync(join(checkout, 'tools/sudo'), '#!/bin/sh\nexec "$@"\n');
  chmodSync(join(checkout, 'tools/sudo'), 0o755);
}, 60_000);
afterAll(async () => {
  await running?.end('SIGTERM');
  rmSync(checkout, { recursive: true, force: true });
  await site.remove();
});

const start = (code: string): Process =>
  startProcess('sh', ['-ec', code], {
    cwd: checkout,
    env: {
      PATH: `${checkout}/tools:${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: checkout,
      npm_config_update_notifier: 'false',
    },
    timeout: 60_000,
  });
const run = (code: string): Promise<Ending> => start(code).ended;

/** As `npm start` does once it has built the program, which this checkout has no sources for. */
async function startServer(): Promise<void> {
  running = start('exec npm start --ignore-scripts');
  while (!(await running.line()).includes('"listening"'));
}

it('the quick start for a laptop works as it stands, and so does a backup with its way back and its drill', async () => {
  const [prepare = '', token = '', ...more] = commandsIn('docs/quick-start.md');
  const [copy = '', startLine = ''] = prepare.split('\n');
  expect(startLine).toBe('npm start');
  const [first = '', filled = ''] = commandsIn('README.md');
  const demo = start(`exec ${/npm run demo/.exec(first)?.[0]} --ignore-scripts`);
  while (!(await demo.line()).includes('Open'));
  await demo.end('SIGTERM');
  expect(filled).toBe(`npm ci && ${copy}\n`);
  expect(await run(copy)).toMatchObject({ code: 0, stderr: '' });
  // What the page Setup would store, and where the simulated Zoho is.
  const { DATABASE_URL: _own, ...filledIn } = site.env;
  const file = join(checkout, '.env');
  const text = Object.entries(filledIn).reduce(
    (settings, [name, value]) => settings.replace(new RegExp(`^#? ?${name}=.*$`, 'm'), `${name}=${value}`),
    readFileSync(file, 'utf8'),
  );
  writeFileSync(file, text);
  await startServer();
  await person(site).connect();
  expect(await run(token)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1000\.\w+\.\w+\n$/) });

  const doctor = more.find((code) => code.includes('doctor'))?.split('\n')[1] ?? '';
  const said = await run(doctor);
  expect([said.code, said.stdout]).toEqual([0, expect.stringContaining('✓ Connection default: active')]);
  const secret = (more.find((code) => code.includes('sudo')) ?? '').replace('/var/backups', `${checkout}/backups`);
  expect(await run(secret)).toMatchObject({ code: 0, stderr: '' });
  expect(statSync(join(checkout, 'data/dashboard-password')).mode & 0o777).toBe(0o600);
  const key = more.find((code) => code.includes('first:')) ?? '';
  expect((await run(key)).stdout).toMatch(/^first:[\w+/]{43}=\n$/);

  const made = await run('node dist/main.js backup copies');
  expect(made.code).toBe(0);
  await running?.end('SIGTERM');
  // npm ends at once, and the Keeper behind it within a second.
  const [backup = ''] = readdirSync(join(checkout, 'copies')).filter((name) => name.endsWith('.db'));
  const [restore = '', drill = ''] = commandsIn('docs/upgrading.md');
  const copies = join(checkout, 'media');
  mkdirSync(copies);
  for (const name of readdirSync(join(checkout, 'copies'))) cpSync(join(checkout, 'copies', name), join(copies, name));
  cpSync(join(checkout, 'data/keeper.key'), join(copies, 'keeper.key'));
  const here = (code: string): string =>
    code
      .replaceAll('/var/backups/keeper/', `${copies}/`)
      .replaceAll('/media/copies/', `${copies}/`)
      .replaceAll(/keeper-\d[\dTZ-]+\.db/g, backup);
  let restored = await run(here(restore));
  for (let tries = 0; restored.stderr.includes('in use') && tries < 20; tries++) restored = await run(here(restore));
  expect(restored).toMatchObject({ code: 0 });
  const tried = await run(here(drill));
  expect([tried.code, tried.stdout]).toEqual([0, expect.stringContaining('default')]);
  expect(existsSync(join(checkout, 'drill/data/keeper.db'))).toBe(true);
}, 120_000);

// From here on with what the first one left.
it('the files of README and docs/exports.md stay fresh, here and on another computer', async () => {
  await startServer();
  await person(site).connect({ name: 'crm' });
  const here = commandsIn('README.md').find((code) => code.includes('--watch')) ?? '';
  const api = readFileSync(join(root, 'docs/api.md'), 'utf8');
  const { stdout: key } = await run(/`(node dist\/main\.js keys create [^`]*)`/.exec(api)?.[1] ?? '');
  const there = commandsIn('docs/exports.md')[0]
    ?.replace('https://tokens.example.com', site.url)
    .replace('zt_…', key.trim())
    .replace('/srv/scripts/', `${checkout}/`);
  const file = join(checkout, 'token.json');
  for (const code of [here, there ?? '']) {
    rmSync(file, { force: true });
    const watching = start(code.replace('node dist', 'exec node dist'));
    while (!existsSync(file)) await Promise.race([wait(50), watching.ended.then(({ stderr }) => fail(stderr))]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ access_token: expect.stringMatching(/^1000\./) });
    expect(await watching.end('SIGTERM')).toMatchObject({ code: 0 });
  }
  await running?.end('SIGTERM');
}, 120_000);

it('the way to PostgreSQL of docs/deploying.md is one command', async () => {
  const code = commandsIn('docs/deploying.md').find((block) => block.includes('move-store')) ?? '';
  const moved = await run(code.replace(/postgres:\S+/, await freshPostgres()));
  expect(moved).toMatchObject({ code: 0, stderr: expect.stringContaining('ENCRYPTION_KEYS') });
}, 60_000);

function fail(why: string): never {
  throw new Error(why);
}
