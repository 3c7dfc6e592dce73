import { contextOn } from '../../support/context';
import type { OutgoingHttpHeaders } from 'node:http';
import { createApp } from '../../../src/app';
import { createApiKey } from '../../../src/auth/api-keys';
import { openKeeper } from '../../../src/keeper';
import { unfinishedFlows } from '../../../src/store/flows';
import { recentEvents } from '../../support/events';
import { inProcess, type TestApp } from '../../support/start';
import { formBody, send } from '../../support/http';
import { type Person, someName } from '../../support/person';
import { testClient } from '../../support/site';
import { addressOf, type RouteEntry, routeTable } from '../../support/route-table';
import { owner, password } from '../../support/sign-in';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
/** All that a form of these pages could be filled with, so that only the defence stands in the way. */
const harmful = {
  name: 'planted',
  scopes: 'ZohoCRM.modules.ALL',
  data_center: 'eu',
  token: 'refresh_token',
  client_id: '1000.PLANTED',
  client_secret: 'planted',
  all: 'yes',
  everywhere: 'yes',
  password,
};

let app: TestApp;
let someone: Person;
let values: Record<string, string>;
let routes: readonly RouteEntry[];

beforeAll(async () => {
  app = await inProcess({ DASHBOARD_PASSWORD: password });
  routes = await changingRoutes();
  someone = await owner(app);
  const name = someName();
  await someone.connect({ name });
  await someone.submit(`/clients/${testClient.id}/secrets`, { data_center: 'eu', client_secret: 'own' }, '/clients');
  values = { name, id: await interruptedFlow(), dataCenter: 'eu' };
  const wanted = { name: 'test', connections: null, rights: 'refresh', days: null } as const;
  values['key'] = (await createApiKey(contextOn(app.server.store), wanted, { name: 'owner', ip: null })).key.id;
});
afterAll(() => app.stop());

it('the routes that change something are all here', () => {
  const paths = routes.map(({ path }) => path);
  const some = [
    '/connect',
    '/setup',
    '/clients/:id/secrets',
    '/keys',
    '/logout',
    '/login',
    '/flows/:id/dismiss',
    '/connections/:name/reveal',
  ];
  expect(paths).toEqual(expect.arrayContaining(some));
  for (const action of ['refresh', 'reconnect', 'revoke', 'delete'])
    expect(paths).toContain(`/connections/:name/${action}`);
});

it.each([
  ['by Sec-Fetch-Site', { 'Sec-Fetch-Site': 'same-origin' }],
  ['by Origin, where the browser sends nothing else', { Origin: 'ours' }],
])('a form of ours is taken that the browser vouches for %s', async (_how, headers) => {
  const { status, body } = await send(app.url, {
    method: 'POST',
    path: `/connections/${values['name']}/reveal`,
    ...formBody({ token: 'access_token' }),
    headers: {
      ...formBody({}).headers,
      Cookie: someone.cookie(),
      ...('Origin' in headers ? { Origin: app.url } : headers),
    },
  });
  expect(status).toBe(200);
  expect(body).toContain('access token');
});

const ours = (): OutgoingHttpHeaders => ({ Origin: app.url, 'Sec-Fetch-Site': 'same-origin' });
/** What browsers say about a form that a page sends on its own, so that only its origin is in the way. */
const visit = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };
const origins: readonly (readonly [string, () => OutgoingHttpHeaders])[] = [
  ['says nothing about where it comes from', () => ({})],
  ['comes from nowhere (Origin: null)', () => ({ Origin: 'null' })],
  ['comes from another site', () => ({ Origin: 'https://evil.test' })],
  ['comes from a site that ends like ours', () => ({ Origin: `${app.url}.evil.test` })],
  ['comes from our host under another scheme', () => ({ Origin: app.url.replace('http:', 'https:') })],
  [
    'comes from another port of this computer',
    () => ({ ...visit, Origin: 'http://localhost:1', 'Sec-Fetch-Site': 'same-site' }),
  ],
  ['comes from another port of this computer, to an old browser', () => ({ Origin: 'http://localhost:1' })],
  ['is called cross-site by the browser', () => ({ ...visit, Origin: app.url, 'Sec-Fetch-Site': 'cross-site' })],
  ['is called same-site by the browser', () => ({ ...visit, Origin: app.url, 'Sec-Fetch-Site': 'same-site' })],
  ['was typed into the address bar', () => ({ 'Sec-Fetch-Site': 'none' })],
  ['says so twice', () => ({ 'Sec-Fetch-Site': ['same-origin', 'cross-site'] })],
];

it.each(origins)('a form that %s is refused on every route, and changes nothing', async (_what, headers) => {
  await refused(routes, headers(), harmful);
});

