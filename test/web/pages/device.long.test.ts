import { setTimeout as sleep } from 'node:timers/promises';
import { saveClient } from '../../../src/store/clients';
import { recentEvents } from '../../support/events';
import { type Person, person, someName } from '../../support/person';
import { post } from '../../support/simulator';
import { testClient } from '../../support/site';
import { inProcess, type TestApp } from '../../support/start';

const device = { id: '1004.TELEVISION', secret: 's'.repeat(42) };
const scopes = 'ZohoCRM.org.READ,AaaServer.profile.READ';

let app: TestApp;
let someone: Person;
beforeAll(async () => {
  app = await inProcess({ ZOHO_CLIENT_ID: device.id, ZOHO_CLIENT_SECRET: device.secret });
  app.simulator.control.addClient({ ...device, redirectUris: [], dataCenter: 'us', type: 'device' });
  someone = person(app);
});
afterAll(() => app.stop());
beforeEach(() => app.simulator.control.clearRequests());

async function begin(fields: Record<string, string> = {}): Promise<{ page: string; userCode: string; name: string }> {
  const name = fields['name'] ?? someName();
  const answer = await someone.submit('/connect/device', { name, scopes, ...fields }, '/connect/device');
  expect(answer.status).toBe(303);
  const page = answer.headers['location'] as string;
  const { text } = await someone.open(page);
  const [, userCode = ''] = /id="user-code">([^<]*)</.exec(text) ?? [];
  return { page, userCode, name };
}

async function decide(userCode: string, decision: 'accept' | 'reject', dataCenter = 'us'): Promise<void> {
  const zuid = app.simulator.control.users().find((user) => user.dataCenter === dataCenter)?.zuid;
  const { urls } = app.simulator;
  await post(`${urls.us}/oauth/v3/device`, { user_code: userCode, decision, zuid: String(zuid) });
}

function polls() {
  return app.simulator.control.requests({ endpoint: 'device' }).filter(({ path }) => path.endsWith('/token'));
}

/** The page leads elsewhere as soon as the server, which looks every second, knows how it ended. */
async function ended(page: string): Promise<string> {
  for (;;) {
    const answer = await someone.open(page);
    if (answer.status === 303) return answer.headers['location'] as string;
    await sleep(100);
  }
}

async function rowOf(name: string) {
  return app.server.store.db.selectFrom('connections').selectAll().where('name', '=', name).executeTakeFirst();
}

async function secretsLeft(): Promise<number> {
  const { db } = app.server.store;
  return (await db.selectFrom('flows').select('id').where('device_code_sealed', 'is not', null).execute()).length;
}

