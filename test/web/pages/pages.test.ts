import { recentEvents } from '../../support/events';
import { unfinishedFlows } from '../../../src/store/flows';
import { inProcess, type TestApp } from '../../support/start';
import { testClient } from '../../support/site';
import { send } from '../../support/http';
import { pathOf, type Person, person, someName } from '../../support/person';

const tokenPattern = /1000\.[0-9a-f]{32}\.[0-9a-f]{32}/;

let app: TestApp;
let someone: Person;
let name: string;
beforeAll(async () => {
  app = await inProcess();
  someone = person(app);
});
afterAll(() => app.stop());
beforeEach(async () => {
  app.advance(601); // Zoho gives out ten grant codes in ten minutes.
  app.simulator.control.faults.clearFaults();
  name = someName();
  await someone.connect({ name, userIn: 'us' });
  app.simulator.control.clearRequests();
});
// A few connections are cards, on which all can be done.
afterEach(() => app.server.store.db.deleteFrom('connections').execute());

describe('Refresh now', () => {
  it('brings a new access token, says so, and leads back to the page it was pressed on', async () => {
    const before = await reveal('access_token');
    const answer = await press('refresh');
    expect(answer.headers['location']).toBe('/');
    const page = await someone.visit('/');
    expect(page.text).toContain(`“${name}” has a new access token, valid for 60 minutes.`);
    expect(await reveal('access_token')).not.toBe(before);
    expect((await someone.visit('/')).text).not.toContain('has a new access token');
    const alone = await press('refresh', {}, `/connections/${name}`);
    expect(alone.headers['location']).toBe(`/connections/${name}`);
  });

  it('cannot be pressed once the budget is used up, and page and refusal say alike when it can', async () => {
    for (let time = 0; time < 8; time++) await press('refresh');
    expect(card((await someone.visit('/')).text)).toContain('>Active<');
    // Connecting counts as well.
    for (let time = 0; time < 2; time++) await press('refresh');
    const { text } = await someone.visit('/');
    expect(card(text)).toContain('>Active<');
    const said = /The next refresh is possible <time datetime="[^"]+">in 10 minutes<\/time>\./g;
    expect(text.match(said)).toHaveLength(2);
    expect(text).not.toContain(' UTC');
    expect(card(text)).toMatch(/<button[^>]* disabled[^>]*>Refresh now/);
    app.advance(611);
    expect(card((await someone.visit('/')).text)).toContain('>Active<');
  });

  it('is listed with what asked for it and how it ended', async () => {
    await press('refresh');
    fail('refresh', 'html_503');
    await press('refresh');
    const { text } = await someone.visit(`/connections/${name}`);
    expect(text).toMatch(/New access token<\/span>[^]*by hand/);
    expect(text).toContain('Zoho is having problems at the moment');
  });
});

describe('a refresh that fails', () => {
  it('shows the reason and the next step, and the token that still lives stays', async () => {
    const before = await reveal('access_token');
    fail('refresh', 'general_error');
    await press('refresh');
    const { text } = await someone.visit('/');
    expect(text).toContain(`“${name}” was not refreshed.`);
    // Once: the connection itself says it.
    expect(text.split('Zoho reported an internal error (general_error).')).toHaveLength(2);
    expect(text).toContain('Try again in a moment.');
    expect(card(text)).toContain('>Waiting<');
    expect(await reveal('access_token')).toBe(before);
  });

  it('because Zoho has had enough shows until when, and asks no more before', async () => {
    fail('refresh', 'access_denied');
    await press('refresh');
    const shown = card((await someone.visit('/')).text);
    expect(shown).toMatch(/>Waiting<[^]*next refresh is possible <time datetime="[^"]+">in 10 minutes/);
    expect(shown).toMatch(/<button[^>]* disabled aria-describedby="wait-[^"]+">Refresh now/);
    await press('refresh');
    expect((await someone.visit('/')).text).toContain(`“${name}” was not refreshed.`);
    expect(app.simulator.control.count({ endpoint: 'refresh' })).toBe(1);
    app.advance(601);
    await press('refresh');
    expect(card((await someone.visit('/')).text)).toContain('>Active<');
  });

  it('once because of the refresh token is not believed yet; the second time, a minute later, it is', async () => {
    fail('refresh', 'invalid_code');
    await press('refresh');
    expect(card((await someone.visit('/')).text)).toContain('>Waiting<');
    fail('refresh', 'invalid_code');
    app.advance(61);
    await press('refresh');
    const shown = card((await someone.visit('/')).text);
    expect(shown).toContain('>Broken<');
    expect(shown).toContain('Zoho no longer accepts the refresh token');
    expect(shown).not.toContain('/refresh"');
  });

  it('once and then succeeds leaves no trace of doubt', async () => {
    fail('refresh', 'invalid_code');
    await press('refresh');
    app.advance(61);
    await press('refresh');
    expect(card((await someone.visit('/')).text)).toContain('>Active<');
    fail('refresh', 'invalid_code');
    app.advance(61);
    await press('refresh');
    expect(card((await someone.visit('/')).text)).toContain('>Waiting<');
  });

  it('because the grant was ended at Zoho is healed by Reconnect', async () => {
    app.simulator.control.removeApp(userId(), testClient.id);
    for (let time = 0; time < 2; time++) {
      await press('refresh');
      app.advance(61);
    }
    expect(card((await someone.visit('/')).text)).toContain('>Broken<');
    const away = await press('reconnect');
    await someone.visit(pathOf(app.simulator.control.authorize(String(away.headers['location']), { zuid: userId() })));
    expect(card((await someone.visit('/')).text)).toContain('>Active<');
  });
});

