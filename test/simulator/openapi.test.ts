import { controlDoor } from '../../src/simulator/control-door';
import { createControl } from '../../src/simulator/control';
import type { Simulator } from '../../src/simulator/simulator';
import { createWorld } from '../../src/simulator/state/world';
import { differences, listOf, memberOf, pathsOf } from '../support/conformance';
import { at, authorizeUrl, call, client, connect, redirectUri, somebody, start } from '../support/simulator';

let simulator: Simulator;
let description: Description;
beforeAll(async () => {
  simulator = await start();
  description = (await ask('GET', '/openapi.json')).body as Description;
});
afterAll(() => simulator.close());

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

async function ask(method: string, path: string, input?: object): Promise<{ status: number; body: unknown }> {
  const body = input === undefined ? null : JSON.stringify(input);
  const answer = await fetch(`${at(simulator)}/_simulator${path}`, { method, body });
  return { status: answer.status, body: await answer.json() };
}

it('names every path and method that the door has, and none that it has not', () => {
  const world = createWorld([], ['us']);
  const router = controlDoor(world, createControl(world));
  expect(Object.keys(description.paths).toSorted()).toEqual([...pathsOf(router)].toSorted());
  const real = listOf(router, 'stack').flatMap((layer) => {
    const path = String(memberOf(memberOf(layer, 'route'), 'path')).replace(/:(\w+)/g, '{$1}');
    const methods = Object.keys(Object(memberOf(memberOf(layer, 'route'), 'methods')));
    return memberOf(layer, 'route') === undefined ? [] : methods.map((method) => `${method} ${path}`);
  });
  const written = Object.entries(description.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method} ${path}`),
  );
  expect(written.toSorted()).toEqual(real.toSorted());
});

it('is listed at the door', async () => {
  const { body } = await ask('GET', '/');
  expect(memberOf(body, 'controls')).toContainEqual({
    method: 'POST',
    path: '/_simulator/faults',
    summary: 'Inject a fault',
  });
  expect(listOf(body, 'controls')).toHaveLength(Object.values(description.paths).flatMap(Object.keys).length);
});

it('resolves every reference of its own', () => {
  const references = JSON.stringify(description).matchAll(/"#\/components\/schemas\/(\w+)"/g);
  const missing = [...references].filter(([, name = '']) => description.components.schemas[name] === undefined);
  expect(missing).toEqual([]);
});

it('describes what is really answered, member by member', async () => {
  const zuid = somebody(simulator, 'us');
  const { access, refresh } = await connect(simulator);
  await call(simulator, '/crm/v8/org', access);
  const [user] = simulator.control.users();
  const registered = { ...client, redirectUris: [redirectUri], dataCenter: 'us' };
  const inputs: Readonly<Record<string, object>> = {
    'post /advance': { seconds: 1 },
    'patch /settings': { codeLife: 90, refreshesPerWindow: null },
    'put /state': (await ask('GET', '/state')).body as object,
    'post /faults': { endpoint: 'token', kind: 'slow', delay_ms: 5, percent: 50, seed: 3 },
    'post /stubs': { path: '/crm/v8/Vendors', body: { data: [] } },
    'post /verify': { endpoint: 'api', atLeast: 1 },
    'post /users': user ?? {},
    'post /sign-in': { zuid },
    'post /remove-app': { zuid, clientId: client.id },
    'post /change-password': { zuid, terminateTokens: false },
    'post /authorize': { url: authorizeUrl(simulator) },
    'post /self-client-code': { zuid, scope: 'ZohoCRM.users.READ' },
    'post /clients': registered,
    'post /clients/{id}/secret': {},
    'post /clients/{id}/enable': { dataCenter: 'eu' },
    'post /clients/{id}/disable': { dataCenter: 'eu' },
    'post /revoke-token': { token: refresh },
  };
  const wrong: string[] = [];
  const operations = Object.entries(description.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, method, path, operation })),
  );
  // Reads after writes, so that there is something to see; what forgets comes last.
  const order = ['post', 'patch', 'put', 'get', 'delete'];
  for (const { name, method, path, operation } of operations.toSorted(
    (one, other) => order.indexOf(one.method) - order.indexOf(other.method),
  )) {
    const { status, body } = await ask(method.toUpperCase(), path.replace('{id}', client.id), inputs[name]);
    const content = memberOf(memberOf(memberOf(operation, 'responses'), String(status)), 'content');
    const schema = memberOf(memberOf(content, 'application/json'), 'schema');
    if (typeof schema !== 'object' || schema === null) wrong.push(`${name}: ${status} is not described`);
    else wrong.push(...differences(schema, body, description.components.schemas, name));
    if (status !== 200) wrong.push(`${name}: ${status} ${JSON.stringify(body)}`);
  }
  expect(wrong).toEqual([]);
});
