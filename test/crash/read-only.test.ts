import { sql } from 'kysely';
import { databases, query } from '../support/postgres';
import { person, type Person } from '../support/person';
import { program, someKey, tokenPath } from '../support/program';
import { inProcess, type TestApp } from '../support/start';

const password = 'a long password of somebody';

describe.each(databases)('%s that can be read but not written', (kind, freshDatabase) => {
  let app: TestApp;
  let owner: Person;
  let key: string;
  beforeAll(async () => {
    const url = await freshDatabase();
    const encryption = kind === 'SQLite' ? {} : { ENCRYPTION_KEYS: `one:${Buffer.alloc(32).toString('base64')}` };
    app = await inProcess({ DATABASE_URL: url, DASHBOARD_PASSWORD: password, ...encryption });
    owner = person(app);
    await owner.submit('/login', { password }, '/login');
    await owner.connect({ name: 'stored' });
    key = await someKey(app.server.store);
    if (kind === 'SQLite') await sql`pragma query_only = on`.execute(app.server.store.db);
    else await makeReadOnly(url);
  });
  afterAll(() => app.stop());

  it('is told in words to whoever signs in, whatever the password', async () => {
    for (const typed of [password, 'another one']) {
      const { status, text } = await person(app).submit('/login', { password: typed }, '/login');
      expect([status, text]).toEqual([503, expect.stringContaining('database cannot be written')]);
    }
  });

  it.each([
    ['/connect', { name: 'another' }, '/'],
    ['/connections/stored/refresh', {}, '/connections/stored'],
    ['/connections/stored/try', { product: 'crm' }, '/connections/stored'],
    ['/keys', { name: 'a key', connections: 'stored' }, '/keys/new'],
    ['/logout', {}, '/'],
  ])('is told in words to whoever sends the form %s', async (action, fields, page) => {
    const { status, text } = await owner.submit(action, fields, page);
    expect([status, text]).toEqual([503, expect.stringContaining('database cannot be written')]);
  });

  it('still serves tokens and pages of what is stored', async () => {
    app.advance(100); // Over a minute after the last use, the session wants to be stored.
    const script = program(app.url, key);
    expect((await script.get(tokenPath('stored'))).status).toBe(200);
    script.stop();
    expect(await owner.visit('/')).toMatchObject({ status: 200, text: expect.stringContaining('</html>') });
  });
});

/** Connections that are open already go on as they began, so they are ended. */
async function makeReadOnly(url: string): Promise<void> {
  await query(url, `alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = on`);
  await query(
    url,
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
}
