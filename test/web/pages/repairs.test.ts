import { type Program, program, someKey } from '../../support/program';
import { testClient } from '../../support/site';
import { inProcess, runCommand, type TestApp } from '../../support/start';
import { pathOf, type Person, person } from '../../support/person';

const other = { id: '1000.OTHERCLIENT00000000000000000000', secret: 'abcdef0123456789abcdef0123456789abcdef0123' };

let app: TestApp;
let someone: Person;
let caller: Program;
afterEach(async () => {
  caller.stop();
  await app.stop();
});

async function start(env: Record<string, string> = {}): Promise<void> {
  app = await inProcess(env);
  someone = person(app);
  caller = program(app.url, await someKey(app.server.store));
}

/** A connection whose token has ended and whose last refresh failed, so that the next one has to wait. */
async function refused(code: string): Promise<void> {
  app.advance(3601);
  const answer = await take();
  expect([answer.status, answer.body['detail']]).toEqual([502, expect.stringContaining(code)]);
  const { db } = app.server.store;
  const until = new Date(app.simulator.control.now() + 300_000).toISOString();
  await db.updateTable('connections').set({ retry_at: until, failures: 12 }).execute();
  expect((await take()).body['detail']).toContain(code);
}

function take() {
  return caller.get('/api/v1/connections/crm/token?min_ttl=60');
}

describe('the old refusal is over', () => {
  it('as soon as the right secret of the client is saved', async () => {
    await start({ ZOHO_CLIENT_ID: '', ZOHO_CLIENT_SECRET: '' });
    await someone.submit(
      '/setup',
      { client_id: testClient.id, client_secret: testClient.secret, data_center: 'us' },
      '/setup',
    );
    await someone.connect({ name: 'crm' });
    const secret = app.simulator.control.regenerateSecret(testClient.id);
    await refused('invalid_client_secret');
    await someone.submit('/setup', { client_id: testClient.id, client_secret: secret, data_center: 'us' }, '/setup');
    expect((await take()).status).toBe(200);
  });

  it('as soon as the secret of its data centre is saved', async () => {
    await start();
    await someone.connect({ name: 'crm', userIn: 'eu' });
    const secret = app.simulator.control.regenerateSecret(testClient.id, 'eu');
    await refused('invalid_client');
    await someone.submit(`/clients/${testClient.id}/secrets`, { data_center: 'eu', client_secret: secret }, '/clients');
    expect((await take()).status).toBe(200);
  });

  it('as soon as the Keeper is started, where the client of the environment is read', async () => {
    await start();
    await someone.connect({ name: 'crm' });
    const { control } = app.simulator;
    control.faults.inject({ endpoint: 'refresh', kind: 'invalid_client_secret' });
    await refused('invalid_client_secret');
    await app.restart();
    caller.stop();
    expect((await take()).status).toBe(200);
  });

  it('as soon as a damaged secret of the client is saved anew', async () => {
    await start({ ZOHO_CLIENT_ID: '', ZOHO_CLIENT_SECRET: '' });
    const typed = { client_id: testClient.id, client_secret: testClient.secret, data_center: 'us' };
    await someone.submit('/setup', typed, '/setup');
    await someone.connect({ name: 'crm' });
    await app.server.store.db.updateTable('clients').set({ secret_sealed: 'v1.k.damaged' }).execute();
    await refused('The stored secret of the client cannot be decrypted');
    const row = await app.server.store.db.selectFrom('connections').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ status: 'active', error_code: 'client_damaged' });
    await someone.submit('/setup', typed, '/setup');
    expect((await take()).status).toBe(200);
  });
});

describe('connections of a client that the environment names no more', () => {
  beforeEach(async () => {
    await start();
    app.simulator.control.addClient({
      ...other,
      redirectUris: [`${app.url}/oauth/callback`],
      dataCenter: 'us',
      name: 'Other',
    });
    await someone.connect({ name: 'crm' });
    // As if the connection had been made when the environment named the other client.
    const { db } = app.server.store;
    await db.deleteFrom('connections').execute();
    const away = await someone.submit('/connect', { name: 'crm' });
    const consent = new URL(away.headers['location'] as string);
    consent.searchParams.set('client_id', other.id);
    await db.updateTable('flows').set({ client_id: other.id }).where('status', '=', 'issued').execute();
    await db
      .insertInto('clients')
      .values({ client_id: other.id, data_center: 'us', secret_sealed: sealed(), saved_at: '', default_since: '' })
      .execute();
    await someone.visit(pathOf(app.simulator.control.authorize(consent.href)));
    await db.deleteFrom('clients').execute();
  });

  it('are counted at the start and by doctor, which name the client', async () => {
    const from = app.logged.length;
    await app.restart();
    const said = `1 connection was made with the client ${other.id}, which is not set up here`;
    expect(app.logged.slice(from).join('\n')).toContain(said);
    const { code, stdout } = await runCommand(app, ['doctor']);
    expect([code, stdout]).toEqual([1, expect.stringContaining(said)]);
  });

  it('get tokens again once it is set up beside the environment’s, which stays the default one', async () => {
    await refused('is not set up here any more');
    expect((await someone.visit('/clients')).text).toContain(
      `made with <code>${other.id}</code>, which is not set up here`,
    );
    const wrong = await someone.submit(
      '/clients',
      { client_id: other.id, client_secret: '', data_center: 'us' },
      '/clients',
    );
    expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('Copy it from the console')]);
    await someone.submit(
      '/clients',
      { client_id: other.id, client_secret: other.secret, data_center: 'us' },
      '/clients',
    );
    const page = await someone.visit('/clients');
    expect(page.text).toContain(`The client ${other.id} is saved.`);
    expect(page.text).not.toContain(other.secret);
    expect((await take()).status).toBe(200);
    // Its secret may be made anew at Zoho, so there is still a place for it.
    const secret = app.simulator.control.regenerateSecret(other.id);
    await refused('invalid_client_secret');
    await someone.submit('/clients', { client_id: other.id, client_secret: secret, data_center: 'us' }, '/clients');
    expect((await take()).status).toBe(200);
    const away = await someone.submit('/connect', { name: 'new' });
    expect(new URL(away.headers['location'] as string).searchParams.get('client_id')).toBe(testClient.id);
  });

  it('cannot be had by changing the client of the environment on the page', async () => {
    const fields = { client_id: testClient.id, client_secret: 'x', data_center: 'us' };
    const answer = await someone.submit('/clients', fields, '/clients');
    expect([answer.status, answer.text]).toEqual([409, expect.stringContaining('set by the environment')]);
  });

  function sealed(): string {
    return app.server.store.cipher.seal(other.secret, { column: 'clients.secret', row: other.id });
  }
});
