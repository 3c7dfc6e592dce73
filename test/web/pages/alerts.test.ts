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
    expect(page.text).toContain(`${receiver.url}/hook?a=1&amp;b=2`);

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
    expect((await someone.visit('/events')).text).toContain('Removed a webhook');
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
});
