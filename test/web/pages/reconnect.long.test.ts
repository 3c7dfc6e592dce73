import { setTimeout as wait } from 'node:timers/promises';
import BetterSqlite from 'better-sqlite3';
import { findConnection } from '../../../src/store/connections';
import { inProcess, type TestApp } from '../../support/start';
import { testClient } from '../../support/site';
import { pathOf, type Person, person, someName } from '../../support/person';
import { freshPostgres } from '../../support/postgres';
import { someKeys } from '../../support/rows';

let app: TestApp;
let someone: Person;
let name: string;
beforeAll(async () => {
  app = await inProcess();
  app.simulator.control.settings.codesPerWindow = 100;
});
afterAll(() => app.stop());
beforeEach(() => {
  [someone, name] = [person(app), someName()];
});

/** Presses Reconnect. Returns the address of the consent page. */
async function reconnecting(): Promise<URL> {
  const away = await someone.submit(`/connections/${name}/reconnect`);
  return new URL(away.headers['location'] as string);
}

function living(): string[] {
  return app.simulator.control.livingRefreshTokens(testClient.id).map(({ value }) => value);
}

describe('a reconnect', () => {
  it('whose tokens cannot be made a connection for a while ends with the new ones stored and the old ones revoked', async () => {
    await someone.connect({ name });
    const before = living();
    const { control } = app.simulator;
    control.faults.inject({ endpoint: 'userinfo', kind: 'slow', delay_ms: 500 });
    control.clearRequests();
    const callback = someone.visit(pathOf(control.authorize((await reconnecting()).href)));
    await control.arrived(1, { endpoint: 'userinfo' });
    // The answer is written down by now; from here on another program has the database for itself.
    const other = new BetterSqlite(app.server.store.file ?? '');
    other.exec('begin immediate');
    app.advance(31);
    const page = await callback.finally(() => other.close());
    expect(page.text).toContain(`Connecting “${name}” is under way, or was interrupted and is being finished.`);
    expect(living()).toHaveLength(before.length + 1);

    await app.restart();
    await control.arrived(1, { endpoint: 'revoke' });
    expect(living()).toHaveLength(before.length);
    expect(living()).not.toEqual(before);
    await someone.submit(`/connections/${name}/refresh`);
    expect((await someone.visit('/')).text).toContain(`“${name}” has a new access token`);
  }, 60_000);

  it('whose tokens cannot even be written down has them revoked, and leaves what was stored', async () => {
    await someone.connect({ name });
    const before = living();
    const { control } = app.simulator;
    control.faults.inject({ endpoint: 'exchange', kind: 'slow', delay_ms: 500 });
    control.clearRequests();
    const callback = someone.open(pathOf(control.authorize((await reconnecting()).href)));
    await control.arrived(1, { endpoint: 'exchange' });
    const other = new BetterSqlite(app.server.store.file ?? '');
    other.exec('begin immediate');
    const from = app.logged.length;
    while (!app.logged.slice(from).some((line) => line.includes('tokens could not be stored'))) await wait(50);
    app.advance(31);
    const page = await callback.finally(() => other.close());
    expect(page.status).toBe(503);
    expect(page.text).toContain('The tokens could not be stored, so they were revoked at Zoho.');
    expect(living()).toEqual(before);
    await app.restart();
    await someone.submit(`/connections/${name}/refresh`);
    const dashboard = (await someone.visit('/')).text;
    expect(dashboard).toContain(`“${name}” has a new access token`);
    expect(dashboard).toContain(`Connecting “${name}” was interrupted.`);
    expect(living()).toEqual(before);
  }, 60_000);

  it.each(['reset_mid_body', 'html_500', 'empty_200', 'hang_before_headers'] as const)(
    'at which Zoho does not tell who consented (%s) changes nothing',
    async (kind) => {
      await someone.connect({ name });
      const row = await findConnection(app.server.store, name);
      app.simulator.control.faults.inject({ endpoint: 'userinfo', kind });
      const page = await someone.visit(pathOf(app.simulator.control.authorize((await reconnecting()).href)));
      expect(page.text).toContain('Zoho did not say who consented, so the stored connection was left as it was.');
      expect(await findConnection(app.server.store, name)).toEqual(row);
    },
  );

  it('without the scope that tells who consented is taken at its word', async () => {
    await someone.connect({ name, scopes: 'ZohoCRM.modules.ALL' });
    const page = await someone.visit(pathOf(app.simulator.control.authorize((await reconnecting()).href)));
    expect(page.text).toContain(`“${name}” is connected again.`);
  });

  it('asks where the client is registered, for what was asked for before, however Zoho wrote it', async () => {
    const { settings } = app.simulator.control;
    settings.expandAll = true;
    await someone.connect({ name, userIn: 'eu', scopes: 'ZohoCRM.modules.ALL,AaaServer.profile.Read' });
    settings.expandAll = false;
    expect((await someone.visit(`/connections/${name}`)).text).toContain('ZohoCRM.modules.CREATE');
    const consent = await reconnecting();
    expect(consent.origin).toBe(app.simulator.urls.us);
    expect(consent.searchParams.get('scope')).toBe('ZohoCRM.modules.ALL,AaaServer.profile.Read');
  });
});

describe('a callback that is opened again', () => {
  it('after its connection was disconnected does not say that it is connected', async () => {
    const callback = pathOf(await someone.consent({ name }));
    expect((await someone.visit(callback)).text).toContain(`“${name}” is connected.`);
    expect((await someone.visit(callback)).text).toContain(`“${name}” is connected.`);
    await someone.submit(`/connections/${name}/revoke`);
    await someone.visit('/');
    const page = await someone.visit(callback);
    expect(page.text).toContain('has been disconnected since');
    expect(page.text).not.toContain(`“${name}” is connected.`);
  });

  it('after the Keeper was killed at it says that it was interrupted', async () => {
    const callback = pathOf(await someone.consent({ name }));
    await app.server.store.db
      .updateTable('flows')
      .set({ status: 'interrupted', error_code: 'interrupted' })
      .where('connection_name', '=', name)
      .execute();
    const page = await someone.visit(callback);
    expect(page.text).toContain('The Keeper was stopped while it exchanged the grant code');
    expect(page.text).not.toContain('is being connected');
  });
});

it.each(['access_denied', 'Access%20Denied', 'ACCESS_DENIED'])('error=%s is a person who declined', async (word) => {
  const callback = pathOf(await someone.consent({ name, accept: false }));
  const page = await someone.visit(callback.replace(/error=[^&]*/, `error=${word}`));
  expect(page.text).toContain('You declined at Zoho');
});

it('a name with signs that a database does not take is stored without them', async () => {
  const onPostgres = await inProcess({ DATABASE_URL: await freshPostgres(), ENCRYPTION_KEYS: someKeys() });
  try {
    const zuid = 9_007_199_254_740;
    const names = { firstName: '', lastName: '', displayName: 'Ma\u0000ria\u001b[1m', organisation: '', orgId: '1' };
    onPostgres.simulator.control.addUser({ zuid, email: 'maria@example.com', ...names, dataCenter: 'us' });
    await person(onPostgres).connect({ name, zuid });
    expect(await findConnection(onPostgres.server.store, name)).toMatchObject({ user_name: 'Ma ria [1m' });
  } finally {
    await onPostgres.stop();
  }
});
