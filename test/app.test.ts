import { contextOn } from './support/context';
import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { createApp } from '../src/app';
import { createApiKey } from '../src/auth/api-keys';
import { openKeeper } from '../src/keeper';
import { inProcess, type TestApp } from './support/start';
import { someName } from './support/person';
import { addressOf, type RouteEntry, routeTable } from './support/route-table';
import { owner, password } from './support/sign-in';

/** Open to everybody, and nothing else is: whoever adds a line here has thought about it. */
const open = [
  'GET /healthz',
  'GET /readyz',
  'GET /login',
  'POST /login',
  'GET /login/oidc',
  'GET /login/callback',
  'GET /links/:token',
  'POST /links/:token/connect',
  'GET /api/v1/openapi.json',
];
/** These ask for an API key. */
const forPrograms = ['/api/', '/metrics'];
const secret = someName();
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

let app: TestApp;
let routes: RouteEntry[];
let credentials: Record<'none' | 'wrong cookie' | 'wrong key' | 'session' | 'key', Record<string, string>>;

beforeAll(async () => {
  const provider = {
    OIDC_ISSUER: 'https://id.invalid',
    OIDC_CLIENT_ID: 'keeper',
    OIDC_CLIENT_SECRET: 'unused',
    OIDC_ALLOWED_EMAILS: '@example.com',
  };
  app = await inProcess({ DASHBOARD_PASSWORD: password, ...provider });
  const parts = await openKeeper(app.config, quiet, () => new Date());
  routes = pairs(routeTable(createApp(parts)));
  await parts.store.close();
  const someone = await owner(app);
  await someone.connect({ name: secret });
  const wanted = { name: 'test', connections: null, rights: 'refresh', days: null } as const;
  const key = await createApiKey(contextOn(app.server.store), wanted, { name: 'owner', ip: null });
  const cookie = someone.cookie();
  credentials = {
    none: {},
    'wrong cookie': { Cookie: cookie.replace(/.{8}$/, 'AAAAAAAA') },
    'wrong key': { Authorization: `Bearer ${key.text.slice(0, -50)}${'A'.repeat(50)}` },
    session: { Cookie: cookie },
    key: { Authorization: `Bearer ${key.text}` },
  };
});
afterAll(() => app.stop());

/** Sends the path as it is written, which HTTP clients would tidy up first. */
async function send(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { port } = new URL(app.url);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { port, method, path, headers: { Host: `localhost:${port}`, 'Sec-Fetch-Site': 'same-origin', ...headers } },
      (res) => {
        const { statusCode: status = 0 } = res;
        // This one has no end of its own.
        const body = res.headers['content-type']?.startsWith('text/event-stream') ? res.destroy() && '' : text(res);
        Promise.resolve(body).then((body) => resolve({ status, headers: res.headers, body }), reject);
      },
    );
    outgoing.on('error', reject).end();
  });
}

function isOpen({ method, path }: RouteEntry): boolean {
  return open.includes(`${method} ${path}`);
}

function isForPrograms({ path }: RouteEntry): boolean {
  return forPrograms.some((prefix) => path.startsWith(prefix));
}

/** The routes with a method each, every pair once. */
function pairs(chosen: readonly RouteEntry[]): RouteEntry[] {
  const all = chosen.flatMap(({ method, path }) =>
    (method === 'ALL' ? ['GET', 'POST', 'PUT', 'DELETE'] : [method]).map((each) => ({ method: each, path })),
  );
  return [...new Map(all.map((route) => [`${route.method} ${route.path}`, route])).values()];
}

/** One line for each route, so that a failure names it. */
async function outcomes(
  chosen: readonly RouteEntry[],
  headers: Record<string, string>,
  judge: (answer: Answer) => string,
): Promise<string[]> {
  const lines: string[] = [];
  for (const route of chosen) {
    const answer = await send(route.method, addressOf(route, { name: secret }), headers);
    lines.push(`${route.method} ${route.path}: ${judge(answer)}`);
  }
  return lines;
}

function expected(chosen: readonly RouteEntry[], verdict: string): string[] {
  return chosen.map(({ method, path }) => `${method} ${path}: ${verdict}`);
}

function turnedAway({ status, headers, body }: Answer): string {
  const toLogin = status === 303 && /^\/login(\?because=callback|\?next=%2F[\w%.-]*)?$/.test(headers.location ?? '');
  return (toLogin || status === 401) && !body.includes(secret) ? 'turned away' : `${status} ${headers.location ?? ''}`;
}

it('the table has the routes of all parts, and every open one of the list', () => {
  const written = routes.map(({ method, path }) => `${method} ${path}`);
  expect(written).toEqual(expect.arrayContaining(open));
  expect(written).toEqual(expect.arrayContaining(['GET /', 'POST /connect', 'POST /connections/:name/reveal']));
  expect(written).toEqual(expect.arrayContaining(['GET /events.jsonl', 'GET /api/v1/connections/:name/token']));
});

