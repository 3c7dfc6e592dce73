import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { variableNames } from '../../src/config/options';
import { type Process, startProcess } from '../support/process';
import { freePort } from '../support/site';
import { itWhere, skipAloud } from '../support/skip';

const root = join(__dirname, '../..');
const text = (file: string): string => readFileSync(join(root, file), 'utf8');
const nobody = 65534;
const isRoot = process.getuid?.() === 0;
if (!isRoot) skipAloud('the steps of the image and of the unit, as another user', 'only root can become one');

interface Step {
  readonly word: string;
  readonly rest: string;
  /** 0 is the stage that builds. */
  readonly stage: number;
}

const steps = stepsOf(text('Dockerfile'));
const unit = text('deploy/zoho-token-keeper.service');

/** What stands for the image's file system. */
let image: string;

/** Does in folders what the Dockerfile says, but for `npm ci`, which would load and compile what node_modules has. */
beforeAll(() => {
  image = mkdtempSync(join(tmpdir(), 'keeper-image-'));
  chmodSync(image, 0o755);
  const context = join(image, 'context');
  copyContext(context);
  for (const { word, rest, stage } of steps) {
    const here = join(image, stage === 0 ? 'build' : 'app');
    mkdirSync(here, { recursive: true });
    if (word === 'RUN' && rest.startsWith('npm run')) execFileSync('sh', ['-c', rest], { cwd: here });
    if (word === 'RUN' && rest.startsWith('npm ci'))
      symlinkSync(join(root, 'node_modules'), join(here, 'node_modules'));
    if (word !== 'COPY') continue;
    const from = rest.startsWith('--from=build ') ? image : context;
    const files = rest.replace('--from=build ', '').split(' ');
    const target = join(here, files.pop() ?? '');
    for (const file of files) {
      const isFolder = rest.endsWith('./');
      cpSync(join(from, file), isFolder ? join(target, file.split('/').at(-1) ?? '') : target, { recursive: true });
    }
  }
}, 120_000);
afterAll(() => rmSync(image, { recursive: true, force: true }));

