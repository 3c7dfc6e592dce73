import { send, sendBytes } from '../../support/http';
import { inProcess, type TestApp } from '../../support/start';
import { password } from '../../support/sign-in';

const headers = [
  'Via',
  'Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Forwarded-Server',
  'X-Forwarded',
  'X-Original-Forwarded-For',
  'X-Real-IP',
  'X-Client-IP',
  'X-Cluster-Client-IP',
  'CF-Connecting-IP',
  'True-Client-IP',
  'Fastly-Client-IP',
];

describe('without a password', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
  });
  afterAll(() => app.stop());

  it('pages are shown to this computer', async () => {
    const answer = await send(app.url, { path: '/setup', headers: { 'X-Requested-With': 'a script', Accept: '*/*' } });
    expect(answer.status).toBe(200);
  });

  it.each(headers)('a request that a proxy marked with %s sees no page', async (header) => {
    const answer = await send(app.url, { path: '/setup', headers: { [header]: '127.0.0.1' } });
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('Set DASHBOARD_PASSWORD');
    expect(answer.body).not.toContain('<form');
  });

  it('HTTP/1.0, which proxies speak and browsers do not, sees no page', async () => {
    const { status } = await sendBytes(app.url, `GET /setup HTTP/1.0\r\nHost: localhost:${app.port}\r\n\r\n`);
    expect(status).toBe(403);
  });

  it('programs with a key are asked for the key alone', async () => {
    const answer = await send(app.url, { path: '/api/v1/connections', headers: { 'X-Forwarded-For': '192.0.2.1' } });
    expect(answer.status).toBe(401);
  });
});

it('with a password, proxies may say what they like', async () => {
  const app = await inProcess({ DASHBOARD_PASSWORD: password });
  const marks = Object.fromEntries(headers.map((header) => [header, '127.0.0.1']));
  expect((await send(app.url, { path: '/login', headers: marks })).status).toBe(200);
  await app.stop();
});