describe('every page that asks for the sign-in', () => {
  const behind = () => routes.filter((route) => !isOpen(route) && !isForPrograms(route));

  it.each(['none', 'wrong cookie', 'wrong key', 'key'] as const)('is closed to %s', async (who) => {
    expect(await outcomes(behind(), credentials[who], turnedAway)).toEqual(expected(behind(), 'turned away'));
  });

  it('is open to a session, but changes nothing for a page of others', async () => {
    const read = behind().filter(({ method, path }) => method === 'GET' && path !== '/oauth/callback');
    const verdict = ({ status, headers }: Answer): string =>
      status < 500 && !headers.location?.startsWith('/login') ? 'open' : `${status} ${headers.location ?? ''}`;
    expect(await outcomes(read, credentials.session, verdict)).toEqual(expected(read, 'open'));
    const posts = behind().filter(({ method }) => method === 'POST');
    const foreign = { ...credentials.session, 'Sec-Fetch-Site': 'cross-site' };
    const status = (answer: Answer): string => String(answer.status);
    expect(await outcomes(posts, foreign, status)).toEqual(expected(posts, '403'));
  });
});

describe('every call for programs', () => {
  const calls = () => routes.filter((route) => isForPrograms(route) && !isOpen(route));
  const refused = ({ status, body }: Answer): string =>
    [401, 405].includes(status) && !body.includes(secret) ? 'refused' : String(status);

  it.each(['none', 'wrong cookie', 'wrong key', 'session'] as const)('is closed to %s', async (who) => {
    app.advance(61); // Keys that fail are refused more curtly after twenty in a minute.
    expect(await outcomes(calls(), credentials[who], refused)).toEqual(expected(calls(), 'refused'));
  });

  it('is open to a key', async () => {
    const verdict = ({ status }: Answer): string => (status === 401 || status === 403 ? String(status) : 'answered');
    expect(await outcomes(calls(), credentials.key, verdict)).toEqual(expected(calls(), 'answered'));
  });
});

describe('other ways to name a closed page', () => {
  const pages = ['/', `/connections/${secret}`, '/events', '/events.jsonl', '/setup', '/keys'];
  const spellings: readonly (readonly [string, (path: string) => string])[] = [
    ['two slashes', (path) => `/${path}`],
    ['three slashes', (path) => `//${path}`],
    ['a slash at the end', (path) => `${path}/`],
    ['capitals', (path) => path.toUpperCase()],
    ['an encoded dot', (path) => `/%2e${path}`],
    ['encoded dots', (path) => `/login/%2e%2e${path}`],
    ['dots', (path) => `/login/..${path}`],
    ['an open folder before it', (path) => `/assets/..${path}`],
    ['an encoded slash', (path) => `/assets/%2e%2e%2f${path.slice(1)}`],
    ['a semicolon', (path) => `${path};x`],
    ['a semicolon and an open page', (path) => `${path};/login`],
    ['a query that names an open page', (path) => `${path}?/login`],
    ['a fragment', (path) => `${path}#/login`],
    ['a NUL', (path) => `${path}%00`],
    ['an encoded letter', (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`)],
    ['a backslash', (path) => `/\\${path}`],
    ['a whole address', (path) => app.url + path],
  ];
  const forged: readonly (readonly [string, Record<string, string>])[] = [
    ['X-Original-URL', { 'X-Original-URL': '/login' }],
    ['X-Rewrite-URL', { 'X-Rewrite-URL': '/healthz' }],
    ['X-Forwarded-Uri', { 'X-Forwarded-Uri': '/login' }],
    ['X-Forwarded-Prefix', { 'X-Forwarded-Prefix': '/login' }],
    ['X-HTTP-Method-Override', { 'X-HTTP-Method-Override': 'GET' }],
    ['a probe', { 'User-Agent': 'kube-probe/1.31' }],
    ['a health check', { 'User-Agent': 'GoogleHC/1.0' }],
    ['a user', { 'X-Forwarded-User': 'owner', 'X-Forwarded-Email': 'maria@example.com', 'Remote-User': 'owner' }],
    ['another address', { 'X-Forwarded-For': '127.0.0.1', 'X-Real-IP': '127.0.0.1' }],
  ];

  /** A closed page was shown, or its address was answered with anything but the sign-in. */
  function judge(what: string, { status, headers, body }: Answer): string[] {
    const location = headers.location ?? '/login';
    const away = /^\/login/.test(location) && status !== 200 && status < 500;
    return away && !body.includes(secret) && !body.includes('"actor"') ? [] : [`${what}: ${status} ${location}`];
  }

  it.each(spellings)('does not help: %s', async (_what, spell) => {
    const wrong: string[] = [];
    for (const page of pages) {
      for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) {
        wrong.push(...judge(`${method} ${spell(page)}`, await send(method, spell(page))));
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each(forged)('does not help as a header: %s', async (_what, headers) => {
    const wrong: string[] = [];
    for (const page of pages) wrong.push(...judge(`GET ${page}`, await send('GET', page, headers)));
    for (const page of ['/login', '/healthz']) {
      const answer = await send('GET', page, { 'X-Original-URL': '/events.jsonl', 'X-Rewrite-URL': '/', ...headers });
      if (answer.body.includes(secret)) wrong.push(page);
    }
    expect(wrong).toEqual([]);
  });

  it('finds the same pages with a session, so the tests above look at something', async () => {
    for (const page of pages) expect((await send('GET', page, credentials.session)).status).toBe(200);
    expect((await send('GET', '/events.jsonl', credentials.session)).body).toContain(secret);
  });
});
