import { inProcess, type TestApp } from '../../support/start';
import { testClient } from '../../support/site';
import { formBody, send } from '../../support/http';
import { type Person, person } from '../../support/person';

const noClient = { ZOHO_CLIENT_ID: '', ZOHO_CLIENT_SECRET: '' };
const typed = { client_id: testClient.id, client_secret: testClient.secret, data_center: 'us' };
/** Where the secrets of single data centres are pasted. */
const secrets = `/clients/${testClient.id}/secrets`;
const whereToPaste = 'under “Data centres with a secret of their own”';

let app: TestApp;
let someone: Person;
afterEach(() => app.stop());

describe.each([
  ['set in the environment', {}],
  ['typed on the setup page', noClient],
])('a client %s, with a secret of its own in eu', (_where, env) => {
  let secret: string;
  beforeEach(async () => {
    await begin(env);
    if (env === noClient) await someone.submit('/setup', typed, '/setup');
    secret = app.simulator.control.regenerateSecret(testClient.id, 'eu');
  });

  it('connects nobody there before it is pasted, and says where to', async () => {
    expect((await someone.connect({ userIn: 'eu' })).text).toContain(whereToPaste);
    expect((await someone.connect({ userIn: 'us' })).text).toContain('“default” is connected.');
    expect((await someone.visit('/clients')).text).toContain(
      '<summary>Data centres with a secret of their own</summary>',
    );
  });

  it('connects and refreshes there once it is pasted, and elsewhere as before', async () => {
    await someone.connect({ name: 'home', userIn: 'us' });
    const saved = await paste('eu', secret);
    expect([saved.status, saved.headers['location']]).toEqual([303, '/clients']);
    expect((await someone.visit('/clients')).text).toContain('The secret for Europe is saved.');
    for (const userIn of ['eu', 'us', 'in'] as const) {
      expect((await someone.connect({ name: `in-${userIn}`, userIn })).text).toContain(`“in-${userIn}” is connected.`);
      expect(await refreshed(`in-${userIn}`)).toContain(`“in-${userIn}” has a new access token`);
    }
    expect(await refreshed('home')).toContain('“home” has a new access token');
  });

  it('sends each secret to its own data centre only', async () => {
    await paste('eu', secret);
    for (const userIn of ['eu', 'us', 'in'] as const) {
      await someone.connect({ name: `in-${userIn}`, userIn });
      await refreshed(`in-${userIn}`);
    }
    for (const endpoint of ['exchange', 'refresh'] as const) {
      const sent = app.simulator.control.requests({ endpoint });
      expect(sent.map(({ dataCenter, form }) => [dataCenter, form['client_secret']])).toEqual([
        ['eu', secret],
        ['us', testClient.secret],
        ['in', testClient.secret],
      ]);
    }
  });

  it('uses the main one again once it is removed, which Zoho refuses there', async () => {
    await paste('eu', secret);
    await someone.connect({ name: 'there', userIn: 'eu' });
    const removed = await someone.submit(`${secrets}/eu/delete`, {}, '/clients');
    expect([removed.status, removed.headers['location']]).toEqual([303, '/clients']);
    const { text } = await someone.visit('/clients');
    expect(text).toContain('The secret for Europe is removed.');
    expect(text).not.toContain(`${secrets}/eu/delete`);
    expect(await refreshed('there')).toContain(whereToPaste);
    expect((await someone.connect({ name: 'again', userIn: 'eu' })).text).toContain(whereToPaste);
  });

  it('can be pasted anew after a wrong one, which is reported with where to do it', async () => {
    await paste('eu', 'f'.repeat(42));
    const { text } = await someone.connect({ name: 'there', userIn: 'eu' });
    expect(text).toContain('Zoho refused the client secret (invalid_client_secret).');
    expect(text).toContain(whereToPaste);
    await paste('eu', secret);
    expect((await someone.connect({ name: 'there', userIn: 'eu' })).text).toContain('“there” is connected.');
    expect(await someone.visit('/clients').then(({ text: page }) => page.split(`${secrets}/eu/delete`))).toHaveLength(
      2,
    );
  });

  it('is stored sealed and never shown again, in no page and no log, and outlives a restart', async () => {
    const pages = [await paste('eu', secret), await someone.visit('/clients'), await paste('xx', secret)];
    await app.restart();
    pages.push(await someone.connect({ name: 'there', userIn: 'eu' }), await someone.visit('/clients'));
    expect(pages[3]?.text).toContain('“there” is connected.');
    pages.push(await someone.visit('/events'), await someone.visit('/events.jsonl'));
    const rows = await app.server.store.db.selectFrom('client_secrets').selectAll().execute();
    expect(rows).toMatchObject([{ client_id: testClient.id, data_center: 'eu' }]);
    const everything = [...pages.map(({ text }) => text), ...app.logged, JSON.stringify(rows)].join('\n');
    expect(everything).not.toContain(secret);
  });

  it('leaves a line in the audit log when it is saved and when it is removed', async () => {
    await paste('eu', secret);
    await someone.submit(`${secrets}/eu/delete`, {}, '/clients');
    expect((await post(`${secrets}/eu/delete`, {})).status).toBe(303);
    const { text } = await someone.visit(`/events.jsonl?subject=${testClient.id}`);
    const events = text
      .split('\n')
      .filter((line) => line.includes('client_secret'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toMatchObject([
      { action: 'client_secret_removed', detail: 'eu', actor: 'person' },
      { action: 'client_secret_saved', detail: 'eu', actor: 'person' },
    ]);
  });
});

describe('the form for a secret', () => {
  it.each([
    [{ data_center: 'xx' }, 'Choose one of the list.'],
    [{ data_center: '' }, 'Choose one of the list.'],
    [{ data_center: 'us' }, 'The client is registered there'],
    [{ client_secret: '' }, 'Copy it from the console.'],
    [{ client_secret: 'with spaces' }, 'has a space'],
    [{ client_secret: 'x'.repeat(201) }, 'is too long'],
  ])('is shown again with the reason, and stores nothing: %j', async (wrong, reason) => {
    await begin({});
    const fields = { data_center: 'in', client_secret: 's'.repeat(42), ...wrong };
    const answer = await someone.submit(secrets, fields, '/clients');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(reason);
    if (fields.data_center === 'in') expect(answer.text).toContain('<option value="in" selected>');
    expect(await app.server.store.db.selectFrom('client_secrets').selectAll().execute()).toEqual([]);
  });

  it('leaves out the data centre where the client is registered', async () => {
    await begin({ ZOHO_DATA_CENTER: 'eu' });
    const { text } = await someone.visit('/clients');
    const form = text.split(`action="${secrets}"`)[1]?.split('</form>')[0] ?? '';
    expect([...form.matchAll(/<option value="(\w+)"/g)].map(([, code]) => code)).toEqual([
      'us',
      'in',
      'au',
      'jp',
      'ca',
      'sa',
      'uk',
      'cn',
      'ae',
      'sg',
    ]);
  });

  it('is not there without a client, and sent all the same is answered with the way to the page', async () => {
    await begin(noClient);
    expect((await someone.visit('/clients')).text).not.toContain('/secrets');
    const answer = await post(secrets, { data_center: 'eu', client_secret: 'x' });
    expect(answer.status).toBe(404);
    expect(answer.body).toContain('is not set up here. Go back to the page Clients');
  });

  it('an unknown data centre has no secret to remove', async () => {
    await begin({});
    expect((await post(`${secrets}/xx/delete`, {})).status).toBe(404);
  });
});

describe('when the client is changed on the setup page', () => {
  beforeEach(async () => {
    await begin(noClient);
    await someone.submit('/setup', typed, '/setup');
  });

  it('another client has none of its secrets, and connections of the old one go on with them', async () => {
    await paste('eu', app.simulator.control.regenerateSecret(testClient.id, 'eu'));
    await someone.connect({ name: 'old', userIn: 'eu' });
    const other = { ...typed, client_id: '1000.ANOTHER', client_secret: 'a'.repeat(42) };
    await someone.submit('/setup', other, '/setup');
    expect((await someone.visit('/clients')).text).not.toContain('1000.ANOTHER/secrets/eu/delete');
    expect(await refreshed('old')).toContain('“old” has a new access token');
  });

  it('its main secret is the one of the data centre where it is registered now', async () => {
    await paste('eu', 'the-old-secret-of-eu');
    const secret = app.simulator.control.regenerateSecret(testClient.id, 'eu');
    await someone.submit('/setup', { ...typed, client_secret: secret, data_center: 'eu' }, '/setup');
    expect((await someone.visit('/clients')).text).toContain('not used: the client is registered there');
    expect((await someone.connect({ userIn: 'eu' })).text).toContain('“default” is connected.');
  });
});

async function begin(env: Record<string, string>): Promise<void> {
  app = await inProcess(env);
  someone = person(app);
}

function paste(dataCenter: string, secret: string) {
  return someone.submit(secrets, { data_center: dataCenter, client_secret: secret }, '/clients');
}

/** The page after a press on Refresh. */
async function refreshed(name: string): Promise<string> {
  await someone.submit(`/connections/${name}/refresh`);
  return (await someone.visit('/')).text;
}

function post(path: string, fields: Record<string, string>) {
  const form = formBody(fields);
  const headers = { ...form.headers, Cookie: someone.cookie(), 'Sec-Fetch-Site': 'same-origin' };
  return send(app.url, { method: 'POST', path, headers, body: form.body });
}