describe('Copy', () => {
  it.each(['access_token', 'refresh_token'])(
    'gives the %s as text to the script, and on a page without it',
    async (kind) => {
      const token = await reveal(kind);
      expect(token).toMatch(new RegExp(`^${tokenPattern.source}$`));
      const page = await press('reveal', { token: kind });
      expect(page.text).toContain(`value="${token}"`);
      expect(page.headers['cache-control']).toBe('no-store');
    },
  );

  it('is recorded, and only at the click does a token leave', async () => {
    for (const path of ['/', `/connections/${name}`])
      expect((await someone.visit(path)).text).not.toMatch(tokenPattern);
    expect((await events()).map(({ action }) => action)).not.toContain('token_revealed');
    await reveal('refresh_token');
    expect(await events()).toContainEqual(
      expect.objectContaining({ action: 'token_revealed', detail: 'refresh_token' }),
    );
  });

  it.each(['', 'password', 'client_secret', '__proto__'])('gives nothing else, such as %j', async (kind) => {
    const answer = await press('reveal', { token: kind });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toMatch(tokenPattern);
  });
});

describe('Disconnect', () => {
  it('ends the tokens at Zoho and here, and keeps the connection to be reconnected', async () => {
    const token = await reveal('refresh_token');
    await press('revoke');
    const { text } = await someone.visit('/');
    expect(text).toContain(`“${name}” was disconnected and its tokens were revoked at Zoho.`);
    expect(living()).not.toContain(token);
    expect(card(text)).toContain('Disconnected');
    expect(card(text)).not.toMatch(/\/(refresh|reveal|revoke)"/);
    expect(card(text)).toContain('/reconnect"');
  });

  it('while Zoho is away takes the tokens out of use at once, and tells Zoho when it is back', async () => {
    const token = await reveal('refresh_token');
    fail('revoke', 'html_503');
    await press('revoke');
    expect((await someone.visit('/')).text).toContain('Zoho could not be told to revoke its tokens yet.');
    expect(living()).toContain(token);
    app.advance(60);
    await app.restart();
    await app.simulator.control.arrived(2, { endpoint: 'revoke' });
    expect(living()).not.toContain(token);
  });
});

describe('Delete', () => {
  it('ends the tokens at Zoho and forgets the connection', async () => {
    const token = await reveal('refresh_token');
    await press('delete', {}, `/connections/${name}`);
    expect((await someone.visit('/')).text).toContain(`“${name}” was deleted and its tokens were revoked at Zoho.`);
    expect(living()).not.toContain(token);
    expect((await someone.visit(`/connections/${name}`)).status).toBe(404);
    expect((await events()).map(({ action }) => action)).toContain('deleted');
  });

  it('makes the name free for somebody else', async () => {
    await press('delete', {}, `/connections/${name}`);
    expect((await someone.connect({ name, userIn: 'eu' })).text).toContain(`“${name}” is connected.`);
  });
});

describe('a connect that a crash cut short', () => {
  it('is told on the dashboard until somebody dismisses it', async () => {
    await interrupted('half-done');
    expect((await someone.visit('/')).text).toContain('Connecting “half-done” was interrupted.');
    const [flow] = await unfinishedFlows(app.server.store);
    await someone.submit(`/flows/${flow?.id}/dismiss`);
    expect((await someone.visit('/')).text).not.toContain('half-done');
  });

  it('is not told any more once that name is connected', async () => {
    await interrupted('second-try');
    await someone.connect({ name: 'second-try' });
    expect((await someone.visit('/')).text).not.toContain('Connecting “second-try”');
  });
});

it('the dashboard with all that it loads stays under 150 kB', async () => {
  const fresh = await inProcess();
  const { text } = await person(fresh).connect();
  const addresses = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, address = '']) => address);
  const files = await Promise.all([...new Set(addresses)].map((path) => send(fresh.url, { path })));
  await fresh.stop();
  expect(text).toContain('“default” is connected.');
  expect(new Set(files.map(({ status }) => status))).toEqual(new Set([200]));
  const bytes = files.reduce((sum, { body }) => sum + Buffer.byteLength(body), Buffer.byteLength(text));
  expect(bytes).toBeLessThan(150_000);
});

function press(action: string, fields: Record<string, string> = {}, page = '/') {
  return someone.submit(`/connections/${name}/${action}`, fields, page);
}

async function reveal(kind: string): Promise<string> {
  const answer = await send(app.url, {
    method: 'POST',
    path: `/connections/${name}/reveal`,
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Accept: 'text/plain',
      Origin: app.url,
      Cookie: someone.cookie(),
    },
    body: new URLSearchParams({ token: kind }).toString(),
  });
  expect(answer.status).toBe(200);
  return answer.body;
}

function fail(
  endpoint: 'refresh' | 'revoke',
  kind: Parameters<typeof app.simulator.control.faults.inject>[0]['kind'],
): void {
  app.simulator.control.faults.inject({ endpoint, kind });
}

/** The part of the dashboard that shows this connection. */
function card(text: string): string {
  const found = text
    .split('<article')
    .slice(1)
    .find((part) => part.includes(`href="/connections/${name}"`));
  return found?.split('</article>')[0] ?? '';
}

function living(): string[] {
  return app.simulator.control.livingRefreshTokens(testClient.id).map((token) => token.value);
}

function userId(): number {
  return app.simulator.control.users().find((user) => user.dataCenter === 'us')?.zuid ?? 0;
}

async function events() {
  return (await recentEvents(app.server.store, 100)).filter((event) => event.subject === name);
}

async function interrupted(connectionName: string): Promise<void> {
  await someone.consent({ name: connectionName });
  const { db } = app.server.store;
  await db.updateTable('flows').set({ status: 'interrupted' }).where('connection_name', '=', connectionName).execute();
}