it('a refused form is recorded with where it came from, ten times a minute at the most', async () => {
  const seen = async () =>
    (await recentEvents(app.server.store, 1000)).filter(({ action }) => action === 'form_refused');
  app.advance(120);
  const before = (await seen()).length;
  const sent = formBody({ everywhere: 'yes' });
  for (const Origin of ['https://evil.test/x', 'null', `https://${'a'.repeat(3000)}.test`, ...Array(20).fill('x')]) {
    await send(app.url, { method: 'POST', path: '/logout', body: sent.body, headers: { ...sent.headers, Origin } });
  }
  const rows = (await seen()).slice(0, -before || undefined).toReversed();
  expect(rows).toHaveLength(10);
  expect(rows.slice(0, 3).map(({ actor, detail }) => [actor, detail?.slice(0, 30)])).toEqual([
    ['unknown page', 'https://evil.test'],
    ['unknown page', 'no origin'],
    ['unknown page', `https://${'a'.repeat(22)}`],
  ]);
  expect(Math.max(...rows.map(({ detail }) => detail?.length ?? 0))).toBe(200);
});

it.each(['GET', 'HEAD', 'OPTIONS'])('%s changes nothing on any of these routes', async (method) => {
  const before = await contents();
  for (const route of routes) {
    const path = `${addressFor(route)}?${new URLSearchParams(harmful).toString()}`;
    await send(app.url, { method, path, headers: { ...ours(), Cookie: someone.cookie() } });
  }
  expect(await contents()).toEqual(before);
});

it('a method that hides in a header or field is not looked for', async () => {
  const before = await contents();
  const form = formBody({ ...harmful, _method: 'DELETE' });
  for (const header of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']) {
    const headers = { ...ours(), ...form.headers, Cookie: someone.cookie(), [header]: 'DELETE' };
    const path = `/connections/${values['name']}`;
    expect((await send(app.url, { method: 'POST', path, headers, body: form.body })).status).toBe(404);
    expect((await send(app.url, { method: 'GET', path, headers })).status).toBe(200);
  }
  expect(await contents()).toEqual(before);
});

async function refused(
  chosen: readonly RouteEntry[],
  headers: OutgoingHttpHeaders,
  fields: Record<string, string>,
): Promise<void> {
  const before = await contents();
  const form = formBody(fields);
  const statuses: string[] = [];
  for (const route of chosen) {
    const sent = { ...form.headers, ...headers, Cookie: someone.cookie() };
    const { status } = await send(app.url, {
      ...route,
      path: addressFor(route),
      headers: sent,
      body: form.body,
    });
    statuses.push(`${route.path} ${status}`);
  }
  expect(statuses).toEqual(chosen.map(({ path }) => `${path} 403`));
  expect(await contents()).toEqual(before);
}

function addressFor(route: RouteEntry): string {
  if (route.path.startsWith('/clients')) return addressOf(route, { ...values, id: testClient.id });
  const isKey = route.path.startsWith('/keys');
  return addressOf(route, isKey ? { ...values, id: values['key'] ?? '' } : values);
}

/** All rows that matter, and what Zoho was asked. */
async function contents(): Promise<unknown> {
  const { db } = app.server.store;
  const names = (await db.introspection.getTables()).map((table) => table.name);
  const tables = names.filter((name) => !['sessions', 'event_seals', 'changes'].includes(name));
  const rows = await Promise.all(
    tables.map((table) =>
      db
        .selectFrom(table as 'connections')
        .selectAll()
        .execute(),
    ),
  );
  const signedIn = (await someone.visit('/')).text.includes('Sign out');
  // The refusal itself is recorded, in a test of its own, and what is recorded is sealed every minute.
  const others = rows.map((list) =>
    list.filter((row) => Reflect.get(row, 'action') !== 'form_refused').map((row) => ({ ...row, seal: null })),
  );
  return { tables, rows: others, asked: app.simulator.control.count(), signedIn };
}

async function changingRoutes(): Promise<RouteEntry[]> {
  const parts = await openKeeper(app.config, quiet, () => new Date());
  const table = routeTable(createApp(parts));
  await parts.store.close();
  // Programs bring no cookie; their keys are tried elsewhere.
  return table.filter(({ method, path }) => method !== 'GET' && !/^\/(api\/|metrics)/.test(path));
}

/** An attempt to connect as a crash would leave it behind. */
async function interruptedFlow(): Promise<string> {
  await someone.consent({ name: someName() });
  const { db } = app.server.store;
  await db.updateTable('flows').set({ status: 'interrupted' }).where('status', '=', 'issued').execute();
  return (await unfinishedFlows(app.server.store))[0]?.id ?? '';
}
