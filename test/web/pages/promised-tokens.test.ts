import { addRevocation } from '../../../src/store/revocations';
import { type Program, program, someKey } from '../../support/program';
import { testClient } from '../../support/site';
import { inProcess, type TestApp } from '../../support/start';
import { pathOf, type Person, person, someName } from '../../support/person';
import { pendingRevocations } from '../../support/revocations';

let app: TestApp;
let someone: Person;
let caller: Program;
let name: string;
beforeAll(async () => {
  app = await inProcess();
  app.simulator.control.settings.codesPerWindow = 100;
  caller = program(app.url, await someKey(app.server.store));
});
afterAll(async () => {
  caller.stop();
  await app.stop();
});
beforeEach(async () => {
  [someone, name] = [person(app), someName()];
  await someone.connect({ name });
  app.simulator.control.clearRequests();
});

describe('a reconnect while a program has a token that was promised to live', () => {
  it('leaves the token alive until its end, and revokes the old refresh token then', async () => {
    const [old] = living();
    const { access_token: token, expires_in: life } = (await takeToken()).body as {
      access_token: string;
      expires_in: number;
    };
    await reconnect();
    expect(await works(token)).toBe(true);
    expect(living()).toContain(old);
    app.advance(life - 30);
    expect(await works(token)).toBe(true);
    expect(app.simulator.control.count({ endpoint: 'revoke' })).toBe(0);
    app.advance(31);
    await app.restart();
    await app.simulator.control.arrived(1, { endpoint: 'revoke' });
    expect(living()).not.toContain(old);
  });

  it('counts the last token that was given out, also by force, by the page, in a file, and from before a refresh of its own', async () => {
    for (const take of [
      async () => (await caller.post(`/api/v1/connections/${name}/refresh`)).body['access_token'] as string,
      async () =>
        (await someone.submit(`/connections/${name}/reveal`, { token: 'access_token' })).text.match(
          /1000\.\w+\.\w+/,
        )?.[0] ?? '',
      async () =>
        (await someone.submit(`/connections/${name}/export`, { format: 'env' }, `/connections/${name}`)).text.match(
          /ACCESS_TOKEN='?(1000\.\w+\.\w+)/,
        )?.[1] ?? '',
      async () => {
        const { body } = await takeToken();
        await someone.submit(`/connections/${name}/refresh`);
        return body['access_token'] as string;
      },
    ]) {
      const token = await take();
      await reconnect();
      expect(await works(token)).toBe(true);
    }
  });

  it('revokes at once when no program has a token of it', async () => {
    const [old] = living();
    await someone.submit(`/connections/${name}/refresh`);
    await reconnect();
    await app.simulator.control.arrived(1, { endpoint: 'revoke' });
    expect(living()).not.toContain(old);
  });

  it.each([
    ['revoke', 'disconnected'],
    ['delete', 'deleted'],
  ])('ends with the rest at once by %s', async (action, done) => {
    const token = (await takeToken()).body['access_token'] as string;
    await reconnect();
    await someone.submit(`/connections/${name}/${action}`, {}, `/connections/${name}`);
    expect((await someone.visit('/')).text).toContain(`“${name}” was ${done} and its tokens were revoked at Zoho.`);
    expect(await works(token)).toBe(false);
    const left = (await pendingRevocations(app.server.store)).filter((row) => row.connection_name === name);
    expect(left).toEqual([]);
  });
});

it('a disconnect is done before it says so, although a hundred and fifty others wait', async () => {
  const { store } = app.server;
  const due = new Date(app.simulator.control.now() - 60_000).toISOString();
  for (let n = 0; n < 150; n++) {
    const waiting = {
      connectionName: `gone-${n}`,
      clientId: testClient.id,
      dataCenter: 'us',
      token: `1000.gone.${n}`,
    } as const;
    await addRevocation(store, waiting, due);
  }
  const [own] = living();
  await someone.submit(`/connections/${name}/revoke`, {}, `/connections/${name}`);
  expect(living()).not.toContain(own);
  expect((await someone.visit('/')).text).toContain(`“${name}” was disconnected and its tokens were revoked at Zoho.`);
});

function takeToken() {
  return caller.get(`/api/v1/connections/${name}/token?min_ttl=3000`);
}

async function reconnect(): Promise<void> {
  const away = await someone.submit(`/connections/${name}/reconnect`);
  const page = await someone.visit(pathOf(app.simulator.control.authorize(away.headers['location'] ?? '')));
  expect(page.text).toContain(`“${name}” is connected again.`);
}

/** Living refresh tokens, the newest first. */
function living(): string[] {
  return app.simulator.control
    .livingRefreshTokens(testClient.id)
    .map(({ value }) => value)
    .toReversed();
}

async function works(token: string): Promise<boolean> {
  const headers = { Authorization: `Zoho-oauthtoken ${token}` };
  return (await fetch(`${app.simulator.urls.us}/crm/v8/org`, { headers })).ok;
}
