import supertest from 'supertest';
import { findEvents } from '../../../src/store/events';
import { inProcess, type TestApp } from '../../support/start';
import { pathOf, person, someName } from '../../support/person';
import { owner, password, post, signIn, signInFrom, withCookie } from '../../support/sign-in';

const everything = { action: null, subject: null, actor: null, since: null };

let app: TestApp;
beforeAll(async () => {
  app = await inProcess({ DASHBOARD_PASSWORD: password, TRUSTED_PROXIES: '127.0.0.0/8,::1' });
});
afterAll(() => app.stop());

describe('the sign-in with a password', () => {
  it('leads somebody who has not signed in to the login page, which makes no session', async () => {
    const page = await person(app).visit('/');
    expect(page.text).toContain('<label for="password">Password</label>');
    expect(page.text).not.toContain('<nav');
    expect(page.headers['set-cookie']).toBeUndefined();
    expect(await app.server.store.db.selectFrom('sessions').selectAll().execute()).toEqual([]);
  });

  it('opens to the right password, always onto the dashboard', async () => {
    const someone = person(app);
    const answer = await someone.submit('/login', { password, next: 'https://evil.test/' }, '/login?next=//evil.test');
    expect(answer.status).toBe(303);
    expect(answer.headers['location']).toBe('/');
    expect((await someone.visit('/')).text).toContain('Connections');
    expect((await someone.visit('/login')).text).toContain('Sign out');
  });

  it('stays shut at a wrong password, and says so', async () => {
    const someone = person(app);
    const answer = await signIn(app, 'wrong', someone);
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('That is not the password.');
    expect((await someone.visit('/')).text).toContain('<label for="password">Password</label>');
    await owner(app);
  });

  it('takes the password to the letter, blanks around it included', async () => {
    expect((await signIn(app, ` ${password}`)).status).toBe(401);
    const other = await inProcess({ DASHBOARD_PASSWORD: ' with blanks around ' });
    expect((await signIn(other, 'with blanks around')).status).toBe(401);
    expect((await signIn(other, ' with blanks around ')).status).toBe(303);
    await other.stop();
  });

  it('records who signed in and who failed to, without what they typed', async () => {
    await signIn(app, 'a secret meant for something else');
    await owner(app);
    const [last, before] = await findEvents(app.server.store, everything, null, 2);
    expect(last).toMatchObject({ action: 'signed_in', actor: 'owner', detail: 'password' });
    expect(before).toMatchObject({ action: 'sign_in_failed', actor: 'person' });
    expect(JSON.stringify([last, before, app.logged])).not.toMatch(/secret meant|correct horse/);
  });

  it('calls whoever is signed in the owner', async () => {
    const someone = await owner(app);
    const name = someName();
    await someone.connect({ name });
    const [event] = await findEvents(app.server.store, { ...everything, subject: name }, null, 1);
    expect(event).toMatchObject({ action: 'connected', actor: 'owner' });
  });

  it('lets nobody’s callback through, and leaves the grant code alone', async () => {
    app.simulator.control.clearRequests();
    const someone = await owner(app);
    const callback = pathOf(await someone.consent({ name: someName() }));
    const stranger = await supertest(app.url).get(callback);
    expect(stranger.status).toBe(303);
    expect(stranger.headers).toMatchObject({ location: '/login?because=callback', 'referrer-policy': 'no-referrer' });
    await someone.submit('/logout');
    expect((await someone.visit(callback)).text).toContain('after your session here had ended');
    await signIn(app, password, someone);
    expect((await someone.visit(callback)).status).toBe(403);
    expect(app.simulator.control.count({ endpoint: 'exchange' })).toBe(0);
  });

  it('asks a program for a sign-in without a redirect', async () => {
    const answer = await supertest(app.url)
      .post('/connect')
      .set('Sec-Fetch-Site', 'same-origin')
      .set('Accept', 'application/json');
    expect(answer.status).toBe(401);
  });
});

describe('guessing', () => {
  it('is slowed down for that address only, and a restart does not help', async () => {
    for (let number = 1; number <= 5; number++) {
      expect((await signInFrom(app, '203.0.113.7', 'guess')).status).toBe(401);
    }
    await app.restart();
    const refused = await signInFrom(app, '203.0.113.7', password);
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toMatch(/^[12]$/);
    expect(refused.text).toMatch(/Try again in [12] seconds?\./);
    expect((await signInFrom(app, '203.0.113.8', password)).status).toBe(303);
    app.advance(3);
    expect((await signInFrom(app, '203.0.113.7', password)).status).toBe(303);
  });

  it('in a burst evaluates a handful, and answers the rest at once', async () => {
    const answers = await Promise.all(Array.from({ length: 300 }, () => signInFrom(app, '203.0.113.11', 'guess')));
    const evaluated = answers.filter(({ status }) => status === 401);
    expect(evaluated.length).toBeGreaterThanOrEqual(2);
    expect(evaluated.length).toBeLessThan(10);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(300 - evaluated.length);
  });
});

