import { recentEvents } from '../../support/events';
import { type Person, person } from '../../support/person';
import { testClient } from '../../support/site';
import { inProcess, type TestApp } from '../../support/start';

const dead = '1000.deaddeaddeaddeaddeaddeaddeaddead.deaddeaddeaddeaddeaddeaddeaddead';

let app: TestApp;
let someone: Person;
beforeAll(async () => {
  app = await inProcess();
  Object.assign(app.simulator.control.settings, { refreshesPerWindow: 1000 });
  someone = person(app);
});
afterAll(() => app.stop());

/** A refresh token of somebody in Europe that the Keeper does not know (any more). */
async function someToken(): Promise<string> {
  await someone.connect({ name: 'before', userIn: 'eu' });
  await app.server.store.db.deleteFrom('connections').where('name', '=', 'before').execute();
  return app.simulator.control.minted().findLast(({ kind }) => kind === 'refresh_token')?.value ?? '';
}

async function names(): Promise<string[]> {
  const rows = await app.server.store.db.selectFrom('connections').select('name').orderBy('name').execute();
  return rows.map(({ name }) => name);
}

describe('Import', () => {
  it('is offered on the dashboard, and leads from a .env to a valid connection with one paste', async () => {
    const token = await someToken();
    expect((await someone.visit('/')).text).toContain('<a href="/import">I have a refresh token already</a>');
    const content = `CLIENT_ID=${testClient.id}\r\nCLIENT_SECRET=${testClient.secret}\r\nREFRESH_TOKEN=${token}\r\n`;
    const answer = await someone.submit('/import', { content }, '/import');
    expect([answer.status, answer.headers['location']]).toEqual([303, '/connections/default']);
    const page = (await someone.visit('/connections/default')).text;
    expect(page).toContain('“default” is connected.');
    expect(page).toContain('Europe');
    const [event] = await recentEvents(app.server.store, 1);
    expect(event).toMatchObject({ action: 'imported', subject: 'default', actor: 'person' });
    expect((await someone.visit('/events')).text).toContain('Imported the connection');
  });

  it('says of each what became of it, and shows nothing of what was pasted', async () => {
    const token = await someToken();
    const list = [{ name: 'sales', refresh_token: token }, { refresh_token: dead }];
    const content = JSON.stringify(list);
    const { text } = await someone.submit('/import', { content }, '/import');
    expect(text).toContain('“sales” is connected.');
    expect(text).toContain('number 2: Zoho refused the refresh token at every data centre');
    expect(text).not.toContain(token);
    expect(text).not.toContain(dead);
    expect(await names()).toContain('sales');
    expect((await someone.submit('/import', { content }, '/import')).text).toContain(
      '“sales” has this refresh token already, so nothing was stored.',
    );
    expect((await names()).filter((name) => name.startsWith('sales'))).toEqual(['sales']);
    for (const secret of [token, dead]) expect(app.logged.join('\n')).not.toContain(secret);
  });

  it('stores one connection when the form is sent twice at once', async () => {
    const fields = { content: await someToken(), name: 'twice' };
    await Promise.all([someone.submit('/import', fields, '/import'), someone.submit('/import', fields, '/import')]);
    expect((await names()).filter((name) => name.startsWith('twice'))).toEqual(['twice']);
  });

  it('takes files of some hundred kilobytes, with the NULs of PHP', async () => {
    const content = `# ${'x'.repeat(300_000)}\nREFRESH_TOKEN=${await someToken()}\0\n`;
    const answer = await someone.submit('/import', { content, name: 'long' }, '/import');
    expect(answer.headers['location']).toBe('/connections/long');
  });

  it.each([
    ['It is a text without a refresh token.', { content: 'nothing of use' }],
    ['That name cannot be used.', { content: dead, name: 'No Name' }],
    ['There is no such data centre.', { content: dead, data_center: 'xx' }],
    ['a page takes 50 at a time. Use the command', { content: listOf(51) }],
  ])('says “%s” and stores nothing', async (words, fields) => {
    const before = await names();
    const answer = await someone.submit('/import', fields, '/import');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(words);
    expect(await names()).toEqual(before);
  });
});

function listOf(length: number): string {
  return JSON.stringify(Array.from({ length }, (_, n) => ({ refresh_token: `${dead}${n}` })));
}
