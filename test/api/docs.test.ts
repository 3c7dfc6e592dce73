import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readConfigFrom } from '../../src/config/config';
import { readSource } from '../../src/config/source';
import { fileHosts, products } from '../../src/zoho/products';
import { built } from '../support/build';
import { person } from '../support/person';
import { type Ending, startProcess } from '../support/process';
import { someKey } from '../support/program';
import { inProcess, type TestApp } from '../support/start';
import { itWhere } from '../support/skip';

const root = join(__dirname, '../..');

interface Block {
  readonly file: string;
  readonly language: string;
  readonly code: string;
}

const pages = ['alerts', 'api', 'deploying', 'exports', 'monitoring', 'quick-start', 'upgrading'].map(
  (name) => `docs/${name}.md`,
);

const blocks = ['README.md', ...pages].flatMap((file): Block[] => {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^```(.*)\n([^]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    file,
    language,
    code,
  }));
});

const interpreters: Readonly<Record<string, readonly (readonly [command: string, ...flags: string[]])[]>> = {
  sh: [
    ['sh', '-c'],
    ['bash', '-c'],
    ['zsh', '-c'],
  ],
  js: [[process.execPath, '-e']],
  python: [['python3', '-c']],
  php: [['php', '-r']],
};

const runs = blocks.flatMap((block) =>
  (interpreters[block.language] ?? []).map((interpreter) => ({ ...block, interpreter, first: firstLine(block.code) })),
);

/** An example can only run where its language is installed; the project brings none but Node. */
const isThere = ({ interpreter: [command] }: (typeof runs)[number]): boolean =>
  spawnSync(command, ['-c', '']).error === undefined;

function firstLine(code: string): string {
  return code.split('\n', 1)[0]?.slice(0, 60) ?? '';
}

describe('the examples', () => {
  let app: TestApp;
  /** Stands for the folder that the Keeper is installed in. */
  let folder: string;
  beforeAll(async () => {
    app = await inProcess();
    // With the scopes that are asked for when nobody chooses any, in another data centre than the client.
    await person(app).connect({ name: 'crm', userIn: 'eu' });
    await person(app).connect({ name: 'default', userIn: 'eu' });
    folder = mkdtempSync(join(tmpdir(), 'keeper-docs-'));
    symlinkSync(await built(), join(folder, 'dist'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await app.stop();
  });

  function run({ interpreter, code }: (typeof runs)[number], key: string): Promise<Ending> {
    const [command, ...flags] = interpreter;
    const text = code.replace('<?php', '').replaceAll('http://localhost:3000', app.url);
    // A shell goes on after a command that failed: here none may fail.
    const strict = key !== '' && interpreters['sh']?.includes(interpreter) === true ? `set -e\n${text}` : text;
    // Commands ask another Keeper where they are given an address and a key.
    const remote = code.includes('dist/main.js') ? {} : { KEEPER_URL: app.url, KEEPER_KEY: key };
    const env = { ...app.env, ...remote, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };
    return startProcess(command, [...flags, strict], { cwd: folder, env, timeout: 25_000 }).ended;
  }

  for (const block of runs) {
    const { file, interpreter, first, code } = block;
    const where = `in ${file} by ${interpreter[0].split('/').at(-1)}: ${first}`;
    const command = block.interpreter[0];
    const test = itWhere(
      isThere(block),
      `the example ${where}`,
      `the program ${command} is missing: the project brings none but Node`,
    );

    test(`run ${where}`, async () => {
      const key = await someKey(app.server.store, { connections: ['crm'], rights: 'read' });
      const { code: exitCode, stdout, stderr } = await run(block, key);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect(stdout).toContain('company_name');
    });

    if (code.includes('KEEPER_KEY') && !code.includes('dist/main.js')) {
      test(`fail and say why when they are refused ${where}`, async () => {
        const { code: exitCode, stdout, stderr } = await run(block, '');
        expect(exitCode).not.toBe(0);
        expect(stdout + stderr).toMatch(/unauthorized[^]*(needs an API key|not an API key)/);
      });
    }
  }
});

describe('the other blocks', () => {
  it.each(blocks.filter(({ language }) => language === 'env'))('settings in $file are settings', ({ code }) => {
    const folder = mkdtempSync(join(tmpdir(), 'keeper-docs-'));
    try {
      const secret = join(folder, 'secret');
      writeFileSync(secret, 'a secret of some length\n');
      const database = join(folder, 'database');
      writeFileSync(database, 'postgres://keeper:secret@localhost/keeper\n');
      const baseUrl = 'BASE_URL=https://tokens.example.com\n';
      const text = (code.includes('BASE_URL') ? code : baseUrl + code)
        .replaceAll('/run/secrets/keeper-database', database)
        .replaceAll(/\/run\/secrets\/\S+|data\/dashboard-password/g, secret)
        .replaceAll('/srv/scripts', folder)
        .replaceAll('…', 'some-id');
      writeFileSync(join(folder, '.env'), text, { mode: 0o600 });
      const source = readSource({ dir: folder }, {});
      expect([source.problems, source.warnings]).toEqual([[], []]);
      expect(readConfigFrom(source).baseUrl).toBe('https://tokens.example.com');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it.each(blocks.filter(({ language }) => language === 'console'))(
    '$file names scripts there are: $code',
    ({ code }) => {
      const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
      const named = [...code.matchAll(/npm (?:run )?(demo|start|test)\b/g)].map(([, name = '']) => name);
      expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
    },
  );

  it.each(blocks.filter(({ language }) => language === 'json'))('$file has JSON that can be read', ({ code }) => {
    expect(JSON.parse(code)).toBeInstanceOf(Object);
  });

  it('are of a kind that is checked, but for Deluge, which runs at Zoho only', () => {
    // test/outside takes the configuration of nginx from the page.
    const known = [...Object.keys(interpreters), 'env', 'console', 'json', 'yaml', 'nginx', 'deluge'];
    expect(blocks.filter(({ language }) => !known.includes(language))).toEqual([]);
    expect(runs.length).toBeGreaterThan(10);
  });

  it('can be pasted into zsh, which takes # for a word there', () => {
    const pasted = blocks.filter(({ language }) => language === 'sh' || language === 'console');
    expect(pasted.filter(({ code }) => /^#| #/m.test(code))).toEqual([]);
  });

  it('need nothing on the path that the project installs, and no host of a single data centre', () => {
    const elsewhere = blocks.filter(({ code }) => !code.startsWith('npm install ./zoho-token-keeper-'));
    expect(elsewhere.filter(({ code }) => /^\s*(npx )?zoho-token-keeper|zohoapis\./m.test(code))).toEqual([]);
  });
});

describe('docs/api.md', () => {
  it('lists the words by which the proxy knows products and hosts of files', () => {
    const page = readFileSync(join(root, 'docs/api.md'), 'utf8');
    const listed = [...page.matchAll(/`~([a-z]+)`/g)].map(([, code = '']) => code);
    const own = products.filter(({ host }) => host !== 'api' && host !== 'accounts').map(({ code }) => code);
    expect([...new Set(listed)].toSorted()).toEqual([...own, ...fileHosts].toSorted());
  });
});
