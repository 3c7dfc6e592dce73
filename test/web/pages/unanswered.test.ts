import { inProcess, type TestApp } from '../../support/start';
import { pathOf, type Person, person } from '../../support/person';

const question = 'What did Zoho say?';

let app: TestApp;
let someone: Person;
beforeEach(async () => {
  app = await inProcess();
  someone = person(app);
});
afterEach(() => app.stop());

/** Presses Connect Zoho and meets a page of Zoho's that leads nowhere. */
async function leave(name: string, scopes = ''): Promise<void> {
  await someone.submit('/connect', { name, ...(scopes && { scopes, anyway: 'yes' }) });
}

async function pageOf(): Promise<string> {
  const [, path = ''] = /href="(\/flows\/[\w-]+)"/.exec((await someone.visit('/')).text) ?? [];
  return (await someone.visit(path)).text;
}

it('an attempt that has not come back is asked about after two minutes, once, and no longer when it is dismissed', async () => {
  await leave('crm');
  expect((await someone.visit('/')).text).not.toContain(question);
  await leave('crm');
  app.advance(121);
  const { text } = await someone.visit('/');
  expect(text.split(question)).toHaveLength(2);
  expect(text).toContain('Connecting “crm” has not come back from Zoho.');
  const [, action = ''] = /action="(\/flows\/[\w-]+\/dismiss)"/.exec(text) ?? [];
  await someone.submit(action);
  expect((await someone.visit('/')).text).not.toContain(question);
});

it('one that comes back late needs no question, nor does one that another attempt made good', async () => {
  const callback = pathOf(await someone.consent({ name: 'crm' }));
  await leave('desk');
  app.advance(121);
  await someone.connect({ name: 'desk' });
  expect((await someone.visit('/')).text).toContain('Connecting “crm” has not');
  expect((await someone.visit(callback)).text).not.toContain(question);
});

it('is nobody else’s business where nobody has to sign in', async () => {
  await leave('crm');
  app.advance(121);
  const [, path = ''] = /href="(\/flows\/[\w-]+)"/.exec((await someone.visit('/')).text) ?? [];
  const other = person(app);
  expect((await other.visit('/')).text).not.toContain(question);
  expect((await other.visit(path)).status).toBe(404);
  expect((await someone.visit(path)).status).toBe(200);
});

it('whoever has signed in is asked about attempts of other browsers too', async () => {
  const guarded = await inProcess({ DASHBOARD_PASSWORD: 'a long enough password' });
  try {
    const signedIn = async (): Promise<Person> => {
      const one = person(guarded);
      await one.submit('/login', { password: 'a long enough password' }, '/login');
      return one;
    };
    await (await signedIn()).submit('/connect', { name: 'crm' });
    guarded.advance(121);
    expect((await (await signedIn()).visit('/')).text).toContain(question);
  } finally {
    await guarded.stop();
  }
});

it('the page has Zoho’s titles with what was asked for beside them, to the letter', async () => {
  await leave('crm');
  app.advance(121);
  const text = await pageOf();
  for (const title of ['Invalid Redirect Uri', 'Invalid Client', 'Invalid OAuth Scope', 'Access Denied']) {
    expect(text).toContain(`<b>${title}</b>`);
  }
  const { redirectUri } = app.config;
  expect(text).toContain(`<code id="redirect-uri-0">${redirectUri}</code>`);
  const { port } = new URL(redirectUri);
  for (const [variant, differs] of [
    [`${redirectUri}/`, 'differs by the final slash'],
    [redirectUri.replace('http:', 'https:'), 'differs by the scheme'],
    [redirectUri.replace(`:${port}`, ''), 'differs by the port'],
    [redirectUri.replace('localhost', '127.0.0.1'), 'differs by the host name'],
  ]) {
    expect(text).toContain(`<code>${variant}</code> <span class="soft">${differs}</span>`);
  }
  expect(text).toContain(app.env['ZOHO_CLIENT_ID']);
  expect(text).toContain('https://api-console.zoho.com');
});

it('what is known of the latest attempt decides which page is open and first', async () => {
  await leave('crm');
  await leave('crm', 'ZohoCRM.modules.ALLL,AaaServer.profile.READ');
  app.advance(121);
  const text = await pageOf();
  expect(/<details class="card said" open>\s*<summary><b>([^<]*)</.exec(text)?.[1]).toBe('Invalid OAuth Scope');
  expect(text.indexOf('Invalid OAuth Scope')).toBeLessThan(text.indexOf('Invalid Redirect Uri'));
  expect(text).toContain('Did you mean <code>ZohoCRM.modules.ALL</code>?');
});
