import supertest from 'supertest';
import { person } from '../../support/person';
import { owner, password, post } from '../../support/sign-in';
import { inProcess, type TestApp } from '../../support/start';

let app: TestApp;
afterEach(() => app.stop());

/** Asks for a page without being signed in, signs in on the page that comes, and says where that leads. */
async function landingAfterSignIn(asked: string): Promise<string | undefined> {
  const someone = person(app);
  const { location = '' } = (await someone.open(asked)).headers;
  expect(location).toMatch(/^\/login/);
  return (await someone.submit('/login', { password }, location)).headers['location'];
}

describe('after the sign-in', () => {
  beforeEach(async () => void (app = await inProcess({ DASHBOARD_PASSWORD: password })));

  it.each(['/events?action=signed_in&subject=crm%20x', '/connections/crm', '/alerts', '/?q=crm'])(
    'people land at %s, which they asked for',
    async (asked) => expect(await landingAfterSignIn(asked)).toBe(asked),
  );

  it.each(['//evil.test/', '/\\evil.test', '/%5Cevil.test/..//evil.test', `/events?subject=${'a'.repeat(3000)}`])(
    'nobody lands elsewhere: %#',
    async (asked) => expect(await landingAfterSignIn(asked)).toBe('/'),
  );

  it('stays with the page after a wrong password, and with the reason of the ended session', async () => {
    const someone = await owner(app);
    app.advance(31 * 60);
    const { location = '' } = (await someone.open('/events?actor=owner')).headers;
    expect(location).toBe('/login?because=idle&next=%2Fevents%3Factor%3Downer');
    const wrong = await someone.submit('/login', { password: 'not this one' }, location);
    expect(wrong.text).toContain('name="next" value="/events?actor=owner"');
  });

  it('a form leads back to the page that it stood on, never to its own address', async () => {
    const sent = (referer: string) =>
      post(app, '/connections/crm/delete', {}).set('Accept', 'text/html').set('Referer', referer);
    expect((await sent(`${app.url}/connections/crm`)).headers['location']).toBe('/login?next=%2Fconnections%2Fcrm');
    expect((await sent('https://evil.test/connections/crm')).headers['location']).toBe('/login');
    expect((await sent('')).headers['location']).toBe('/login');
  });

  it('what an open page reads anew is nowhere to land', async () => {
    const asked = supertest(app.url).get('/connections/crm').set('X-Requested-With', 'XMLHttpRequest');
    expect((await asked).headers['location']).toBe('/login');
  });

  it('names the installation by its host', async () => {
    expect((await person(app).visit('/login')).text).toContain(`Sign in to <bdi>localhost:${app.port}</bdi>`);
  });
});

describe('without a sign-in', () => {
  beforeEach(async () => void (app = await inProcess()));

  it('a connect and a reconnect from the list lead to the connection', async () => {
    const someone = person(app);
    const page = await someone.connect({ name: 'crm' });
    expect(page.text).toContain('“crm” is connected.');
    expect(page.text).toContain('<h1 class="name"><bdi>crm</bdi></h1>');

    const { location = '' } = (await someone.submit('/connections/crm/reconnect', {}, '/connections/crm')).headers;
    const back = app.simulator.control.authorize(location);
    const answer = await someone.open(back.slice(app.url.length));
    expect(answer.headers['location']).toBe('/connections/crm');
  });

  it('a refused reconnect leads to the connection, a refused first connect to the list', async () => {
    const someone = person(app);
    const refused = await someone.open((await someone.consent({ name: 'new', accept: false })).slice(app.url.length));
    expect(refused.headers['location']).toBe('/');
    await someone.connect({ name: 'crm' });
    const { location = '' } = (await someone.submit('/connections/crm/reconnect', {}, '/connections/crm')).headers;
    app.simulator.control.removeApp(app.simulator.control.users()[0]?.zuid ?? 0, app.config.client?.id ?? '');
    const back = app.simulator.control.authorize(location, { accept: false });
    expect((await someone.open(back.slice(app.url.length))).headers['location']).toBe('/connections/crm');
  });

  it('says of what happened when it was, and no sentence twice', async () => {
    const someone = person(app);
    await someone.connect({ name: 'crm' });
    app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'invalid_client' });
    const sent = await someone.submit('/connections/crm/refresh', {}, '/connections/crm');
    const { text } = await someone.visit(sent.headers['location'] ?? '');
    expect(text).toMatch(/“crm” was not refreshed\.[^]*?<time datetime="[\dT:.Z-]+">just now/);
    expect(repeated(text)).toEqual([]);
  });
});

/** Sentences of the notices that stand more than once on the page. */
function repeated(html: string): string[] {
  const notices = [...html.matchAll(/<div class="notice[^]*?<\/div>/g)].flatMap(([notice]) => sentencesOf(notice));
  const all = sentencesOf(html);
  return notices.filter((sentence) => all.filter((other) => other === sentence).length > 1);
}

function sentencesOf(html: string): string[] {
  const text = html.replace(/<[^>]*>/g, '\n').replace(/ +/g, ' ');
  return text.split(/(?<=[.?!])\s|\n/).flatMap((sentence) => (sentence.trim().length > 10 ? [sentence.trim()] : []));
}
