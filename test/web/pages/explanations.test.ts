import { inProcess, runCommand, type TestApp } from '../../support/start';
import { pathOf, type Person, person } from '../../support/person';
import { program, someKey } from '../../support/program';
import { testClient } from '../../support/site';

let app: TestApp;
let someone: Person;
beforeEach(async () => {
  app = await inProcess();
  someone = person(app);
});
afterEach(() => app.stop());

/** The text of a page as it is read, without tags. */
async function read(path: string): Promise<string> {
  return (await someone.visit(path)).text.replaceAll(/<[^>]+>/g, '').replaceAll(/\s+/g, ' ');
}

async function refreshTwice(name: string): Promise<void> {
  for (let time = 0; time < 2; time++) {
    await someone.submit(`/connections/${name}/refresh`, {}, `/connections/${name}`);
    app.advance(61);
  }
}

describe('a connect that Zoho refuses', () => {
  it('because the code came late is told so, with how late', async () => {
    const callback = pathOf(await someone.consent());
    app.advance(200);
    const shown = await read(callback);
    expect(shown).toContain('It came 3 minutes after you left for Zoho');
    expect(shown).toContain('most likely it was too old');
  });

  it('because the account lives elsewhere is told so, when the answer did not name where', async () => {
    const callback = new URL(await someone.consent({ userIn: 'eu' }));
    callback.searchParams.delete('location');
    callback.searchParams.delete('accounts-server');
    const shown = await read(pathOf(callback.href));
    expect(shown).toContain('Zoho does not know this client at the data centre United States (invalid_client).');
    expect(shown).toContain('Otherwise the account lives at another data centre.');
    expect(shown).toContain('Or connect with the account’s data centre chosen.');
  });

  it('because of a data centre that is off names it, and where to switch it on', async () => {
    const callback = await someone.consent({ userIn: 'eu' });
    app.simulator.control.disableDataCenter(testClient.id, 'eu');
    const shown = await read(pathOf(callback));
    expect(shown).toContain('most likely Europe is not switched on for it');
    expect(shown).toContain('In https://api-console.zoho.com open the client, Settings, and switch Europe on.');
  });

  it('says the same when the same callback is opened again', async () => {
    const callback = pathOf(await someone.consent());
    app.advance(200);
    const first = await read(callback);
    app.advance(300);
    expect(await read(callback)).toBe(first);
  });
});

describe.each<[what: string, change: (uri: string) => string]>([
  ['a final slash', (uri) => `${uri}/`],
  ['the port', (uri) => uri.replace(/:\d+/, '')],
  ['127.0.0.1 for localhost', (uri) => uri.replace('localhost', '127.0.0.1')],
])('a redirect URI that is registered with %s', (_what, change) => {
  it('ends at Zoho, and is among what to look for when the person is back', async () => {
    const registered = change(app.config.redirectUri);
    const other = { id: testClient.id.replace('TESTCLIENT', 'OTHERCLIENT').slice(0, 35), secret: testClient.secret };
    app.simulator.control.addClient({ ...other, redirectUris: [registered], dataCenter: 'us', name: 'Other' });
    const away = await someone.submit('/connect', {});
    const address = String(away.headers['location']).replace(testClient.id, other.id);
    expect(() => app.simulator.control.authorize(address)).toThrow('Redirect URI passed does not match');
    app.advance(121);
    const [, path = ''] = /href="(\/flows\/[\w-]+)"/.exec((await someone.visit('/')).text) ?? [];
    const shown = await read(path);
    expect(shown).toContain(`${registered} differs by`);
    expect(shown).toContain(app.config.redirectUri);
  });
});

describe('twenty consents of the same user and client', () => {
  const names = Array.from({ length: 20 }, (_, index) => `later-${index + 1}`);

  async function connectAll(list: readonly string[]): Promise<void> {
    app.simulator.control.settings.codesPerWindow = 10_000;
    for (const name of list) await someone.connect({ name });
  }

  it('push the first one out, which page, API and doctor explain by naming them', async () => {
    await connectAll(['first', ...names]);
    await refreshTwice('first');
    const words =
      'It was pushed out: Zoho keeps 20 refresh tokens of a user for a client, and 20 newer ones were made for “later-18”, “later-19”, “later-20” and 17 more.';
    expect(await read('/connections/first')).toContain(words);
    expect(await read('/')).toContain('Zoho no longer accepts the refresh token');
    const caller = program(app.url, await someKey(app.server.store, {}));
    const { status, body } = await caller.get('/api/v1/connections/first');
    expect([status, body['problem']]).toMatchObject([200, { code: 'invalid_code' }]);
    expect(JSON.stringify(body['problem'])).toContain(words);
    app.advance(3600);
    const token = await caller.get('/api/v1/connections/first/token');
    expect(token.body).toMatchObject({ status: 409, code: 'needs_reconnect' });
    expect(token.body['detail']).toContain(words);
    caller.stop();
    const { stdout } = await runCommand(app, ['doctor']);
    expect(stdout).toContain(words);
    expect(stdout).toContain('the next connect pushes out “later-1”, the oldest');
  });

  it('are warned of from fifteen on, and the oldest is named before it is pushed out', async () => {
    await connectAll(names.slice(0, 14));
    expect(await read('/connections/later-1')).toContain('Uses 14 of the 20 that Zoho keeps');
    expect(await read('/connections/later-1')).not.toContain('are known here');
    await connectAll(names.slice(14, 15));
    expect(await read('/connections/later-1')).toContain('15 of the 20 refresh tokens');
    await connectAll(names.slice(15, 19));
    expect(await read('/connections/later-3')).toContain('the next connect may push out “later-1”, the oldest');
    await connectAll(names.slice(19));
    expect(await read('/connections/later-3')).toContain('the next connect pushes out “later-1”, the oldest');
    // Disconnecting frees one.
    await someone.submit('/connections/later-1/revoke', {}, '/connections/later-1');
    expect(await read('/connections/later-3')).toContain('Uses 19 of the 20');
  });
});

it('the app removed at Zoho ends all of them, which is told from the one', async () => {
  await someone.connect({ name: 'crm' });
  await someone.connect({ name: 'desk' });
  const [user] = app.simulator.control.users();
  app.simulator.control.removeApp(user?.zuid ?? 0, testClient.id);
  await refreshTwice('crm');
  await refreshTwice('desk');
  expect(await read('/connections/crm')).toContain(
    'The other connection of this user and client ended as well: most likely the app was removed at Zoho',
  );
});

it('another program that refreshes the same token is suspected when Zoho throttles after few requests', async () => {
  await someone.connect({ name: 'crm' });
  app.simulator.control.settings.refreshesPerWindow = 1;
  await someone.submit('/connections/crm/refresh', {}, '/connections/crm');
  await someone.submit('/connections/crm/refresh', {}, '/connections/crm');
  expect(await read('/connections/crm')).toMatch(
    /The Keeper asked (2|3) times in ten minutes, and Zoho allows ten: most likely another program refreshes the same token\./,
  );
});
