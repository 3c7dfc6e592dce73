import { inProcess, type TestApp } from '../../support/start';
import { person } from '../../support/person';
import { startUpstream, type Upstream } from '../../support/upstream';

describe('the page Alerts', () => {
  let app: TestApp;
  let receiver: Upstream;
  beforeAll(async () => {
    [app, receiver] = [await inProcess(), await startUpstream()];
  });
  afterAll(async () => {
    await app.stop();
    await receiver.close();
  });

  it('adds a webhook, shows its secret once, tests it, lists what was sent and removes it', async () => {
    const someone = person(app);
    const url = `${receiver.url}/hook?a=1&b=2`;
    const added = await someone.submit('/alerts', { url }, '/alerts');
    expect([added.status, added.headers['location']]).toEqual([303, '/alerts']);
    const secret = /whsec_[\w+/=]+/.exec((await someone.visit('/alerts')).text)?.[0] ?? '';
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32);
    const page = await someone.visit('/alerts');
    expect(page.text).not.toContain(secret);
    expect(page.text).toContain(receiver.url);
    expect(page.text).not.toContain('/hook?');

    const action = /action="(\/alerts\/[^"]+\/test)"/.exec(page.text)?.[1] ?? '';
    expect((await someone.submit(action, {}, '/alerts')).status).toBe(303);
    const after = await someone.visit('/alerts');
    expect(after.text).toContain('The test arrived: the receiver answered 200.');
    expect(after.text).toContain('delivered, answered 200');
    expect(receiver.received.at(-1)?.url).toBe('/hook?a=1&b=2');

    receiver.answer((_req, res) => void res.writeHead(503).end());
    await someone.submit(action, {}, '/alerts');
    expect((await someone.visit('/alerts')).text).toContain('it answered 503, refused by the receiver');

    await someone.submit(action.replace('/test', '/delete'), {}, '/alerts');
    expect((await someone.visit('/alerts')).text).not.toContain(action);
    expect((await someone.visit('/events')).text).toContain('Removed a target for alerts');
  });

  it('shows the form again with the reason and what was typed', async () => {
    const someone = person(app);
    const response = await someone.submit('/alerts', { url: 'http://alerts.example.com/"><script>' }, '/alerts');
    expect(response.status).toBe(400);
    expect(response.text).toContain('without encryption');
    expect(response.text).toContain('alerts.example.com/&#34;&gt;&lt;script&gt;');
  });

  it('refuses the same address twice', async () => {
    const someone = person(app);
    const url = 'https://alerts.example.com/zoho';
    expect((await someone.submit('/alerts', { url }, '/alerts')).status).toBe(303);
    expect((await someone.submit('/alerts', { url }, '/alerts')).status).toBe(409);
  });

  it('adds a target of any kind, keeps what was typed where it is refused, and changes name and events', async () => {
    const someone = person(app);
    const typed = { kind: 'slack', url: 'https://example.com/services/T1', name: '<#ops>', chosen: 'yes' };
    const refused = await someone.submit('/alerts', { ...typed, 'tell.slots.low': 'yes' }, '/alerts');
    expect(refused.status).toBe(400);
    const form = refused.text.split('value="slack"')[1]?.split('</form>')[0] ?? '';
    expect(form).toContain('example.com is not where Slack takes messages');
    expect(form).toContain('value="https://example.com/services/T1"');
    expect(form).toContain('value="&lt;#ops&gt;"');
    expect(form).toMatch(/name="tell\.slots\.low" value="yes" checked/);

    const url = `${receiver.url}/services/T1/B1/secret-part-1234`;
    expect((await someone.submit('/alerts', { ...typed, url }, '/alerts')).status).toBe(303);
    const page = (await someone.visit('/alerts')).text;
    expect(page).toContain('…1234');
    expect(page).not.toContain('secret-part');
    const edit = new RegExp('action="(/alerts/[^"]+/edit)"', 'g');
    const action = [...page.matchAll(edit)].at(-1)?.[1] ?? '';
    expect((await someone.submit(action, { name: 'Renamed' }, '/alerts')).status).toBe(303);
    expect((await someone.visit('/alerts')).text).toContain('Renamed');
    const unnamed = await someone.submit(action, { name: '' }, '/alerts');
    expect([unnamed.status, unnamed.text.includes('The name is missing')]).toEqual([400, true]);
  });

  it('shows in title and icon of every page, and on its timeline, that something is broken', async () => {
    const someone = person(app);
    await someone.connect({ name: 'crm' });
    expect((await someone.visit('/keys')).text).toContain('<title>API keys');
    const broken = { status: 'needs_reconnect', error_code: 'invalid_code' } as const;
    const { store } = app.server;
    await store.db.updateTable('connections').set(broken).execute();
    const { id } = await store.db.selectFrom('connections').select('id').executeTakeFirstOrThrow();
    const since = new Date(app.now().getTime() - 7_200_000).toISOString();
    const breakage = { id: 'b', connection_id: id, connection_name: 'crm', state: 'needs_reconnect', since } as const;
    await store.db
      .insertInto('breakages')
      .values({ ...breakage, error_code: 'invalid_code' })
      .execute();
    const page = (await someone.visit('/keys')).text;
    expect(page).toContain('<title>(1) API keys · Zoho Token Keeper</title>');
    expect(page).toContain('/assets/icon-broken.svg');
    expect((await someone.visit('/assets/icon-broken.svg')).status).toBe(200);
    const alerts = (await someone.visit('/alerts')).text;
    expect(alerts).toContain('aria-label="crm: 2 hours so far, from 2 hours ago"');
  });
});
