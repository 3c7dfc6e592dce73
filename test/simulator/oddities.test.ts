import type { Simulator } from '../../src/simulator/simulator';
import {
  at,
  authorizeUrl,
  call,
  client,
  codeOf,
  connect,
  exchange,
  members,
  refresh,
  somebody,
  start,
} from '../support/simulator';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await start();
});
afterEach(() => simulator.close());

/** A browser that follows nothing by itself and keeps its cookie. */
function browser() {
  let cookie = '';
  return async (url: string, form?: Record<string, string>): Promise<Response> => {
    const answer = await fetch(new URL(url, at(simulator)), {
      method: form === undefined ? 'GET' : 'POST',
      body: form === undefined ? null : new URLSearchParams(form),
      headers: { cookie },
      redirect: 'manual',
    });
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    return answer;
  };
}

it('leads a browser without a session to the sign-in page, and back, each for itself', async () => {
  simulator.control.settings.browserSessions = true;
  const [mine, yours] = [browser(), browser()];
  const url = authorizeUrl(simulator);
  const answer = await mine(url);
  expect(answer.status).toBe(302);
  const signIn = answer.headers.get('location') ?? '';
  expect(await (await mine(signIn)).text()).toContain('<h1>Sign in</h1>');
  const serviceurl = new URL(signIn, url).searchParams.get('serviceurl') ?? '';
  const back = await mine('/signin', { zuid: String(somebody(simulator, 'eu')), serviceurl });
  expect(back.headers.get('location')).toBe(new URL(url).pathname + new URL(url).search);
  expect(await (await mine(url)).text()).toMatch(/value="\d+" selected>Jens/);
  await yours('/signin', { zuid: String(somebody(simulator, 'in')), serviceurl: '/' });
  const query = Object.fromEntries(new URL(url).searchParams);
  const callback = async (ask: typeof mine) =>
    new URL((await ask('/consent', { ...query, decision: 'accept' })).headers.get('location') ?? '').searchParams;
  expect((await callback(yours)).get('location')).toBe('in');
  expect((await callback(mine)).get('location')).toBe('eu');
  expect(simulator.control.users()[0]?.dataCenter).toBe('us');
});

it('shows each browser the apps and the self client of whoever is signed in there', async () => {
  simulator.control.settings.browserSessions = true;
  const [mine, yours] = [browser(), browser()];
  for (const path of ['/connected-apps', '/self-client']) {
    expect((await mine(path)).headers.get('location')).toBe(`/signin?serviceurl=${encodeURIComponent(path)}`);
  }
  await mine('/sign-in', { zuid: String(somebody(simulator, 'eu')) });
  await yours('/sign-in', { zuid: String(somebody(simulator, 'in')) });
  const jens = await connect(simulator, {}, somebody(simulator, 'eu'));
  const priya = await connect(simulator, {}, somebody(simulator, 'in'));
  expect(await (await mine('/connected-apps')).text()).toContain('Jens');
  expect(await (await yours('/self-client')).text()).toContain('Priya');
  await yours('/connected-apps/remove', { client_id: client.id });
  expect(await members(refresh(simulator, jens.refresh, 'eu'))).toHaveProperty('access_token');
  expect(await members(refresh(simulator, priya.refresh, 'in'))).toEqual({ error: 'invalid_code' });
});

it('does not lead a sign-in to another site', async () => {
  simulator.control.settings.browserSessions = true;
  for (const serviceurl of ['https://evil.example/', '//evil.example', '/\\evil.example']) {
    const answer = await browser()('/signin', { zuid: String(somebody(simulator, 'us')), serviceurl });
    expect(answer.headers.get('location')).toBe('/');
  }
});

it('asks a browser without a session for a wrong request nothing', async () => {
  simulator.control.settings.browserSessions = true;
  expect((await browser()(authorizeUrl(simulator, { client_id: 'unknown' }))).status).toBe(400);
});

it('says invalid_code for the wrong data centre when told so', async () => {
  const jens = somebody(simulator, 'eu');
  const codes = ['a', 'b'].map(() => codeOf(simulator.control.authorize(authorizeUrl(simulator), { zuid: jens })));
  expect(await members(exchange(simulator, codes[0] ?? ''))).toEqual({ error: 'invalid_client' });
  const { refresh: token } = await connect(simulator, {}, jens);
  simulator.control.settings.wrongDataCenter = 'invalid_code';
  expect(await members(exchange(simulator, codes[1] ?? ''))).toEqual({ error: 'invalid_code' });
  expect(await members(refresh(simulator, token))).toEqual({ error: 'invalid_code' });
  expect(await members(exchange(simulator, codes[1] ?? '', 'eu'))).toHaveProperty('access_token');
});

it('takes Bearer at CRM when told so', async () => {
  const { access } = await connect(simulator);
  expect((await call(simulator, '/crm/v8/org', access, 'Bearer')).status).toBe(401);
  simulator.control.settings.bearerAtCrm = true;
  expect((await call(simulator, '/crm/v8/org', access, 'Bearer')).status).toBe(200);
});

it('takes scopes outside the catalogue by their shape, or those that it is told', async () => {
  const passes = (scope: string): boolean => {
    try {
      simulator.control.authorize(authorizeUrl(simulator, { scope }));
      return true;
    } catch {
      return false;
    }
  };
  const asked = ['WorkDrive.team.ALL', 'WorkDrive.team', 'ZohoCRM.usrs.READ', 'Nothing.of.READ'];
  expect(asked.map(passes)).toEqual([true, false, false, false]);
  simulator.control.settings.scopesByShape = false;
  expect(asked.map(passes)).toEqual([false, false, false, false]);
  simulator.control.settings.scopes = ['Nothing.of.READ'];
  expect(asked.map(passes)).toEqual([false, false, false, true]);
});