describe('the image', () => {
  const last = steps.filter(({ stage }) => stage === 1);
  const of = (word: string) => last.filter((step) => step.word === word).map(({ rest }) => rest);

  it('starts as another user who can write to /data alone, says that it is healthy, and stops', async () => {
    const data = join(image, 'data');
    mkdirSync(data, { mode: 0o700 });
    const port = String(await freePort());
    const settings = Object.fromEntries(
      of('ENV')[0]
        ?.split(' ')
        .map((pair) => pair.split('=')) ?? [],
    ) as object;
    const env = { ...settings, HOST: '127.0.0.1', PORT: port, DASHBOARD_PASSWORD: 'a long enough one' };
    const inside = (words: string): string[] =>
      (JSON.parse(words) as string[]).map((word) => word.replace(/^\/(app|data)/, `${image}/$1`));

    const running = asNobody([...inside(of('ENTRYPOINT')[0] ?? ''), ...inside(of('CMD')[0] ?? '')], data, env);
    expect(JSON.parse(await listening(running))).toMatchObject({ folder: data });
    const [health = ''] = /\[.*\]/.exec(of('HEALTHCHECK')[0] ?? '') ?? [];
    expect(await asNobody(inside(health), data, env).ended).toMatchObject({ code: 0, stdout: 'ready\n' });
    expect(await running.end('SIGTERM')).toMatchObject({ code: 0 });
    expect(await asNobody(inside(health), data, env).ended).toMatchObject({ code: 1 });
  });

  it('does not start without a password', async () => {
    const data = join(image, 'data-2');
    mkdirSync(data, { mode: 0o700 });
    const env = { HOST: '0.0.0.0', PORT: String(await freePort()) };
    const ending = await asNobody(
      [process.execPath, join(image, 'app/dist/main.js'), '--dir', data, 'serve'],
      data,
      env,
    ).ended;
    expect(ending).toMatchObject({ code: 1, stderr: expect.stringContaining('set DASHBOARD_PASSWORD') });
  });

  it('has pinned bases, a user that is not root, and nothing that only building needs', () => {
    expect(of('USER').at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    for (const { rest } of steps.filter(({ word }) => word === 'FROM'))
      expect(rest).toMatch(/^[a-z]+:[\w.]+-[\w-]+( AS \w+)?$/);
    for (const word of ['CMD', 'ENTRYPOINT']) expect(of(word).map((rest) => rest[0])).toEqual(['[']);
    expect(of('HEALTHCHECK')[0]).toMatch(/ CMD \[/);
    expect(of('WORKDIR').every((folder) => folder.startsWith('/'))).toBe(true);
    expect(steps.map(({ word }) => word)).not.toContain('ADD');
    expect(of('RUN').join()).not.toMatch(/apt|npm|curl|wget/);
    for (const { rest } of steps.filter((step) => step.word === 'RUN' && step.rest.includes('apt-get'))) {
      expect(rest).toMatch(/--no-install-recommends .*rm -rf \/var\/lib\/apt\/lists/);
    }
  });

  it('gets no secret: neither from the folder that it is built from, nor as a variable', () => {
    const [all, ...rest] = text('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(all).toBe('*');
    expect(
      rest.filter(
        (line) => !/^!(package(-lock)?\.json|tsconfig(\.build)?\.json|src|public|views|stores|docs)$/.test(line),
      ),
    ).toEqual([]);
    expect(
      steps.filter(({ word, rest: what }) => ['ENV', 'ARG'].includes(word) && /PASSWORD|SECRET|KEY/.test(what)),
    ).toEqual([]);
  });
});

describe.each(['compose.yaml', 'compose.postgres.yaml'])('%s', (file) => {
  const lines = text(file).split('\n');
  const section = (name: string): string[] => {
    const start = lines.indexOf(`${name}:`) + 1;
    const end = lines.findIndex((line, at) => at >= start && /^\S/.test(line));
    return start === 0 ? [] : lines.slice(start, end < 0 ? undefined : end);
  };
  const named = (name: string) => section(name).flatMap((line) => /^ {2}([\w-]+):/.exec(line)?.[1] ?? []);

  it('gives the Keeper a read-only root, no rights and its secrets as files', () => {
    for (const part of ['read_only: true', '- ALL', '- no-new-privileges:true', 'init: true'])
      expect(text(file)).toContain(part);
    const variables = [...text(file).matchAll(/^ +([A-Z_]+): (.+)$/gm)];
    const ours = variables.filter(([, name = '']) => !/^(POSTGRES_|KEEPER_HOST)/.test(name));
    expect(ours.length).toBeGreaterThan(1);
    for (const [, name = '', value = ''] of variables) {
      if (/PASSWORD|KEYS|DATABASE_URL/.test(name))
        expect([name, value]).toEqual([expect.stringMatching(/_FILE$/), expect.stringMatching(/^\/run\/secrets\//)]);
    }
    for (const [, name = ''] of ours) expect(variableNames()).toContain(name);
  });

  it('names only secrets, volumes and networks that it has, and images with a tag or of its own', () => {
    const mentioned = [...text(file).matchAll(/\/run\/secrets\/([\w-]+)/g)].map(([, name = '']) => name);
    expect([...new Set(mentioned)].sort()).toEqual(named('secrets').sort());
    const volumes = [...text(file).matchAll(/- ([a-z]+):\//g)].map(([, name = '']) => name);
    expect(volumes.sort()).toEqual(named('volumes').sort());
    const networks = [...text(file).matchAll(/^ +- (front|back)$/gm)].map(([, name = '']) => name);
    expect([...new Set(networks)].sort()).toEqual(named('networks').sort());
    for (const [, image = ''] of text(file).matchAll(/image: (.+)/g))
      expect(image).toMatch(/^(zoho-token-keeper|[a-z]+:\d+)$/);
    expect(text(file).includes('\t')).toBe(false);
  });
});

it('the secrets of docs/containers.md are made by its commands, and are such that the Keeper takes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keeper-secrets-'));
  const blocks = [...text('docs/containers.md').matchAll(/```sh\n([^`]+)```/g)].map(([, code = '']) => code);
  execFileSync('sh', ['-ec', blocks.join('')], { cwd: folder, stdio: 'pipe' });
  const [, names] = /secrets:\n((?: +- .*\n)+)/.exec(text('compose.postgres.yaml')) ?? [];
  expect(names).toContain('encryption-keys');
  const secret = (name: string) => join(folder, 'secrets', name);
  const given = Object.fromEntries(
    [...text('compose.postgres.yaml').matchAll(/ ((?!POSTGRES)\w+_FILE): \/run\/secrets\/(\S+)/g)].map(
      ([, name = '', file = '']) => [name, secret(file)],
    ),
  );
  const env = { ...given, BASE_URL: 'https://tokens.example.com', HOST: '0.0.0.0', DATABASE_POOL: 'no' };
  const { stderr } = spawnSync(process.execPath, [join(image, 'app/dist/main.js'), '--dir', folder, 'serve'], {
    env,
    encoding: 'utf8',
  });
  // The one thing that is wrong: so everything else is right.
  expect(stderr.trim()).toMatch(/^DATABASE_POOL is "no"[^\n]*$/);
  expect(readFileSync(secret('database-url'), 'utf8')).toContain(
    readFileSync(secret('postgres-password'), 'utf8').trim(),
  );
  rmSync(folder, { recursive: true });
});

describe('the unit of systemd', () => {
  const values = (name: string) =>
    [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);

  it('gives settings that there are, and each secret by a credential', () => {
    const credentials = values('LoadCredential').map((credential) => credential.split(':')[0]);
    const settings = values('Environment').map((pair) => pair.split('=') as [string, string]);
    for (const [name, value] of settings.filter(([name]) => name !== 'NODE_ENV')) {
      expect(variableNames()).toContain(name);
      expect([name, value]).toEqual([expect.stringMatching(/_FILE$/), `%d/${credentials.shift()}`]);
    }
    expect(credentials).toEqual([]);
  });

  it('starts the program as another user, with its folder and its credential', async () => {
    const state = join(image, 'state');
    mkdirSync(state, { mode: 0o700 });
    const port = String(await freePort());
    writeFileSync(join(state, '.env'), `PORT=${port}\nBASE_URL=https://tokens.example.com\n`, { mode: 0o644 });
    writeFileSync(join(image, 'dashboard-password'), 'a long enough one\n', { mode: 0o644 });
    const env = Object.fromEntries(values('Environment').map((pair) => pair.replace('%d', image).split('='))) as object;
    const [program = '', ...args] = values('ExecStart')[0]?.replace('${STATE_DIRECTORY}', state).split(' ') ?? [];
    expect(program).toBe('/opt/keeper/node_modules/.bin/zoho-token-keeper');
    const running = asNobody([process.execPath, join(image, 'app/dist/main.js'), ...args], state, {
      ...env,
      PATH: '/nowhere',
    });
    expect(JSON.parse(await listening(running))).toMatchObject({ folder: state, url: 'https://tokens.example.com' });
    expect(await running.end('SIGTERM')).toMatchObject({ code: 0 });
  });

  const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
  const noSystemd = 'the program systemd-analyze is missing (apt-get install systemd)';
  itWhere(
    hasSystemd,
    'the unit of systemd',
    noSystemd,
  )('is understood by systemd, which finds little to reach from it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'keeper-unit-'));
    const file = join(folder, 'zoho-token-keeper.service');
    writeFileSync(
      file,
      unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`).replace('User=keeper', 'User=daemon'),
    );
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const security = spawnSync('systemd-analyze', ['security', '--offline=yes', '--threshold=20', file]);
    expect(security.status).toBe(0);
    rmSync(folder, { recursive: true });
  });
});

function stepsOf(dockerfile: string): Step[] {
  let stage = -1;
  return dockerfile
    .replace(/^#.*\n/gm, '')
    .replaceAll(/ \\\n */g, ' ')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [, word = '', rest = ''] = /^(\w+) (.*)$/.exec(line) ?? [];
      if (word === 'FROM') stage++;
      return { word, rest, stage };
    });
}

/** The files that .dockerignore lets through. */
function copyContext(target: string): void {
  const allowed = text('.dockerignore')
    .split('\n')
    .flatMap((line) => (line.startsWith('!') ? line.slice(1) : []));
  for (const name of allowed) cpSync(join(root, name), join(target, name), { recursive: true });
}

/** Starts it without any right to what `folder` is not. */
function asNobody(command: readonly string[], folder: string, env: object): Process {
  const [program = '', ...args] = command.map((word) => (word === 'node' ? process.execPath : word));
  const whole = { cwd: '/', env: { ...env } as Record<string, string> };
  if (!isRoot) return startProcess(program, args, whole);
  chownSync(folder, nobody, nobody);
  return startProcess(
    '/usr/bin/setpriv',
    [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', program, ...args],
    whole,
  );
}

async function listening(running: Process): Promise<string> {
  for (;;) {
    const line = await running.line();
    if (line.includes('"listening"')) return line;
  }
}
