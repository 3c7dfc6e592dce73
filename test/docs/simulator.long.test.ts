import { execFile, execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { addSimulatorOptions } from '../../src/simulator/command';
import { parseConfig } from '../../src/simulator/config';
import description from '../../src/simulator/openapi.json';
import { defaultSettings } from '../../src/simulator/state/settings';
import { itWhere } from '../support/skip';
import { built } from '../support/build';
import { type Process, startProcess } from '../support/process';
import { freePort } from '../support/site';

// What docs/simulator.md says is held against the program, and its blocks are run as they stand, in a project of somebody's.

const run = promisify(execFile);
const root = join(__dirname, '../..');
const page = readFileSync(join(root, 'docs/simulator.md'), 'utf8');
let port: number;

/** The block of this language below this heading, the first or another one. */
function block(heading: string, language: string, place = 0): string {
  const section = page.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const blocks = [...section.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].filter(([, name]) => name === language);
  const text = blocks[place]?.[2] ?? `no ${language} below ${heading}`;
  // Somebody else may run this test, or a simulator, on this computer.
  return text.replaceAll('4001', String(port)).replaceAll('4002', String(port + 1));
}

const top = 'A Zoho of your own';
const started: Process[] = [];
let folder: string;
beforeAll(async () => {
  const program = join(await built(), 'simulator/cli.js');
  port = await freePort();
  folder = mkdtempSync(join(tmpdir(), 'simulator-docs-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '.bin'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  symlinkSync(root, join(modules, 'zoho-token-keeper'));
  writeFileSync(join(modules, '.bin/zoho-simulator'), `#!/bin/sh\nexec ${process.execPath} ${program} "$@"\n`);
  chmodSync(join(modules, '.bin/zoho-simulator'), 0o755);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.end('SIGTERM')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the simulator by a command of the page, which stands below `sh -c`. */
async function simulated(command: string): Promise<Process> {
  const one = startProcess('sh', ['-c', `exec ${command.trim()} --port ${port}`], { cwd: folder, timeout: 25_000 });
  started.push(one);
  while (!(await one.line()).startsWith('Register clients'));
  return one;
}

async function sh(script: string): Promise<string> {
  return (await run('sh', ['-ec', script], { cwd: folder })).stdout;
}

const withClient = 'npx zoho-simulator --client 1000.MINE:s3cret:http://localhost:8080/callback';

it('names every option, every setting with its default, and every call', () => {
  const options = addSimulatorOptions(new Command()).options.map(({ long }) => long);
  expect(options.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  const rows = [...page.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, name, value]) => `${name} ${value}`);
  const settings = Object.entries(defaultSettings()).map(
    ([name, value]) => `${name} ${Array.isArray(value) ? JSON.stringify(value) : String(value ?? null)}`,
  );
  expect(new Set(rows)).toEqual(new Set(settings));
  const calls = Object.entries(description.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `\`${method.toUpperCase()} ${path}\``),
  );
  expect(calls.filter((call) => !page.includes(call))).toEqual([]);
});

it('has a configuration that is taken', () => {
  expect(() => parseConfig(block('Configuration', 'json'), 'docs')).not.toThrow();
});

it('starts as it says, and is steered by curl', async () => {
  const [, command = ''] = block(top, 'sh').split('\n');
  const one = await simulated(command);
  const shown = block(top, '').trim();
  expect(one.written()).toContain(shown);
  expect(await sh(block(top, 'sh', 1))).toContain('"expected":"exactly 0"');
});

it('has a test for Jest that is green', async () => {
  writeFileSync(join(folder, 'zoho.test.ts'), block('Jest', 'ts'));
  const { jest } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { jest: { transform: object } };
  const { transform } = jest;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ jest: { testEnvironment: 'node', transform } }));
  const ran = await run(process.execPath, [join(root, 'node_modules/jest/bin/jest.js'), 'zoho.test.ts'], {
    cwd: folder,
  });
  expect(ran.stderr).toContain('1 passed');
});

it('has a test for Jest whose types hold', async () => {
  writeFileSync(join(folder, 'types.test.ts'), block('Jest', 'ts'));
  const options = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--module',
    'node20',
    '--types',
    'node,jest',
    'types.test.ts',
  ];
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await expect(run(process.execPath, [compiler, ...options], { cwd: folder })).resolves.toMatchObject({ stdout: '' });
});

it('has a service for compose whose command and health check work', async () => {
  const yaml = block('Compose', 'yaml');
  const command = /command: (.*)/.exec(yaml)?.[1] ?? '';
  const check = /'-e', "(.*)"\]/.exec(yaml)?.[1] ?? '';
  const one = await simulated(command);
  expect(one.written()).toContain(`us  http://zoho:${port}`);
  await expect(run(process.execPath, ['-e', check])).resolves.toMatchObject({ stderr: '' });
  await one.end('SIGTERM');
  await expect(run(process.execPath, ['-e', check])).rejects.toMatchObject({ code: 1 });
});

const php = spawnSync('php', ['-v']).status === 0;
itWhere(
  php,
  'the PHP of docs/simulator.md',
  'the program php is missing (apt-get install php-cli)',
)('has PHP that prints what it says', async () => {
  writeFileSync(join(folder, 'zoho.php'), block('PHP', 'php'));
  expect(page).toContain(withClient);
  await simulated(withClient);
  const printed = /It prints `(.*?)`/.exec(page)?.[1];
  expect(await sh('php zoho.php')).toBe(`${printed}\n`);
});

it('has a collection that Postman’s runner runs', async () => {
  writeFileSync(join(folder, 'zoho.postman_collection.json'), block('Postman', 'json'));
  await simulated(withClient);
  const newman = join(root, 'node_modules/newman/bin/newman.js');
  const ran = await run(process.execPath, [newman, 'run', 'zoho.postman_collection.json'], { cwd: folder });
  expect(ran.stdout).toMatch(/assertions\s*│\s*2\s*│\s*0/);
});

const isPossible = spawnSync('unshare', ['-rnm', 'sh', '-ec', 'ip link set lo up']).status === 0;
const noNames = 'unshare -rnm or ip (iproute2) does not work here';
itWhere(
  isPossible,
  'the hosts file of docs/simulator.md',
  noNames,
)('has a way to be Zoho by name', async () => {
  const tools = join(folder, 'tools');
  mkdirSync(tools);
  writeFileSync(join(tools, 'sudo'), '#!/bin/sh\nexec "$@"\n');
  chmodSync(join(tools, 'sudo'), 0o755);
  copyFileSync('/etc/hosts', join(folder, 'hosts'));
  const inside = `
    ip link set lo up
    mount --bind hosts /etc/hosts
    (${block('Hosts file and TLS', 'sh')}) >log 2>&1 &
    until grep -qs Register log; do sleep 0.1; done
    ${block('Hosts file and TLS', 'sh', 1)}`;
  const env = { PATH: `${tools}:${process.env['PATH']}` };
  const printed = execFileSync('unshare', ['-rnm', '--fork', '--pid', '--kill-child', 'sh', '-ec', inside], {
    cwd: folder,
    env,
    timeout: 25_000,
  });
  expect(printed.toString()).toBe('{"result":"success","locations":{"us":"https://accounts.zoho.com"}}401\n');
});
