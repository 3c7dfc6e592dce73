import type { Socket } from 'node:net';
import { inProcess, type TestApp } from '../../support/start';
import { startUpstream } from '../../support/upstream';
import { formOf, person, someName, type Person } from '../../support/person';

const scopes =
  'ZohoCRM.users.READ,Desk.basic.READ,ZohoMail.accounts.READ,ZohoProjects.portals.READ,ZohoBooks.settings.READ,AaaServer.profile.READ';

describe('trying a connection', () => {
  let app: TestApp;
  let someone: Person;
  let name: string;
  beforeAll(async () => {
    app = await inProcess();
  });
  afterAll(() => app.stop());
  beforeEach(async () => {
    app.advance(3700);
    app.simulator.control.faults.clearFaults();
    [someone, name] = [person(app), someName()];
  });

  async function connected(wanted = scopes): Promise<void> {
    await someone.connect({ name, scopes: wanted });
    app.simulator.control.clearRequests();
  }

  async function attempt(product: string) {
    const page = `/connections/${name}`;
    return someone.submit(`${page}/try`, { product }, page);
  }

  it.each([
    ['crm', '/crm/v8/users', 'full_name'],
    ['desk', '/api/v1/organizations', 'companyName'],
    ['mail', '/api/accounts', 'mailboxAddress'],
    ['projects', '/api/v3/portals', 'portal_name'],
    ['books', '/books/v3/organizations', 'organization_id'],
    ['profile', '/oauth/user/info', 'Display_Name'],
  ])('asks %s who it is and shows the answer', async (product, path, member) => {
    await connected();
    const { status, text } = await attempt(product);
    expect(status).toBe(200);
    expect(text).toContain('works with this connection.');
    expect(text).toContain(`&#34;${member}&#34;: `);
    const [call, ...more] = app.simulator.control.requests({ endpoint: 'any' });
    expect([call?.method, call?.path, more]).toEqual(['GET', path, []]);
  });

  it('offers a button for each product in the scopes', async () => {
    await connected('ZohoCRM.modules.ALL,Desk.tickets.READ');
    const { text } = await someone.visit(`/connections/${name}`);
    expect(formOf(text, `/connections/${name}/try`)).toEqual({});
    expect([...text.matchAll(/name="product" value="(\w+)"/g)].map(([, code]) => code)).toEqual(['crm', 'desk']);
    expect(text).toContain('Desk needs the scope Desk.basic.READ or Desk.settings.READ for that.');
  });

  it('makes a call that the scopes allow, and says which scope is missing where none is allowed', async () => {
    await connected('ZohoCRM.modules.ALL,Desk.tickets.READ');
    expect((await attempt('crm')).text).toContain('CRM works with this connection.');
    const { text } = await attempt('desk');
    expect(text).toContain('lacks a scope that this call needs: Desk.basic.READ or Desk.settings.READ.');
    expect(app.simulator.control.count({ endpoint: 'api' })).toBe(1);
  });

  it.each([
    ['html_500', 'CRM is having problems.'],
    ['json_401', 'CRM answered, but not with what was asked for.'],
    ['too_many_requests', 'CRM has had too many calls.'],
    ['html_200', 'CRM answered with something that is not data.'],
    ['empty_200', 'CRM works with this connection.'],
  ] as const)('says in plain words what %s means', async (kind, words) => {
    await connected();
    app.simulator.control.faults.inject({ endpoint: 'api', kind });
    expect((await attempt('crm')).text).toContain(words);
  });

  it('fetches a new token when the product says that the old one is dead', async () => {
    await connected();
    const token = app.simulator.control.minted().findLast(({ kind }) => kind === 'access_token');
    app.simulator.control.revokeToken(token?.value ?? '');
    expect((await attempt('crm')).text).toContain('CRM works with this connection.');
  });

  it('shows what Zoho sends as text, whatever is in it, and not more than 64 kB', async () => {
    app.simulator.control.addUser({
      ...(app.simulator.control.users()[0] ?? { zuid: 0, dataCenter: 'us' }),
      zuid: 60_099_999_001,
      displayName: '</pre><script>alert(1)</script>',
      email: 'mallory@example.com',
    } as never);
    await someone.connect({ name, scopes, zuid: 60_099_999_001 });
    const { text } = await attempt('crm');
    expect(text).not.toContain('<script>alert');
    expect(text).toContain('&lt;script&gt;alert(1)');
    app.simulator.control.faults.inject({ endpoint: 'api', kind: 'huge_body' });
    expect((await attempt('crm')).text.length).toBeLessThan(100_000);
  });

  it('goes back to the connection with the reason when there is no token or no answer', async () => {
    await connected();
    app.simulator.control.faults.inject({ endpoint: 'api', kind: 'reset_at_connect', times: 2 });
    expect((await attempt('crm')).status).toBe(303);
    expect((await someone.visit(`/connections/${name}`)).text).toContain('broke the connection off');
    expect(
      (await someone.submit(`/connections/${name}/try`, { product: 'nothing' }, `/connections/${name}`)).status,
    ).toBe(400);
  });

  it('shows how much of the budget is used and when the next refresh is possible', async () => {
    await connected();
    const budget = async (): Promise<string> => {
      const { text } = await someone.visit(`/connections/${name}`);
      return /<div class="budget[^]*?<\/div>/.exec(text)?.[0] ?? '';
    };
    expect(await budget()).toContain('0 of 9 refreshes in ten minutes');
    for (let count = 0; count < 9; count += 1) await someone.submit(`/connections/${name}/refresh`);
    expect(await budget()).toContain('9 of 9 refreshes in ten minutes');
    expect(await budget()).toContain('The next one is possible <time');
    // Five new tokens more fill the hour, but not ten minutes.
    app.advance(700);
    for (let count = 0; count < 5; count += 1) await someone.submit(`/connections/${name}/refresh`);
    expect(await budget()).toContain('14 of 14 refreshes in an hour');
    expect(await budget()).not.toContain('ten minutes');
    expect(await budget()).toContain('The next one is possible <time');
  });
});

describe('a product that breaks off in the middle of its answer', () => {
  it.each([
    ['ends the connection', (socket: Socket) => void socket.destroy()],
    ['resets it', (socket: Socket) => void socket.resetAndDestroy()],
  ])('is told as what it is when it %s', async (_what, breakOff) => {
    const upstream = await startUpstream();
    const app = await inProcess({ ZOHO_API_URLS: `us=${upstream.url}` });
    const someone = person(app);
    await someone.connect({ name: 'cut', scopes });
    upstream.answer((req, res) => {
      res.writeHead(200, { 'content-length': 1000 }).write('{"users": [', () => breakOff(req.socket));
    });
    const attempt = await someone.submit('/connections/cut/try', { product: 'crm' }, '/connections/cut');
    const { text } = await someone.visit('/connections/cut');
    expect([attempt.status, text]).toEqual([303, expect.stringContaining('broke the connection off')]);
    await app.stop();
    await upstream.close();
  });
});