describe('a code that is typed elsewhere', () => {
  it('connects when somebody accepts, with nobody at the page', async () => {
    const { page, userCode, name } = await begin();
    const { text } = await someone.open(page);
    expect(text).toContain(`href="${app.simulator.urls.us}/oauth/v3/device"`);
    expect(text).toMatch(/It ends <time data-left datetime="[^"]*">in 5 minutes<\/time>/);
    expect((await someone.open('/connect/device')).text).toContain(userCode);
    await decide(userCode, 'accept');
    app.advance(31);
    expect(await ended(page)).toBe(`/connections/${name}`);
    expect((await someone.visit('/')).text).toContain(`“${name}” is connected.`);
    expect(await rowOf(name)).toMatchObject({ client_id: device.id, data_center: 'us', status: 'active' });
    expect(polls()).toHaveLength(1);
    expect(await secretsLeft()).toBe(0);
    const [event] = await recentEvents(app.server.store, 1);
    expect(event).toMatchObject({ action: 'connected', subject: name });
  });

  it('is reconnected the same way, since its client has no redirect URI', async () => {
    const { page, userCode, name } = await begin();
    await decide(userCode, 'accept');
    app.advance(31);
    await ended(page);
    const { text } = await someone.open(`/connections/${name}`);
    const [, way = ''] = /href="([^"]*)">Reconnect</.exec(text) ?? [];
    expect(way).toBe(`/connect/device?name=${name}&amp;reconnect=yes`);
    const form = await someone.open(way.replace('&amp;', '&'));
    expect(form.text).toContain(`Reconnect “${name}” on another device`);
    expect(form.text).toMatch(new RegExp(`name="name"[^>]* value="${name}"`));
    expect(form.text).toMatch(/name="reconnect" value="yes" checked/);
  });

  it('asks about a slip in the scopes before Zoho does', async () => {
    const fields = { name: someName(), scopes: 'ZohoDesk.tickets.READ' };
    const answer = await someone.submit('/connect/device', fields, '/connect/device');
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('Use Desk.tickets.READ') as string]);
    expect(app.simulator.control.requests({ endpoint: 'device' })).toEqual([]);
  });

  it('asks Zoho no sooner than twice a minute', async () => {
    const { page, userCode } = await begin();
    // The server looks for what is due every second.
    app.advance(20);
    await sleep(1500);
    expect(polls()).toHaveLength(0);
    app.advance(11);
    await app.simulator.control.arrived(2, { endpoint: 'device' });
    app.advance(20);
    await sleep(1500);
    expect(polls()).toHaveLength(1);
    await decide(userCode, 'reject');
    app.advance(31);
    expect(await ended(page)).toBe('/connect/device');
    expect((await someone.visit('/connect/device')).text).toContain('declined at Zoho');
  });

  it('asks again later when Zoho says that it was too soon', async () => {
    const { page, userCode } = await begin();
    const flow = await app.server.store.db
      .updateTable('flows')
      .set({ poll_interval: 1 })
      .where('user_code', '=', userCode)
      .returning('id')
      .executeTakeFirst();
    app.advance(31);
    await app.simulator.control.arrived(3, { endpoint: 'device' });
    await sleep(500);
    const { db } = app.server.store;
    const slowed = await db
      .selectFrom('flows')
      .selectAll()
      .where('id', '=', flow?.id ?? '')
      .executeTakeFirst();
    expect(slowed?.poll_interval).toBe(6);
    await decide(userCode, 'accept');
    app.advance(31);
    expect(await ended(page)).toMatch(/^\/connections\//);
  }, 15_000);

  it('follows the person to their data centre', async () => {
    const { page, userCode, name } = await begin();
    await decide(userCode, 'accept', 'eu');
    app.advance(31);
    expect(await ended(page)).toBe(`/connections/${name}`);
    expect(polls().map(({ dataCenter }) => dataCenter)).toEqual(['us', 'eu']);
    expect(await rowOf(name)).toMatchObject({ data_center: 'eu', asked_data_center: null });
    await someone.submit(`/connections/${name}/refresh`, {}, '/');
    expect((await rowOf(name))?.error_code).toBeNull();
  });

  it('ends when its time is over, and when it is cancelled', async () => {
    const [late, cancelled] = [await begin(), await begin()];
    const answer = await someone.submit(`${cancelled.page}/cancel`, {}, cancelled.page);
    expect(answer.headers['location']).toBe('/connect/device');
    expect((await someone.visit('/connect/device')).text).toContain('It was cancelled here');
    await decide(cancelled.userCode, 'accept');
    app.advance(301);
    expect(await ended(late.page)).toBe('/connect/device');
    expect((await someone.visit('/connect/device')).text).toContain('before its time was over');
    expect([await rowOf(late.name), await rowOf(cancelled.name)]).toEqual([undefined, undefined]);
    expect(await secretsLeft()).toBe(0);
  });

  it('leaves no tokens at Zoho when it is cancelled while they come', async () => {
    const { page, userCode, name } = await begin();
    await decide(userCode, 'accept');
    app.simulator.control.faults.inject({ endpoint: 'device', kind: 'slow', delay_ms: 1500 });
    app.advance(31);
    await app.simulator.control.arrived(2, { endpoint: 'device' });
    await someone.submit(`${page}/cancel`, {}, page);
    await app.simulator.control.arrived(1, { endpoint: 'revoke' });
    expect(await rowOf(name)).toBeUndefined();
    const living = app.simulator.control.livingRefreshTokens(device.id);
    expect(living.map(({ value }) => value)).not.toContain(
      app.simulator.control.requests({ endpoint: 'revoke' })[0]?.form['token'],
    );
  });

  it('is asked about after a restart as well', async () => {
    const { page, userCode, name } = await begin();
    await app.restart();
    await decide(userCode, 'accept');
    app.advance(31);
    expect(await ended(page)).toBe(`/connections/${name}`);
  });

  it('renews a connection when told to', async () => {
    const first = await begin();
    await decide(first.userCode, 'accept');
    app.advance(31);
    await ended(first.page);
    const before = await rowOf(first.name);
    const taken = await someone.submit('/connect/device', { name: first.name }, '/connect/device');
    expect([taken.status, taken.text]).toEqual([409, expect.stringContaining('already') as string]);
    const again = await begin({ name: first.name, reconnect: 'yes' });
    await decide(again.userCode, 'accept');
    app.advance(31);
    await ended(again.page);
    const after = await rowOf(first.name);
    expect(after?.id).toBe(before?.id);
    expect(after?.refresh_token_id).not.toBe(before?.refresh_token_id);
  });

  it('goes on while Zoho cannot be reached for once', async () => {
    const { page, userCode, name } = await begin();
    app.simulator.control.faults.inject({ endpoint: 'device', kind: 'reset_at_connect' });
    app.advance(31);
    await app.simulator.control.arrived(2, { endpoint: 'device' });
    await sleep(300);
    await decide(userCode, 'accept');
    app.advance(31);
    expect(await ended(page)).toBe(`/connections/${name}`);
  });

  it('is refused for a client of another type, with its cause', async () => {
    const client = { clientId: testClient.id, secret: testClient.secret, dataCenter: 'us' } as const;
    await saveClient(app.server.store, client, '2026-01-01T00:00:00.000Z');
    const fields = { name: someName(), client_id: testClient.id };
    const answer = await someone.submit('/connect/device', fields, '/connect/device');
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('Non-browser Application') as string]);
    const wrong = await someone.submit(
      '/connect/device',
      { name: someName(), scopes: 'ZohoCRM.nonsense.READ' },
      '/connect/device',
    );
    expect(wrong.text).toContain('Zoho does not know one of the scopes');
  });
});
