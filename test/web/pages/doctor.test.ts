import { person } from '../../support/person';
import { send } from '../../support/http';
import { inProcess, runCommand, type TestApp } from '../../support/start';
import { testClient } from '../../support/site';

const password = 'the long password of the owner';

describe('the page Doctor', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
    await person(app).connect({ name: 'crm' });
  });
  afterAll(() => app.stop());

  it('finds what the command finds, and is linked from every page', async () => {
    const { stdout, code } = await runCommand(app, ['doctor']);
    const { text } = await person(app).visit('/doctor');
    const subjects = stdout.split('\n').flatMap((line) => /^. ([^:]+):/.exec(line)?.[1] ?? []);
    expect(subjects).toEqual(expect.arrayContaining(['Redirect URI', 'Clock', 'Zoho in us', 'Database', 'Node']));
    for (const subject of [...subjects, 'Proxy headers']) expect(text).toContain(`<bdi>${subject}</bdi>`);
    expect(code).toBe(0);
    expect(text).toContain('All is well.');
    expect((await person(app).visit('/')).text).toContain('<a href="/doctor">Doctor</a>');
  });

  it('has a report for others to read, without client ID, mailbox or secret, as the command has', async () => {
    const { stdout } = await runCommand(app, ['doctor', '--report']);
    const { stdout: json } = await runCommand(app, ['doctor', '--report', '--json']);
    const { text } = await person(app).visit('/doctor');
    const report = /<pre[^>]*id="report"[^>]*>([^]*?)<\/pre>/.exec(text)?.[1] ?? '';
    expect(stdout).toContain('Zoho client: 1000.');
    for (const words of [stdout, report, json]) {
      expect(words).toMatch(/Zoho client[^.]*1000\./);
      expect(words).not.toContain(testClient.id);
      for (const { value } of app.simulator.control.minted()) expect(words).not.toContain(value);
    }
  });

  it('names a clock that is wrong', async () => {
    app.shiftClock(300);
    const { text } = await person(app).visit('/doctor');
    app.shiftClock(-300);
    const bad = [...text.matchAll(/<dt>✗ <bdi>([^<]+)<\/bdi><\/dt>\s*<dd>([^<]*)/g)].map(([, ...said]) => said);
    expect(bad).toEqual([['Clock', expect.stringMatching(/^(299|30[01]) seconds ahead of Zoho’s/)]]);
  });

  it('says that headers of a proxy are not believed, and how to change that', async () => {
    const headers = { 'X-Forwarded-For': '192.0.2.7', 'X-Forwarded-Proto': 'https' };
    const { body } = await send(app.url, { path: '/doctor', headers });
    // Without a password, whoever comes through a proxy gets no page at all.
    expect(body).not.toContain('<bdi>Proxy headers</bdi>');
  });
});

it.each([
  [{}, 'not believed, since TRUSTED_PROXIES does not name 127.0.0.1'],
  [{ TRUSTED_PROXIES: '127.0.0.1' }, 'the browser used https, and BASE_URL is http'],
])('with %j the page says of a proxy: %s', async (env, words) => {
  const app = await inProcess({ DASHBOARD_PASSWORD: password, ...env });
  try {
    const someone = person(app);
    await someone.submit('/login', { password }, '/login');
    const headers = { 'X-Forwarded-For': '192.0.2.7', 'X-Forwarded-Proto': 'https', Cookie: someone.cookie() };
    expect((await send(app.url, { path: '/doctor', headers })).body).toContain(words);
    expect((await send(app.url, { path: '/doctor' })).status).toBe(303);
  } finally {
    await app.stop();
  }
});
