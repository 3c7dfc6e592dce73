import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { built } from '../support/build';
import { person } from '../support/person';
import { type Ending, type Process, startProcess } from '../support/process';
import { createSite, type Site } from '../support/site';

const root = join(__dirname, '../..');

/** The commands of a page, a block each, in the order in which they stand. */
function commandsIn(file: string): string[] {
  const text = readFileSync(join(root, 'docs', file), 'utf8');
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
}, 60_000);
afterAll(async () => {
  await running?.end('SIGKILL');
  rmSync(checkout, { recursive: true, force: true });
  await site.remove();
});

const start = (code: string): Process =>
  startProcess('sh', ['-ec', code], {
    cwd: checkout,
    env: {
      PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
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
  const [prepare = '', token = '', ...more] = commandsIn('quick-start.md');
  const [copy = '', startLine = ''] = prepare.split('\n');
  expect(startLine).toBe('npm start');
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
  const key = more.find((code) => code.includes('openssl')) ?? '';
  expect((await run(key)).stdout).toMatch(/^first:[\w+/]{43}=\n$/);

  const made = await run('node dist/main.js backup copies');
  expect(made.code).toBe(0);
  await running?.end('SIGTERM');
  // npm ends at once, and the Keeper behind it within a second.
  const [backup = ''] = readdirSync(join(checkout, 'copies')).filter((name) => name.endsWith('.db'));
  const [restore = '', drill = ''] = commandsIn('upgrading.md');
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
  expect(existsSync(join(checkout, 'drill/keeper.db'))).toBe(true);
}, 120_000);
