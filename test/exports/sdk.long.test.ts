import { execFile, type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { transformSync } from '@swc/core';
import { exportConnection } from '../../src/exports/exports';
import { openKeeper } from '../../src/keeper';
import { someKey } from '../support/program';
import { inProcess, type TestApp } from '../support/start';
import { person } from '../support/person';
import { itWith } from './support';

// Zoho's own SDKs and Postman's runner, unmodified, on what the Keeper gives out.

const modules = join(__dirname, '../../node_modules');
const run = promisify(execFile);

let app: TestApp;
let folder: string;
let key: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keeper-sdk-'));
  symlinkSync(modules, join(folder, 'node_modules'));
  const kept = sdks.map(([, format]) => `crm=${format}:${keptAs(format)}`);
  app = await inProcess({ KEEP_FILES: kept.join() });
  await person(app).connect({ name: 'crm' });
  key = await someKey(app.server.store, { connections: ['crm'], rights: 'read' });
});
afterAll(async () => {
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
});

const sdks = [
  ['@zohocrm/nodejs-sdk-8.0', 'sdk-nodejs'],
  ['@zohocrm/typescript-sdk-8.0', 'sdk-typescript'],
] as const;

function keptAs(format: string): string {
  return join(folder, `kept-${format}.txt`);
}

/** Writes an export into the folder and returns its path. */
async function exported(format: string, file: string): Promise<string> {
  const keeper = await openKeeper(app.config, { debug() {}, info() {}, warn() {}, error() {} }, () => new Date());
  const { text } = await exportConnection(keeper, keeper.tokens, { name: 'crm', format }, { name: 'test', ip: null });
  await keeper.close();
  writeFileSync(join(folder, file), text);
  return join(folder, file);
}

/**
 * A program that makes so many calls at once, prints their statuses, and does it again for every line on its stdin. The
 * SDKs know no simulated data centre, so the program names its environment.
 */
function program(sdk: string, { store, id = '1', head = '' }: { store: string; id?: string; head?: string }): string {
  return `
    import * as SDK from '${sdk}';
    import { createInterface } from 'node:readline';
    ${head}
    const { Environment, FileStore, InitializeBuilder, OAuthBuilder, Org } = SDK;
    const url = '${app.simulator.urls.us}';
    const token = new OAuthBuilder().id('${id}').findUser(false).build();
    const builder = await new InitializeBuilder();
    const environment = new (Environment.Environment ?? Environment)(url, url + '/oauth/v2/token', url);
    await builder.environment(environment).token(token).store(${store}).initialize();
    const call = async () => (await new Org.OrgOperations().getOrganization()).getStatusCode();
    for await (const line of createInterface(process.stdin)) {
      console.log((await Promise.all(Array.from({ length: Number(line) }, call))).join());
    }`;
}

interface Running {
  /** Makes so many calls at once and returns their statuses. */
  ask(calls: number): Promise<string>;
  end(): Promise<void>;
}

function start(text: string): Running {
  const file = join(folder, 'program.mjs');
  writeFileSync(file, text);
  const env = { PATH: process.env['PATH'], KEEPER_URL: app.url, KEEPER_KEY: key };
  const child: ChildProcess = spawn(process.execPath, [file], { cwd: folder, env, timeout: 25_000 });
  let errors = '';
  child.stderr?.on('data', (part: Buffer) => (errors += part.toString()));
  if (!child.stdout) throw new Error('no stdout');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async ask(calls) {
      child.stdin?.write(`${calls}\n`);
      const { value, done } = await lines.next();
      return done === true ? errors : value;
    },
    async end() {
      const ended = once(child, 'exit');
      child.stdin?.end();
      await ended;
    },
  };
}

function refreshes(): number {
  return app.simulator.control.count({ endpoint: 'refresh' });
}

it.each(sdks)('%s calls Zoho on the store of %s, without a refresh of its own', async (sdk, format) => {
  const file = await exported(format, `${format}.txt`);
  app.simulator.control.clearRequests();
  const running = start(program(sdk, { store: `new FileStore('${file}')` }));
  expect(await running.ask(1)).toBe('200');
  await running.end();
  expect(refreshes()).toBe(0);
});

it.each(sdks)('%s goes on over an expiry on a kept %s, without a refresh of its own', async (sdk, format) => {
  const kept = keptAs(format);
  const running = start(program(sdk, { store: `new FileStore('${kept}')` }));
  expect(await running.ask(1)).toBe('200');
  const before = readFileSync(kept, 'utf8');
  app.simulator.control.clearRequests();
  app.advance(3500);
  while (readFileSync(kept, 'utf8') === before) await wait(50);
  app.advance(200);
  expect(await running.ask(3)).toBe('200,200,200');
  await running.end();
  expect(refreshes()).toBe(1);
});

