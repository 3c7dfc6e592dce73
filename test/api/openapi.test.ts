import { programRoutes } from '../../src/api/routes';
import description from '../../src/api/openapi.json';
import { isConnectionName } from '../../src/connections/names';
import { statuses } from '../../src/connections/status';
import { longestMinTtl } from '../../src/tokens/serve';
import { dataCenterCodes } from '../../src/zoho/data-centers';
import { inProcess, type TestApp } from '../support/start';
import { type TestKeeper, withoutServer } from '../support/keeper';
import { person } from '../support/person';
import { differences, listOf, memberOf, pathsOf } from '../support/conformance';
import { type Answered, program, type Program, refreshPath, someKey, tokenPath } from '../support/program';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const documented: Readonly<Record<string, object>> = description.paths;
const { schemas, parameters } = description.components;
/** All operations with where they stand. */
const operations = Object.entries(documented).flatMap(([path, item]) =>
  Object.entries(item).flatMap(([method, operation]: [string, object]) =>
    method === 'parameters' ? [] : [{ path, method, operation }],
  ),
);

describe('the OpenAPI description', () => {
  let app: TestApp;
  let keeper: TestKeeper;
  let script: Program;
  beforeAll(async () => {
    [app, keeper] = await Promise.all([inProcess(), withoutServer()]);
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

  it('describes the kinds of content that really come', async () => {
    const plain = { Accept: 'text/plain' };
    const cases: [path: string, Promise<Answered>][] = [
      ['/api/v1/connections', script.get('/api/v1/connections')],
      ['/api/v1/connections/{name}', script.get('/api/v1/connections/crm')],
      ['/api/v1/connections/{name}/token', script.get(tokenPath('crm'))],
      ['/api/v1/connections/{name}/token', script.get(tokenPath('crm'), plain)],
      ['/api/v1/openapi.json', script.get('/api/v1/openapi.json')],
      ['/healthz', script.get('/healthz')],
      ['/readyz', script.get('/readyz')],
      ['/metrics', script.get('/metrics')],
    ];
    for (const [path, answering] of cases) {
      const { status, headers } = await answering;
      const kind = headers['content-type']?.split(';')[0];
      const described = Object.keys(memberOf(responseOf(path, 'get', status), 'content') ?? {});
      expect([path, status, described]).toEqual([path, 200, expect.arrayContaining([kind])]);
    }
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
      const described = responseOf(path, method, status);
      const wanted = { 401: ['www-authenticate'], 405: ['allow'] }[status] ?? [];
      const named = Object.keys(memberOf(described, 'headers') ?? {}).map((name) => name.toLowerCase());
      // The proxy's refusals are described once for all of them.
      if (!path.includes('{path}')) expect([path, status, named]).toEqual([path, status, wanted]);
      expect(named).toEqual(expect.arrayContaining(wanted));
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
    const described = (code: number) => responseOf('/api/v1/connections/{name}/refresh', 'post', code);
    expect([status, headers['retry-after']]).toEqual([429, expect.any(String)]);
    expect(described(429)).toHaveProperty(['headers', 'Retry-After']);
    expect(described(503)).toMatchObject({ description: expect.stringContaining('storage_unavailable') });
    app.advance(700);
    const plain = await script.call('POST', refreshPath('crm'), { Accept: 'text/plain' });
    expect(plain.headers['content-type']).toMatch(/^text\/plain/);
    expect(plain.text).toMatch(/^1000\.\S+$/);
    expect(described(200)).toHaveProperty(['content', 'text/plain']);
  });

  it('says of each operation what a generated client needs', () => {
    const tags = new Set(description.tags.map(({ name }) => name));
    for (const { path, method, operation } of operations) {
      const place = `${method} ${path}`;
      const words = [
        memberOf(operation, 'operationId'),
        memberOf(operation, 'summary'),
        memberOf(operation, 'description'),
      ];
      expect([place, ...words]).toEqual([place, ...words.map(() => expect.stringMatching(/\S/))]);
      expect([place, listOf(operation, 'tags').every((tag) => tags.has(String(tag)))]).toEqual([place, true]);
      expect([place, listOf(operation, 'tags').length]).toEqual([place, 1]);
      const taken = Object.entries(memberOf(operation, 'responses') ?? {}).filter(([status]) => status.startsWith('2'));
      const bare = method === 'head' ? [] : ['content'];
      for (const [, answer] of taken) expect(Object.keys(resolved(answer))).toEqual(expect.arrayContaining(bare));
      expect([place, taken.length]).toEqual([place, 1]);
      const takesBody = path.includes('{path}') && !['get', 'head', 'options'].includes(method);
      expect([place, memberOf(operation, 'requestBody') !== undefined]).toEqual([place, takesBody]);
    }
    const ids = operations.map(({ operation }) => memberOf(operation, 'operationId'));
    expect(new Set(ids).size).toBe(ids.length);
    expect(description.info.license).toEqual({ name: 'MIT', identifier: 'MIT' });
  });

  it('has the values that the program has', async () => {
    expect(parameters.min_ttl.schema.maximum).toBe(longestMinTtl);
    expect(schemas.Connection.properties.status.enum).toEqual(statuses);
    expect(schemas.Connection.properties.data_center.enum).toEqual(dataCenterCodes);
    for (const { pattern } of [parameters.name.schema, parameters.after.schema, schemas.Connection.properties.name]) {
      for (const name of ['crm', 'a.b_c-9', 'x'.repeat(64), 'x'.repeat(65), '', 'CRM', 'a b', 'a/b', 'é']) {
        expect([name, new RegExp(pattern).test(name)]).toEqual([name, isConnectionName(name)]);
      }
    }
    for (const [path, query, { minimum, maximum }] of [
      ['/api/v1/connections', 'limit', parameters.limit.schema],
      [tokenPath('crm'), 'min_ttl', parameters.min_ttl.schema],
    ] as const) {
      const asked = [minimum - 1, minimum, maximum, maximum + 1].map((value) =>
        script.get(`${path}?${query}=${value}`),
      );
      expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([400, 200, 200, 400]);
    }
  });

  it('knows how long a page is', async () => {
    const { db } = app.server.store;
    const row = await db.selectFrom('connections').selectAll().where('name', '=', 'crm').executeTakeFirstOrThrow();
    // Broken ones are never refreshed, so that their tokens are not missed.
    const copies = Array.from({ length: 200 }, (_, index) => {
      return { ...row, id: `copy-${index}`, name: `copy-${index}`, status: 'revoked' as const, zuid: `copy-${index}` };
    });
    for (const copy of copies) await db.insertInto('connections').values(copy).execute();
    const length = async (query: string) =>
      listOf((await script.get(`/api/v1/connections${query}`)).body, 'connections').length;
    const { default: usual, maximum } = parameters.limit.schema;
    expect([await length(''), await length(`?limit=${maximum}`)]).toEqual([usual, maximum]);
    await db.deleteFrom('connections').where('name', 'like', 'copy-%').execute();
  });

  it('is checked by something that does find differences', () => {
    const token = { access_token: 'a', token_type: 'Basic', expires_in: -1, scopes: [1], more: true };
    expect(differences(schemas.Token, token, schemas).length).toBeGreaterThanOrEqual(7);
  });
});

function responseOf(path: string, method: string, status: number): object {
  return resolved(memberOf(memberOf(memberOf(documented[path], method), 'responses'), String(status)));
}

/** What a reference to a component leads to, or the thing itself. */
function resolved(thing: unknown): object {
  const reference = memberOf(thing, '$ref');
  if (typeof reference !== 'string') return Object(thing) as object;
  return reference.slice(2).split('/').reduce<unknown>(memberOf, description) as object;
}
