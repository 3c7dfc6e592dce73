import { programRoutes } from '../../src/api/routes';
import description from '../../src/api/openapi.json';
import { statuses } from '../../src/connections/status';
import { longestMinTtl } from '../../src/tokens/serve';
import { dataCenterCodes } from '../../src/zoho/data-centers';
import { startApp, type TestApp } from '../support/app';
import { type Keeper, startKeeper } from '../support/keeper';
import { person } from '../support/person';
import { differences } from './conformance';
import { type Answered, program, type Program, refreshPath, someKey, tokenPath } from './support';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const documented: Readonly<Record<string, object>> = description.paths;
const { schemas } = description.components;

describe('the OpenAPI description', () => {
  let app: TestApp;
  let keeper: Keeper;
  let script: Program;
  beforeAll(async () => {
    [app, keeper] = await Promise.all([startApp(), startKeeper()]);
    await person(app).connect({ name: 'crm' });
    script = program(app.url, await someKey(app.server.store));
  });
  afterAll(async () => {
    script.stop();
    await Promise.all([app.stop(), keeper.stop()]);
  });

  it('names every path that the router has, and none that it has not', () => {
    const real = new Set([...pathsOf(programRoutes(keeper)), '/healthz', '/readyz']);
    expect(Object.keys(documented).toSorted()).toEqual([...real].toSorted());
  });

  it('names the methods that each path takes, and no others', async () => {
    const wrong: string[] = [];
    for (const [path, operations] of Object.entries(documented)) {
      for (const method of methods) {
        const address = path.replace('{name}', 'crm').replace('{path}', 'nothing');
        const { status } = await script.call(method, address);
        // What stands outside /api has the pages' answers for other methods.
        const taken = ![405, 404, 403].includes(status) || path.includes('{path}');
        if (taken !== Object.hasOwn(operations, method.toLowerCase())) wrong.push(`${method} ${path}: ${status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('is served to everybody, as it is', async () => {
    const nobody = program(app.url, null);
    const { status, text } = await nobody.get('/api/v1/openapi.json');
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ ...description, servers: [{ url: app.url }] });
    nobody.stop();
  });

  it('describes what is really answered, member by member', async () => {
    const cases: [keyof typeof schemas, Promise<{ body: object }>][] = [
      ['Connections', script.get('/api/v1/connections')],
      ['Connection', script.get('/api/v1/connections/crm')],
      ['Token', script.get(tokenPath('crm'))],
      ['Token', script.post(refreshPath('crm'))],
      ['Problem', script.get('/api/v1/connections/nobody')],
      ['Problem', script.get(tokenPath('crm', '?min_ttl=x'))],
      ['Problem', script.get('/api/v1/nothing')],
    ];
    for (const [schema, answer] of cases) {
      expect([schema, ...differences(schemas[schema], (await answer).body, schemas)]).toEqual([schema]);
    }
    app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'invalid_code' });
    const failed = await script.post(refreshPath('crm'));
    expect(differences(schemas.Problem, failed.body, schemas)).toEqual([]);
    const troubled = await script.get('/api/v1/connections/crm');
    expect(troubled.body['problem']).not.toBeNull();
    expect(differences(schemas.Connection, troubled.body, schemas)).toEqual([]);
  });

  it('describes the refusals that really come, with their headers', async () => {
    const nobody = program(app.url, null);
    const cases: [path: string, method: string, Promise<Answered>][] = [
      ['/api/v1/connections/{name}/token', 'get', nobody.get(tokenPath('crm'))],
      ['/api/v1/connections/{name}/token', 'get', script.get(tokenPath('crm'), { Host: 'evil.test' })],
      ['/api/v1/connections', 'get', script.get('/api/v1/connections', { Host: 'a.test,b.test' })],
      ['/api/v1/connections', 'get', script.call('DELETE', '/api/v1/connections')],
      ['/api/v1/connections/{name}/refresh', 'post', script.get(refreshPath('crm'))],
      ['/api/v1/connections/{name}/proxy/{path}', 'get', script.call('PROPFIND', '/api/v1/connections/crm/proxy/x')],
      ['/healthz', 'get', script.post('/healthz')],
      ['/readyz', 'get', script.post('/readyz')],
      ['/metrics', 'get', nobody.get('/metrics')],
    ];
    const seen = new Set<number>();
    for (const [path, method, answering] of cases) {
      const { status, headers } = await answering;
      const described = memberOf(memberOf(memberOf(documented[path], method), 'responses'), String(status));
      const wanted = { 401: ['www-authenticate'], 405: ['allow'] }[status] ?? [];
      expect([
        path,
        status,
        Object.keys(memberOf(described, 'headers') ?? {}).map((name) => name.toLowerCase()),
      ]).toEqual([path, status, wanted]);
      for (const name of wanted) expect(headers[name]).toEqual(expect.any(String));
      expect(memberOf(described, 'content')).toHaveProperty(['application/problem+json']);
      seen.add(status);
    }
    nobody.stop();
    expect([...seen].toSorted((one, other) => one - other)).toEqual([400, 401, 405, 421]);
  });

  it('describes when to try again, and the bare token of a refresh', async () => {
    app.advance(3700);
    for (let count = 0; count < 8; count++) await script.post(refreshPath('crm'));
    const { status, headers } = await script.post(refreshPath('crm'));
    const responses = memberOf(memberOf(documented['/api/v1/connections/{name}/refresh'], 'post'), 'responses');
    expect([status, headers['retry-after']]).toEqual([429, expect.any(String)]);
    expect(memberOf(responses, '429')).toHaveProperty(['headers', 'Retry-After']);
    expect(memberOf(responses, '503')).toMatchObject({ description: expect.stringContaining('storage_unavailable') });
    app.advance(700);
    const plain = await script.call('POST', refreshPath('crm'), { Accept: 'text/plain' });
    expect(plain.headers['content-type']).toMatch(/^text\/plain/);
    expect(plain.text).toMatch(/^1000\.\S+$/);
    expect(memberOf(responses, '200')).toHaveProperty(['content', 'text/plain']);
  });

  it('has the values that the program has', () => {
    const [, minTtl] = description.paths['/api/v1/connections/{name}/token'].get.parameters;
    expect(minTtl?.schema).toMatchObject({ maximum: longestMinTtl });
    expect(schemas.Connection.properties.status.enum).toEqual(statuses);
    expect(schemas.Connection.properties.data_center.enum).toEqual(dataCenterCodes);
  });

  it('is checked by something that does find differences', () => {
    const token = { access_token: 'a', token_type: 'Basic', expires_in: -1, scopes: [1], more: true };
    expect(differences(schemas.Token, token, schemas).length).toBeGreaterThanOrEqual(7);
  });
});

/** The paths of a router and those inside it, as OpenAPI writes them. */
function pathsOf(router: ReturnType<typeof programRoutes>): Set<string> {
  const paths = new Set<string>();
  collect(router, '');
  return paths;

  function collect(from: unknown, prefix: string): void {
    for (const layer of listOf(from, 'stack')) {
      const route: unknown = memberOf(layer, 'route');
      const path = memberOf(route, 'path');
      const inner = memberOf(layer, 'handle');
      if (typeof path === 'string') paths.add(prefix + path.replace(/[:*](\w+)/g, '{$1}'));
      else if (memberOf(inner, 'stack') !== undefined) collect(inner, `${prefix}/api/v1`);
    }
  }
}

function memberOf(from: unknown, name: string): unknown {
  const has = (typeof from === 'object' && from !== null) || typeof from === 'function';
  return has ? Reflect.get(from, name) : undefined;
}

function listOf(from: unknown, name: string): unknown[] {
  const value = memberOf(from, name);
  return Array.isArray(value) ? value : [];
}