/** The class that asks the Keeper, in the language that Node runs: of TypeScript the types are taken away. */
async function classFor(format: string): Promise<string> {
  const file = await exported(format, 'keeper-store.mjs');
  if (format === 'store-typescript') {
    const parser = { syntax: 'typescript' } as const;
    const { code } = transformSync(readFileSync(file, 'utf8'), { jsc: { parser, target: 'es2022' } });
    writeFileSync(file, code);
  }
  return `import { KeeperStore } from '${file}';`;
}

it.each([
  ['@zohocrm/nodejs-sdk-8.0', 'store-nodejs'],
  ['@zohocrm/typescript-sdk-8.0', 'store-typescript'],
])('twenty callers of %s on %s cause one refresh after an expiry', async (sdk, format) => {
  const head = await classFor(format);
  const running = start(program(sdk, { store: 'new KeeperStore()', id: 'crm', head }));
  expect(await running.ask(1)).toBe('200');
  app.simulator.control.clearRequests();
  const past = new Date(0).toISOString();
  await app.server.store.db.updateTable('connections').set({ access_token_expires_at: past }).execute();
  expect(await running.ask(20)).toBe(Array.from({ length: 20 }, () => '200').join());
  await running.end();
  expect(refreshes()).toBe(1);
});

describe('Postman', () => {
  /** What newman answered to each request, on the collection and the environment as they are exported. */
  async function newman(values: Readonly<Record<string, string>>): Promise<string[]> {
    const collection = await exported('postman-collection', 'collection.json');
    const environment = await exported('postman-environment', 'environment.json');
    const report = join(folder, 'report.json');
    const more = Object.entries(values).flatMap(([name, value]) => ['--env-var', `${name}=${value}`]);
    const options = ['-e', environment, ...more, '--reporters', 'json', '--reporter-json-export', report];
    await run(process.execPath, [join(modules, 'newman/bin/newman.js'), 'run', collection, ...options], {
      cwd: folder,
    });
    const { executions, failures } = (JSON.parse(readFileSync(report, 'utf8')) as Report).run;
    expect(failures).toEqual([]);
    return executions.map(({ item, response }) => `${item.name}: ${response.code}`);
  }

  it('runs the export as it is, without what needs a browser', async () => {
    expect(await newman({ keeper_key: key })).toEqual([
      'A valid access token: 200',
      'Organisation, through the proxy: 200',
      '3. A new access token: 200',
      '4. A call: 200',
    ]);
  });

  it('exchanges a code that came back from the browser', async () => {
    const address = new URL('/oauth/v2/auth', app.simulator.urls.us);
    const { redirectUri, scopes, client } = app.config;
    address.search = new URLSearchParams({
      response_type: 'code',
      access_type: 'offline',
      prompt: 'consent',
      client_id: client?.id ?? '',
      scope: scopes.join(','),
      redirect_uri: redirectUri,
    }).toString();
    const code = new URL(app.simulator.control.authorize(address.href)).searchParams.get('code') ?? '';
    expect(await newman({ keeper_key: key, code })).toContain('2. Exchange the code within a minute: 200');
  });
});

interface Report {
  readonly run: {
    readonly executions: readonly {
      readonly item: { readonly name: string };
      readonly response: { readonly code: number };
    }[];
    readonly failures: readonly unknown[];
  };
}

itWith('curl')('the lines of curl get a new access token and make a call, as they stand', async () => {
  const file = await exported('curl', 'zoho.sh');
  const { stdout } = await run('sh', [file], { cwd: folder });
  expect(stdout).toMatch(/"access_token":"1000\.[^]+"company_name"/);
});

itWith('php')('the PHP function file gives scripts a token, with one refresh for all of them', async () => {
  await exported('php-function', 'zoho.php');
  app.simulator.control.clearRequests();
  const code = `include 'zoho.php'; echo getAccessToken();`;
  const scripts = await Promise.all([1, 2, 3].map(() => run('php', ['-r', code], { cwd: folder })));
  expect(new Set(scripts.map(({ stdout }) => stdout)).size).toBe(1);
  expect(JSON.parse(readFileSync(join(folder, 'token.json'), 'utf8'))).toMatchObject({
    access_token: scripts[0]?.stdout,
  });
  expect(refreshes()).toBe(1);
});
