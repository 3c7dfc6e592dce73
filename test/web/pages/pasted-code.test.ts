import { saveClient } from '../../../src/store/clients';
import { recentEvents } from '../../support/events';
import { person, someName } from '../../support/person';
import { testClient } from '../../support/site';
import { inProcess, type TestApp } from '../../support/start';

const unknownCode = '1000.deaddeaddeaddeaddeaddeaddeaddead.deaddeaddeaddeaddeaddeaddeaddead';
const scopes = 'ZohoCRM.org.READ,AaaServer.profile.READ';

let app: TestApp;
beforeAll(async () => {
  app = await inProcess();
});
afterAll(() => app.stop());
beforeEach(() => {
  app.advance(601);
  app.simulator.control.clearRequests();
});

function somebodyIn(dataCenter: string): number {
  return app.simulator.control.users().find((user) => user.dataCenter === dataCenter)?.zuid ?? 0;
}

function exchanges() {
  return app.simulator.control.requests({ endpoint: 'exchange' });
}

async function rowOf(name: string) {
  return app.server.store.db.selectFrom('connections').selectAll().where('name', '=', name).executeTakeFirst();
}

/** The authorization URL that the page makes. */
async function addressFor(fields: Record<string, string>, someone = person(app)): Promise<string> {
  const { text } = await someone.submit('/connect/code/address', fields, '/connect/code');
  const [, address = ''] = /<code id="address">([^<]*)<\/code>/.exec(text) ?? [];
  return address.replaceAll('&amp;', '&');
}

function paste(code: string, fields: Record<string, string> = {}, someone = person(app)) {
  return someone.submit('/connect/code', { code, ...fields }, '/connect/code');
}

describe('an authorization URL that is opened elsewhere', () => {
  it.each(['us', 'eu', 'in', 'ca'])('connects somebody of %s when what it led to is pasted', async (dataCenter) => {
    const name = someName();
    const callback = app.simulator.control.authorize(await addressFor({ name, scopes }), {
      zuid: somebodyIn(dataCenter),
    });
    const answer = await paste(`\n "${callback}" `);
    expect([answer.status, answer.headers['location']]).toEqual([303, `/connections/${name}`]);
    expect(await rowOf(name)).toMatchObject({ data_center: dataCenter, status: 'active', asked_data_center: 'us' });
    const [exchange, ...more] = exchanges();
    expect(more).toEqual([]);
    expect(exchange?.form).toMatchObject({
      redirect_uri: `${app.url}/oauth/callback`,
      code_verifier: expect.any(String) as string,
    });
    const [event] = await recentEvents(app.server.store, 1);
    expect(event).toMatchObject({ action: 'connected', subject: name, actor: 'person' });
  });

  it('is not made of a slip in the scopes without a question', async () => {
    const fields = { name: someName(), scopes: 'ZohoDesk.tickets.READ' };
    const answer = await person(app).submit('/connect/code/address', fields, '/connect/code');
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('Use Desk.tickets.READ') as string]);
    const taken = new URL(await addressFor({ ...fields, take: 'yes' }));
    expect(taken.searchParams.get('scope')).toBe('Desk.tickets.READ');
  });

  it('says until when it is good', async () => {
    const { text } = await person(app).submit('/connect/code/address', { name: someName() }, '/connect/code');
    expect(text).toMatch(/itself ends <time data-left datetime="[^"]*">in 10 minutes<\/time>/);
  });

  it('connects once when it is pasted twice at the same time, and tells both', async () => {
    const name = someName();
    const callback = app.simulator.control.authorize(await addressFor({ name }));
    const answers = await Promise.all([paste(callback), paste(callback)]);
    expect(answers.map(({ status }) => status)).toEqual([303, 303]);
    expect(exchanges()).toHaveLength(1);
    expect((await paste(callback)).headers['location']).toBe(`/connections/${name}`);
    expect(exchanges()).toHaveLength(1);
  });

  it('that is too old, or was declined, is told in words', async () => {
    const [old, declined] = [await addressFor({ name: someName() }), await addressFor({ name: someName() })];
    const refused = await paste(app.simulator.control.authorize(declined, { accept: false }));
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('You declined at Zoho') as string]);
    const callback = app.simulator.control.authorize(old);
    app.advance(601);
    expect((await paste(callback)).text).toContain('more than ten minutes');
    expect(exchanges()).toHaveLength(0);
  });

  it('is not taken for another connection than it was made for, and stays good', async () => {
    const name = someName();
    const callback = app.simulator.control.authorize(await addressFor({ name }));
    const refused = await paste(callback, { name: 'another' });
    expect([refused.status, refused.text]).toEqual([
      409,
      expect.stringContaining(`was made for “${name}”, not for “another”`) as string,
    ]);
    expect((await paste(callback, { name })).headers['location']).toBe(`/connections/${name}`);
  });

  it('renews a connection of the same user, and keeps a foreign one out', async () => {
    const [name, someone] = [someName(), person(app)];
    await someone.connect({ name, zuid: somebodyIn('eu') });
    const taken = await someone.submit('/connect/code/address', { name }, '/connect/code');
    expect([taken.status, taken.text]).toEqual([409, expect.stringContaining('Choose another name') as string]);
    const before = await rowOf(name);
    const foreign = await addressFor({ name, reconnect: 'yes' });
    const refused = await paste(app.simulator.control.authorize(foreign, { zuid: somebodyIn('us') }));
    expect(refused.text).toContain('Somebody else than before consented at Zoho');
    expect((await rowOf(name))?.refresh_token_id).toBe(before?.refresh_token_id);
    const own = await addressFor({ name, reconnect: 'yes' });
    await paste(app.simulator.control.authorize(own, { zuid: somebodyIn('eu') }));
    const after = await rowOf(name);
    expect(after).toMatchObject({ id: before?.id, status: 'active' });
    expect(after?.refresh_token_id).not.toBe(before?.refresh_token_id);
  });
});

