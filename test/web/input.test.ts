import { inProcess, type TestApp } from '../support/start';
import { type Answer, formBody, send, type Sent } from '../support/http';
import { person } from '../support/person';
import { databases } from '../support/postgres';
import { program, someKey } from '../support/program';
import { someKeys } from '../support/rows';

describe.each(databases)('a NUL, on %s,', (_dialect, freshUrl) => {
  let app: TestApp;
  let headers: Record<string, string>;
  let key: string;
  beforeAll(async () => {
    app = await inProcess({ DATABASE_URL: await freshUrl(), ENCRYPTION_KEYS: someKeys() });
    const someone = person(app);
    await someone.connect({ name: 'crm' });
    headers = { Cookie: someone.cookie(), 'Sec-Fetch-Site': 'same-origin' };
    key = await someKey(app.server.store);
  });
  afterAll(() => app.stop());

  it.each([
    '/events?subject=%00',
    '/events?actor=a%00b',
    '/events?action=%00',
    '/events?since=%00',
    '/events?after=%00',
    '/events.jsonl?actor=%00',
    '/oauth/callback?code=1&state=%00',
    '/oauth/callback?state=x&code=%00',
  ])('in %s is refused', async (path) => {
    refused(await ask({ path }));
  });

  it.each(['/%00', '/connections/%00', '/connections/c%00rm', '/assets/%00'])('in %s names nothing', async (path) => {
    expect((await ask({ path })).status).toBe(404);
  });

  it.each([
    ...['refresh', 'reveal', 'reconnect', 'revoke', 'delete', 'try'].map((action) => `/connections/%00/${action}`),
    '/flows/%00/dismiss',
    '/keys/%00/revoke',
    '/alerts/%00/delete',
    '/alerts/a%00b/test',
    '/clients/%00/delete',
    '/clients/%00/secrets/eu/delete',
  ])('in a form for %s names nothing', async (path) => {
    expect((await ask({ method: 'POST', path, ...formBody({ token: 'access_token' }) })).status).toBe(404);
  });

  it.each([
    ['/connect', { name: 'a\0b', scopes: 'ZohoCRM.modules.ALL', data_center: 'us' }],
    ['/connect', { name: 'ab', scopes: '\0', data_center: 'us' }],
    ['/clients', { client_id: '1000.A\0', client_secret: 'x', data_center: 'eu' }],
    ['/keys', { name: 'a\0', rights: 'read', days: '' }],
    ['/alerts', { url: 'https://alerts.example.com/\0' }],
    ['/connections/crm/try', { product: 'crm\0' }],
  ] as const)('in a field for %s is refused', async (path, fields) => {
    refused(await ask({ method: 'POST', path, ...formBody(fields) }));
  });

  it('in one of several fields of one name is refused', async () => {
    const form = formBody({ name: 'a', rights: 'read', days: '' });
    const body = `${form.body}&connections=crm&connections=%00`;
    refused(await ask({ method: 'POST', path: '/keys', headers: form.headers, body }));
  });

  it.each([
    ['GET', '/api/v1/connections/%00', 404],
    ['GET', '/api/v1/connections/%00/token', 404],
    ['GET', '/api/v1/connections?after=%00', 400],
    ['POST', '/api/v1/connections/%00/refresh', 404],
    ['GET', '/api/v1/connections/%00/proxy/crm/v8/org', 404],
  ])('in %s %s is answered by a problem', async (method, path, expected) => {
    const caller = program(app.url, key);
    const { status, headers: answered, body } = await caller.call(method, path);
    caller.stop();
    expect(status).toBe(expected);
    expect(answered).toMatchObject({ 'content-type': 'application/problem+json; charset=utf-8' });
    expect(body).toMatchObject({ status: expected });
  });

  it('that is only written about is let pass', async () => {
    expect((await ask({ path: '/events?subject=%2500' })).status).toBe(200);
    expect((await ask({ path: '/events?subject=0%0a0' })).status).toBe(200);
  });

  function ask({ headers: more, ...sent }: Sent): Promise<Answer> {
    return send(app.url, { ...sent, headers: { ...headers, ...more } });
  }
});

function refused(answer: Answer): void {
  expect(answer.status).toBe(400);
  expect(answer.body).toContain('The request holds a NUL character.');
}
