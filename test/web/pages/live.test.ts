import supertest from 'supertest';
import { openLive } from '../../support/live';
import { person, type Person } from '../../support/person';
import { inProcess, type TestApp } from '../../support/start';
import { owner, password, withCookie } from '../../support/sign-in';

describe('GET /live', () => {
  let app: TestApp;
  let someone: Person;
  beforeEach(async () => {
    app = await inProcess({ DASHBOARD_PASSWORD: password });
    someone = await owner(app);
  });
  afterEach(() => app.stop());

  it('tells nothing to whoever has not signed in', async () => {
    expect(await withCookie(app, '', '/live')).toMatchObject({ status: 303, headers: { location: '/login' } });
  });

  it('tells what changed, in a form that no proxy holds back', async () => {
    const live = await openLive(app.url, someone.cookie());
    expect(live.answer.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
      'cache-control': 'no-store',
    });
    await live.hears('*');
    await someone.connect({ name: 'books' });
    await live.hears('connections/books');
    await live.hears('events');
    live.close();
  });

  it.each([
    ['signs out', (me: Person) => me.submit('/logout')],
    [
      'is signed out from another browser',
      (_me: Person, other: Person) => other.submit('/sessions/end-others', {}, '/sessions'),
    ],
    [
      'is signed out by all being',
      (_me: Person, other: Person) => other.submit('/logout', { everywhere: 'yes' }, '/sessions'),
    ],
  ])('ends within two seconds when somebody %s', async (_how, leave) => {
    const other = await owner(app);
    const live = await openLive(app.url, someone.cookie());
    await live.hears('*');
    const begun = Date.now();
    await leave(someone, other);
    expect(await live.ended).toContain('event: signed-out');
    expect(Date.now() - begun).toBeLessThan(2000);
  });

  it('and what is read because of it keep nobody signed in', async () => {
    const reRead = () => withCookie(app, someone.cookie()).set('X-Requested-With', 'XMLHttpRequest');
    const live = await openLive(app.url, someone.cookie());
    await live.hears('*');
    for (let reads = 0; reads < 3; reads++) {
      expect(await reRead()).toMatchObject({ status: 200 });
      app.advance(10 * 60 + 1);
    }
    expect(await reRead()).toMatchObject({ status: 303, headers: { location: '/login?because=idle' } });
    live.close();
  });

  it('ends at once when the Keeper stops', async () => {
    const live = await openLive(app.url, someone.cookie());
    await live.hears('*');
    const begun = Date.now();
    await app.restart();
    await live.ended;
    expect(Date.now() - begun).toBeLessThan(2500);
  });

  it('is refused to a session that has many open already, until one is closed', async () => {
    const open = await Promise.all(Array.from({ length: 20 }, () => openLive(app.url, someone.cookie())));
    expect((await openLive(app.url, someone.cookie())).answer.statusCode).toBe(503);
    const other = await owner(app);
    const others = await openLive(app.url, other.cookie());
    expect(others.answer.statusCode).toBe(200);
    open[0]?.close();
    await open[0]?.ended;
    let again = await openLive(app.url, someone.cookie());
    while (again.answer.statusCode === 503) again = await openLive(app.url, someone.cookie());
    expect(again.answer.statusCode).toBe(200);
    for (const live of [...open, others, again]) live.close();
  });

  it('has an end for whoever asks for the head alone', async () => {
    const answer = await supertest(app.url).head('/live').set('Cookie', someone.cookie());
    expect(answer.status).toBe(200);
  });
});

it('what a page says once is left for the person to see', async () => {
  const app = await inProcess();
  const { submit, cookie, visit } = person(app);
  await submit('/alerts', { url: 'https://alerts.example.com/zoho' }, '/alerts');
  const read = await withCookie(app, cookie(), '/alerts').set('X-Requested-With', 'XMLHttpRequest');
  expect(read.text).not.toContain('shown only once');
  expect((await visit('/alerts')).text).toContain('shown only once');
  await app.stop();
});
