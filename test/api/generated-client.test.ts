import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import description from '../../src/api/openapi.json';
import { inProcess, type TestApp } from '../support/start';
import { person } from '../support/person';
import { someKey } from '../support/program';

const root = join(__dirname, '../..');
const generator = join(root, 'node_modules/openapi-typescript/bin/cli.js');
const compiler = join(root, 'node_modules/typescript/bin/tsc');
// The generator builds its output with the compiler's programming interface, which TypeScript 7 does not have yet.
const olderCompiler =
  'export const resolve = (name, context, next) => next(name === "typescript" ? "typescript-5" : name, context)';
const hook = `import { register } from "node:module"; register(${JSON.stringify(script(olderCompiler))})`;
const settings =
  '--strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --noEmitOnError --skipLibCheck ' +
  '--module node20 --target es2023 --lib es2023,dom --types node';

/** What the client prints, as far as it is looked at here. */
interface Printed {
  readonly called: readonly string[];
  readonly answers: Readonly<Record<string, object>>;
}

describe('a client generated from the OpenAPI description', () => {
  let app: TestApp;
  let folder: string;
  let printed: Printed;
  beforeAll(async () => {
    app = await inProcess();
    for (const name of ['books', 'crm']) await person(app).connect({ name, scopes: 'ZohoCRM.org.READ' });
    const KEEPER_KEY = await someKey(app.server.store);
    folder = mkdtempSync(join(tmpdir(), 'keeper-client-'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    copyFileSync(join(__dirname, 'generated-client.mts'), join(folder, 'client.mts'));
    const description = `${app.url}/api/v1/openapi.json`;
    await node('--import', script(hook), generator, description, '--output', 'openapi.d.mts');
    await node(compiler, ...settings.split(' '), 'client.mts');
    printed = JSON.parse(await node('client.mjs')) as Printed;

    /** Runs Node in the folder and returns what it prints. */
    async function node(...args: string[]): Promise<string> {
      const env = { PATH: process.env['PATH'], KEEPER_URL: app.url, KEEPER_KEY };
      const running = promisify(execFile)(process.execPath, args, { cwd: folder, env });
      const { stdout } = await running.catch((error: Error & { stdout: string }) => {
        throw new Error(`${error.message}\n${error.stdout}`);
      });
      return stdout;
    }
  });
  afterAll(async () => {
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('can call every operation', () => {
    const all = Object.entries(description.paths).flatMap(([path, operations]) =>
      Object.keys(operations).flatMap((key) => (key === 'parameters' ? [] : [`${key.toUpperCase()} ${path}`])),
    );
    expect([...new Set(printed.called)].toSorted()).toEqual(all.toSorted());
  });

  it('reads connections page by page, tokens as JSON and as text, and problems', () => {
    const { names, connection, tokens, problem } = printed.answers;
    expect(names).toEqual(['books', 'crm']);
    expect(connection).toEqual({ status: 'active', left: 8, email: null });
    expect(tokens).toEqual({
      lives: true,
      text: expect.stringMatching(/^1000\.\S+$/),
      refreshed: expect.stringMatching(/^1000\.\S+$/),
      refused: 'invalid_request',
    });
    expect(problem).toEqual({ status: 404, code: 'not_found', title: 'Not found', id: expect.any(String) });
  });

  it('sends to Zoho whatever a call takes, and reads whatever comes back', () => {
    const path = '/crm/v8/echo/a%20b';
    const body = '{"data":[{"Last_Name":"Ärzt"}]}';
    const json = { path, body, headers: { 'content-type': 'application/json' } };
    expect(printed.answers['proxy']).toMatchObject({
      get: { method: 'GET', path, search: 'fields=id%2CEmail&per_page=2' },
      bytes: expect.any(Number),
      head: 200,
      options: { method: 'OPTIONS', path },
      post: { method: 'POST', ...json },
      put: { method: 'PUT', path, body: 'a,b\n', headers: { 'content-type': 'text/csv' } },
      patch: { method: 'PATCH', ...json },
      delete: { method: 'DELETE', path, search: 'ids=1%2C2' },
      refused: 'not_found',
      declined: 'OAUTH_SCOPE_MISMATCH',
    });
  });

  it('asks how the Keeper is', () => {
    expect(printed.answers['operations']).toEqual({
      openapi: '3.1.0',
      health: 'ok',
      readiness: 'ready',
      metrics: '# HELP zoho_token_keeper_build_info Which version this is.',
    });
  });
});

function script(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