describe('an authorization URL that was not made here, and has no state', () => {
  const redirectUri = 'http://localhost:3000/elsewhere';
  const client = { ...testClient, id: '1000.ELSEWHERE0000000000000000000000' };
  beforeAll(async () => {
    app.simulator.control.addClient({ ...client, redirectUris: [redirectUri], dataCenter: 'us' });
    const known = { clientId: client.id, secret: client.secret, dataCenter: 'us' } as const;
    await saveClient(app.server.store, known, '2026-01-01T00:00:00.000Z');
  });

  function consent(): string {
    const query = new URLSearchParams({ client_id: client.id, redirect_uri: redirectUri, scope: scopes });
    const rest = 'response_type=code&access_type=offline&prompt=consent';
    return app.simulator.control.authorize(`${app.simulator.urls.us}/oauth/v2/auth?${query.toString()}&${rest}`);
  }

  it('connects when the whole address that it led to is pasted', async () => {
    const name = someName();
    const answer = await paste(consent(), { name, client_id: client.id });
    expect(answer.headers['location']).toBe(`/connections/${name}`);
    expect(exchanges()[0]?.form).toMatchObject({ redirect_uri: redirectUri });
  });

  it('is not taken without a state for one of our own, which always has one', async () => {
    const name = someName();
    const callback = `${app.url}/oauth/callback?${new URL(consent()).searchParams.toString()}`;
    const { status, text } = await paste(callback, { name, client_id: client.id });
    expect([status, text.includes('was not made here')]).toEqual([400, true]);
    expect(exchanges()).toEqual([]);
  });

  it('is told in words that its code alone does not do, and so is whoever pastes it twice', async () => {
    const [name, code] = [someName(), new URL(consent()).searchParams.get('code') ?? ''];
    for (const _time of ['first', 'second']) {
      const { status, text } = await paste(code, { name, client_id: client.id });
      expect([status, text.includes('and none was said: it was not made under Self Client.')]).toEqual([400, true]);
    }
    expect((await person(app).visit('/')).text).not.toContain('was interrupted');
    expect(await rowOf(name)).toBeUndefined();
  });
});

