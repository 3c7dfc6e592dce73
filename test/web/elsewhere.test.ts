import { inProcess, type TestApp } from '../support/start';
import { send } from '../support/http';
import { password, signIn } from '../support/sign-in';

describe('a page that was opened at another address than Zoho sends people back to', () => {
  let app: TestApp;
  let port: string;
  beforeAll(async () => {
    app = await inProcess();
    ({ port } = new URL(app.url));
  });
  afterAll(() => app.stop());

  it.each(['/', '/setup'])('says so at %s', async (path) => {
    const { body } = await send(app.url, { path, headers: { Host: 'localhost:8080' } });
    expect(body).toContain(
      `You opened this page at http://localhost:8080, but Zoho will send you back to http://localhost:${port}.`,
    );
  });

  it('says so where a port was mapped to that of plain http', async () => {
    const { body } = await send(app.url, { headers: { Host: 'localhost' } });
    expect(body).toContain('You opened this page at http://localhost, but');
  });

  it('says so where a trusted proxy tells of TLS that BASE_URL lacks, and is content without a port', async () => {
    const env = { BASE_URL: 'http://tokens.lan:3000', TRUSTED_PROXIES: '127.0.0.1', DASHBOARD_PASSWORD: password };
    const proxied = await inProcess(env);
    const cookie = (await signIn(proxied, password)).headers['set-cookie']?.[0] ?? '';
    const at = async (headers: Record<string, string>): Promise<string> =>
      (await send(proxied.url, { headers: { Host: 'tokens.lan', Cookie: cookie, ...headers } })).body;
    const elsewhere =
      'You opened this page at https://tokens.lan, but Zoho will send you back to http://tokens.lan:3000.';
    expect(await at({ 'X-Forwarded-Proto': 'https' })).toContain(elsewhere);
    expect(await at({})).toContain('Connect Zoho');
    expect(await at({})).not.toContain('You opened this page');
    await proxied.stop();
  });

  it('says nothing at the right address, and on pages without a way to Zoho', async () => {
    expect((await send(app.url)).body).not.toContain('You opened this page');
    const keys = await send(app.url, { path: '/keys', headers: { Host: 'localhost:8080' } });
    expect(keys.body).not.toContain('You opened this page');
  });
});
