import { programRoutes } from '../../src/api/api';
import { openApi } from '../../src/api/openapi';
import { schemas } from '../../src/api/schemas';
import { startApp, type TestApp } from '../support/app';
import { type Keeper, startKeeper } from '../support/keeper';
import { person } from '../support/person';
import { differences } from './conformance';
import { program, type Program, refreshPath, someKey, tokenPath } from './support';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

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

  const documented: Readonly<Record<string, object>> = openApi('http://localhost:3000').paths;

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
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(openApi(app.url))));
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
