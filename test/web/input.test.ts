import { startApp, type TestApp } from '../../support/app';
import { type Answer, formBody, send, type Sent } from '../../support/http';
import { formOf, person } from '../../support/person';
import { databases } from '../../support/postgres';
import { program, someKey } from '../../api/support';
import { someKeys } from '../../store/support';

describe.each(databases)('a NUL, on %s,', (_dialect, freshUrl) => {
  let app: TestApp;
  let headers: Record<string, string>;
  let token: string;
  let key: string;
  beforeAll(async () => {
    app = await startApp({ DATABASE_URL: await freshUrl(), ENCRYPTION_KEYS: someKeys() });
    const someone = person(app);
    await someone.connect({ name: 'crm' });
    token = formOf((await someone.visit('/')).text, '/connect')['_csrf'] ?? '';
    headers = { Cookie: someone.cookie(), 'Sec-Fetch-Site': 'same-origin' };
    key = await someKey(app.server.store);
  });
  afterAll(() => app.stop());

  const pages = [
    '/%00',
    '/connections/%00',
    '/connections/c%00rm',
    '/events?subject=%00',
    '/events?actor=a%00b',
    '/events?%00=x',
    '/events.jsonl?actor=%00',
    '/oauth/callback?code=1&state=%00',
  ];
  it.each(pages)('in %s is answered by a page', async (path) => {
    refusedByPage(await ask({ path }));
  });

  it.each(['/connections/%00/refresh', '/connections/%00/delete', '/flows/%00/dismiss', '/keys/%00/revoke'])(
    'in a form for %s is answered by a page',
    async (path) => {
      refusedByPage(await ask({ method: 'POST', path, ...formBody({ _csrf: token }) }));
    },
  );

  it.each([
    ['/connect', { name: 'a\0b', scopes: 'ZohoCRM.modules.ALL', data_center: 'us' }],
    ['/connect', { name: 'ab', scopes: '\0', data_center: 'us' }],
    ['/setup', { client_id: '1000.\0', client_secret: 'x', data_center: 'us' }],
    ['/keys', { name: 'a\0', rights: 'read', days: '' }],
    ['/keys', { 'na\0me': 'a', rights: 'read', days: '' }],
  ] as const)('in a field for %s is answered by a page', async (path, fields) => {
    refusedByPage(await ask({ method: 'POST', path, ...formBody({ _csrf: token, ...fields }) }));
  });

  it('in one of several fields of one name is answered by a page', async () => {
    const form = formBody({ _csrf: token, name: 'a', rights: 'read', days: '' });
    const body = `${form.body}&connections=crm&connections=%00`;
    refusedByPage(await ask({ method: 'POST', path: '/keys', headers: form.headers, body }));
  });

  it.each([
    ['GET', '/api/v1/connections/%00'],
    ['GET', '/api/v1/connections/%00/token'],
    ['GET', '/api/v1/connections?after=%00'],
    ['POST', '/api/v1/connections/%00/refresh'],
    ['GET', '/api/v1/connections/crm/proxy/crm/v8/%00'],
  ])('in %s %s is answered by a problem', async (method, path) => {
    const caller = program(app.url, key);
    const { status, headers: answered, body } = await caller.call(method, path);
    caller.stop();
    expect(status).toBe(400);
    expect(answered).toMatchObject({ 'content-type': 'application/problem+json; charset=utf-8', ...protections });
    expect(body).toMatchObject({ code: 'invalid_request', status: 400 });
  });

  it('that is only written about is let pass', async () => {
    expect((await ask({ path: '/events?subject=%2500' })).status).toBe(200);
    expect((await ask({ path: '/events?subject=0%0a0' })).status).toBe(200);
  });

  function ask({ headers: more, ...sent }: Sent): Promise<Answer> {
    return send(app.url, { ...sent, headers: { ...headers, ...more } });
  }
});

const protections = { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'cache-control': 'no-store' };

function refusedByPage(answer: Answer): void {
  expect(answer.status).toBe(400);
  expect(answer.headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', ...protections });
  expect(answer.body).toContain('The request holds a NUL character.');
}
