import supertest from 'supertest';
import { recentEvents } from '../../support/events';
import { inProcess, type TestApp } from '../../support/start';
import { type Person, person } from '../../support/person';
import { owner, password, post, withCookie } from '../../support/sign-in';
import { browserWords } from '../../../src/web/browser-words';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let app: TestApp;
let mine: Person;
beforeAll(async () => {
  app = await inProcess({ DASHBOARD_PASSWORD: password });
});
afterAll(() => app.stop());
beforeEach(async () => {
  await app.server.store.db.deleteFrom('sessions').execute();
  mine = await owner(app);
});

/** Signs in with another browser, and returns its cookie. */
async function other(userAgent = firefox): Promise<string> {
  const answer = await post(app, '/login', { password }).set('User-Agent', userAgent);
  const cookies = answer.headers['set-cookie'] as unknown as string[];
  return cookies.find((cookie) => cookie.startsWith('keeper-'))?.split(';')[0] ?? '';
}

async function rows(): Promise<string[]> {
  const { text } = await mine.visit('/sessions');
  const [, list = ''] = text.split('<ul class="card rows keys">');
  return list
    .split('</li>')
    .slice(0, -1)
    .map((row) => row.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' '));
}

async function endings(): Promise<string[]> {
  const { text } = await mine.visit('/sessions');
  return [...text.matchAll(/action="(\/sessions\/[^"]+\/end)"/g)].map(([, action = '']) => action);
}

it('shows who is signed in where, since when, and which browser one sits at', async () => {
  await other();
  app.advance(120);
  expect((await mine.visit('/')).text).toContain('href="/sessions"');
  const [own, foreign, ...more] = await rows();
  expect(more).toEqual([]);
  expect(own).toMatch(/owner Another browser, .*signed in 2 minutes ago with the password last used just now This one/);
  expect(foreign).toMatch(/owner Firefox on Linux, (127\.0\.0\.1|::1) .*last used 2 minutes ago/);
  expect(foreign).not.toContain('This one');
});

it('ends one session at once, records that, and leaves the others', async () => {
  const [first, second] = [await other(), await other()];
  const [action = ''] = await endings();
  expect((await mine.submit(action, {}, '/sessions')).headers['location']).toBe('/sessions');
  const statuses = await Promise.all([first, second].map(async (cookie) => (await withCookie(app, cookie)).status));
  expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 303]);
  expect(await rows()).toHaveLength(2);
  const [event] = await recentEvents(app.server.store, 1);
  expect(event).toMatchObject({
    actor: 'owner',
    action: 'session_ended',
    subject: 'owner',
    detail: 'Firefox on Linux',
  });
  const again = await post(app, action, {}).set('Cookie', mine.cookie());
  expect(again.status).toBe(303);
  const cookies = [mine.cookie(), ...(again.get('Set-Cookie') ?? [])].map((cookie) => cookie.split(';')[0]);
  const page = await supertest(app.url).get('/sessions').set('Cookie', cookies.join('; '));
  expect(page.text).toContain('That session has ended already.');
});

it('ends all others with one button, and leaves this one', async () => {
  const cookies = [await other(), await other()];
  await mine.submit('/sessions/end-others', {}, '/sessions');
  for (const cookie of cookies) expect((await withCookie(app, cookie)).status).toBe(303);
  const [only, ...more] = await rows();
  expect([only, more]).toEqual([expect.stringContaining('This one'), []]);
  expect((await mine.visit('/sessions')).text).not.toContain('End all others');
});

it('leaves out sessions that are over, and tells the page no cookie', async () => {
  const cookie = await other();
  const { text } = await mine.visit('/sessions');
  const id = decodeURIComponent(cookie).split('s:')[1]?.split('.')[0] ?? 'none';
  expect(id.length).toBeGreaterThan(20);
  expect(text).not.toContain(id);
  for (let minute = 0; minute <= 30; minute += 10) {
    await mine.visit('/');
    app.advance(601);
  }
  expect(await rows()).toHaveLength(1);
});

it('is there for nobody who is not signed in, and not at all without a way to sign in', async () => {
  expect((await person(app).open('/sessions')).headers['location']).toBe('/login?next=%2Fsessions');
  const open = await inProcess();
  expect((await supertest(open.url).get('/sessions').set('Sec-Fetch-Site', 'none')).status).toBe(404);
  await open.stop();
});

it.each([
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML) Chrome/140.0 Safari/537.36 Edg/140.0',
    'Edge on Windows',
  ],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/18.0 Safari/605.1', 'Safari on macOS'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1',
    'Safari on iOS',
  ],
  ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML) Chrome/140.0 Mobile Safari/537.36', 'Chrome on Android'],
  ['<script>', 'Another browser'],
])('takes %s for %s', (userAgent, words) => {
  expect(browserWords(userAgent)).toBe(words);
});