describe('a flood of guesses from everywhere', () => {
  beforeEach(async () => {
    await app.server.store.db.deleteFrom('failed_sign_ins').execute();
  });

  function guesses({ networks, each }: { networks: number; each: number }) {
    const addresses = Array.from({ length: networks * each }, (_, n) => `2001:db8:0:${n % networks}::${n}`);
    return addresses.map(async (address) => signInFrom(app, address, 'guess'));
  }

  it('has two places for each network, and counts what was evaluated', async () => {
    const answers = await Promise.all(guesses({ networks: 10, each: 3 }));
    const wrong = answers.filter(({ status }) => status === 401);
    const busy = answers.filter(({ text }) => text.includes('Too many people are signing in'));
    expect(busy.length).toBeGreaterThan(0);
    expect(wrong.length).toBeGreaterThanOrEqual(10);
    expect(wrong.length + busy.length).toBe(answers.length);
    const counted = await app.server.store.db.selectFrom('failed_sign_ins').select('attempts').execute();
    expect(counted.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(wrong.length);
  });

  it('does not keep the owner out', async () => {
    const flood = guesses({ networks: 40, each: 1 });
    expect((await signInFrom(app, '203.0.113.20', password)).status).toBe(303);
    await Promise.all(flood);
  }, 120_000);

  it('is passed by a browser that has signed in before, and by none that only says so', async () => {
    const { headers } = await (await owner(app)).visit('/');
    const mark = /known-\d+=[^;]+/.exec(String(headers['set-cookie']))?.[0] ?? '';
    const order: string[] = [];
    const flood = guesses({ networks: 20, each: 1 }).map(
      async (guess) => void order.push(`guess ${(await guess).status}`),
    );
    const attempt = async (who: string, address: string, sent: string): Promise<void> => {
      const answer = await signInFrom(app, address, password).set('Cookie', sent);
      order.push(`${who} ${answer.status}`);
    };
    await Promise.all([
      attempt(
        'forger',
        '203.0.113.22',
        mark.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      ),
      attempt('owner', '203.0.113.23', mark),
      ...flood,
    ]);
    expect(order.indexOf('owner 303')).toBeLessThan(10);
    expect(order.indexOf('forger 303')).toBeGreaterThan(order.indexOf('owner 303'));
    expect(order).toHaveLength(22);
  }, 120_000);
});

it('a browser whose mark stands for an earlier password or key gets another with the next page', async () => {
  const someone = await owner(app);
  const mark = /(known-\d+)=([^;]+)/;
  const [, name = '', right = ''] = mark.exec(String((await someone.visit('/')).headers['set-cookie'])) ?? [];
  const markAfter = async (sent: string): Promise<string | undefined> => {
    const { headers } = await withCookie(app, `${someone.cookie()}; ${name}=${sent}`);
    return mark.exec(String(headers['set-cookie']))?.[2];
  };
  expect(await markAfter(right)).toBeUndefined();
  expect(await markAfter(`${right.split('.')[0]}.of-an-earlier-password`)).toMatch(/^\d+\.[\w-]+$/);
});

describe('an address that a proxy reports with a port, or not at all', () => {
  it.each(['203.0.113.30:', '[2001:db8:9::1]:'])('counts as one: %s', async (address) => {
    for (let port = 5001; port <= 5005; port++) await signInFrom(app, `${address}${port}`, 'guess');
    expect((await signInFrom(app, `${address}5006`, password)).status).toBe(429);
  });

  it.each(['unknown', '_hidden', '<b>', '203.0.113.31:x', '"203.0.113.31'])('is the proxy’s own: %s', async (text) => {
    await app.server.store.db.deleteFrom('failed_sign_ins').execute();
    await signInFrom(app, text, 'guess');
    const rows = await app.server.store.db.selectFrom('failed_sign_ins').select('network').execute();
    expect(rows).toEqual([{ network: expect.stringMatching(/^(127\.0\.0\.1|0:0:0:0::\/64)$/) }]);
  });
});

describe('without trusted proxies', () => {
  let bare: TestApp;
  beforeAll(async () => {
    bare = await inProcess({ DASHBOARD_PASSWORD: 'caf\u00e9 au lait' });
  });
  afterAll(() => bare.stop());

  it('does not believe X-Forwarded-For, and says once in the log what to set', async () => {
    for (let number = 1; number <= 5; number++) await signInFrom(bare, `203.0.113.${number}`, 'guess');
    expect((await signInFrom(bare, '203.0.113.6', 'guess')).status).toBe(429);
    expect(bare.logged.filter((line) => line.includes('TRUSTED_PROXIES'))).toHaveLength(1);
  });

  it('takes the password typed on a keyboard that puts the accent on afterwards', async () => {
    bare.advance(86_402);
    expect((await signIn(bare, 'cafe\u0301 au lait')).status).toBe(303);
  });

  it('refuses a form that another site sends, before it looks at the password', async () => {
    const answer = await post(bare, '/login', { password }).set({
      'Sec-Fetch-Site': 'cross-site',
      'Sec-Fetch-Mode': 'navigate',
      'Sec-Fetch-Dest': 'document',
    });
    expect(answer.status).toBe(403);
    expect(answer.headers['set-cookie']).toBeUndefined();
  });
});

describe('without a password', () => {
  it('has no login, and none of its forms', async () => {
    const open = await inProcess();
    try {
      const page = await person(open).visit('/login');
      expect(page.text).toContain('Anyone who uses this computer can open this page');
      expect(page.text).not.toContain('/logout');
      expect((await post(open, '/login', { password: 'x' })).status).toBe(404);
      expect((await withCookie(open, 'a=b', '/events')).text).not.toContain('Sign out');
    } finally {
      await open.stop();
    }
  });
});