describe('a code of the console', () => {
  let self: { id: string; secret: string };
  beforeAll(async () => {
    self = app.simulator.control.selfClient(somebodyIn('eu'));
    const client = { clientId: self.id, secret: self.secret, dataCenter: 'eu' } as const;
    await saveClient(app.server.store, client, '2026-01-01T00:00:00.000Z');
  });

  function someCode(minutes = 3): string {
    return app.simulator.control.selfClientCode(somebodyIn('eu'), scopes, minutes);
  }

  it('is exchanged without a redirect URI, and renews its connection later', async () => {
    const name = someName();
    const answer = await paste(someCode(), { name, client_id: self.id, scopes });
    expect(answer.headers['location']).toBe(`/connections/${name}`);
    expect(exchanges()[0]?.form).not.toHaveProperty('redirect_uri');
    expect(await rowOf(name)).toMatchObject({ client_id: self.id, data_center: 'eu', status: 'active' });
    expect(new URL(await addressFor({ client_id: self.id })).searchParams.get('client_id')).toBe(self.id);
    const { text } = await paste(someCode(), { name });
    expect(text).toContain(`There is a connection called “${name}” already.`);
    expect((await paste(someCode(), { name, reconnect: 'yes' })).headers['location']).toBe(`/connections/${name}`);
  });

  it('leads to this page again for a reconnect, since its client has no redirect URI', async () => {
    const [name, asked] = [someName(), someName()];
    await paste(someCode(), { name, client_id: self.id });
    await paste(app.simulator.control.authorize(await addressFor({ name: asked })));
    const { text } = await person(app).open(`/connections/${name}`);
    const [, way = ''] = /href="([^"]*)">Reconnect</.exec(text) ?? [];
    expect(way).toBe(`/connect/code?name=${name}&amp;reconnect=yes`);
    const page = await person(app).open(way.replace('&amp;', '&'));
    expect(page.text).toContain(`<h1>Reconnect “${name}”</h1>`);
    expect(page.text).toContain(`action="/connections/${name}/reconnect"`);
    expect(page.text.match(/name="reconnect" value="yes" checked/g)).toHaveLength(2);
    expect((await person(app).open(`/connections/${asked}`)).text).not.toContain(way);
  });

  it('is not said to have fewer scopes than were asked for, which nobody knows', async () => {
    const name = someName();
    const answer = await paste(someCode(), { name, client_id: self.id });
    expect(answer.status).toBe(303);
    expect((await person(app).visit(`/connections/${name}`)).text).not.toContain('does not list');
    expect((await rowOf(name))?.asked_scopes).toBe((await rowOf(name))?.scopes);
  });

  it('comes with its client and scopes in self_client.json', async () => {
    const name = someName();
    const file = JSON.stringify({ client_id: self.id, client_secret: self.secret, code: someCode(), scope: scopes });
    expect((await paste(file, { name })).headers['location']).toBe(`/connections/${name}`);
    expect(await rowOf(name)).toMatchObject({ client_id: self.id, asked_scopes: scopes.replace(',', ' ') });
  });

  it('that has ended, as its self_client.json says, is told so and not sent to Zoho', async () => {
    const name = someName();
    const ended = { client_id: self.id, code: someCode(), scope: scopes, expiry_time: app.now().getTime() - 90_000 };
    const answer = await paste(JSON.stringify(ended), { name });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('This code ended 90 seconds ago')]);
    expect(exchanges()).toEqual([]);
    const good = { ...ended, expiry_time: app.now().getTime() + 60_000 };
    expect((await paste(JSON.stringify(good), { name })).headers['location']).toBe(`/connections/${name}`);
  });

  it('is exchanged once when the form is sent twice', async () => {
    const [name, code] = [someName(), someCode()];
    await Promise.all([1, 2, 3].map(() => paste(code, { name, client_id: self.id })));
    expect(exchanges()).toHaveLength(1);
    expect(await rowOf(name)).toMatchObject({ status: 'active' });
  });

  it.each<[what: string, words: string, fields: (code: string) => Record<string, string>]>([
    [
      'of nobody',
      'it was used already, is older than a minute, or belongs to another data centre',
      () => ({ code: unknownCode }),
    ],
    ['with the wrong client', 'Zoho does not know this client', (code) => ({ code, client_id: testClient.id })],
    [
      'at the wrong data centre',
      'most likely United States is not switched on for it',
      (code) => ({ code, data_center: 'us' }),
    ],
    ['with a client that is not set up', 'is not set up here', (code) => ({ code, client_id: '1000.NOBODY' })],
    ['with a bad name', 'That name cannot be used.', (code) => ({ code, name: 'No Name' })],
    ['with bad scopes', 'which is no scope', (code) => ({ code, scopes: 'everything!' })],
    ['with a state of nobody', 'was not made here', (code) => ({ code: `?state=x&code=${code}` })],
    ['that is none', 'There is no code in what was pasted.', () => ({ code: 'Accept' })],
  ])('%s is told in words, and nothing is stored', async (_what, words, fields) => {
    const [name, code] = [someName(), someCode()];
    const answer = await paste(code, { name, client_id: self.id, ...fields(code) });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.text).toContain(words);
    expect(answer.text).not.toContain(code);
    expect(await rowOf(name)).toBeUndefined();
    expect(app.logged.join('\n')).not.toContain(code);
  });

  it('with a data centre that is not Zoho’s causes no call at all', async () => {
    for (const server of [
      'https://evil.test',
      'https://accounts.zoho.eu.evil.test',
      'https://accounts.zoho.eu@evil.test',
    ]) {
      const code = `https://x.test/?code=${someCode()}&location=eu&accounts-server=${encodeURIComponent(server)}&`;
      const answer = await paste(code, { name: someName(), client_id: self.id });
      expect(answer.text).toContain('named a data centre that is not Zoho’s');
    }
    expect(app.simulator.control.count({ endpoint: 'any' })).toBe(0);
  });
});
