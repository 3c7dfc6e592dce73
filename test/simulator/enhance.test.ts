import type { Simulator } from '../../src/simulator/simulator';
import {
  at,
  authorizeUrl,
  call,
  client,
  connect,
  credentials,
  members,
  post,
  redirectUri,
  refresh,
  somebody,
  start,
  type Fields,
} from '../support/simulator';

// More scopes for a refresh token that somebody holds already: Zoho's incremental authorisation.

let simulator: Simulator;
beforeEach(async () => {
  simulator = await start();
});
afterEach(() => simulator.close());

const askFor = (token: string, fields: Fields = {}, dataCenter: 'us' | 'eu' = 'us') =>
  post(`${at(simulator, dataCenter)}/oauth/v2/token/scopeenhance`, {
    ...{ grant_type: 'update_scopes_token', refresh_token: token, ...credentials },
    ...fields,
  });
const enhanceToken = async (token: string, dataCenter: 'us' | 'eu' = 'us') =>
  String((await members(askFor(token, {}, dataCenter))).access_token);

function pageUrl(token: string, query: Fields = {}, dataCenter: 'us' | 'eu' = 'us'): string {
  const parameters = {
    ...{ client_id: client.id, response_type: 'update_scopes', redirect_uri: redirectUri, logout: 'true' },
    ...{ scope: 'ZohoCRM.org.READ,ZohoCRM.modules.ALL', enhance_token: token, ...query },
  };
  return `${at(simulator, dataCenter)}/oauth/v2/token/addextrascope?${new URLSearchParams(parameters).toString()}`;
}

/** What a browser sends when a button of the page is pressed. */
const press = (url: string, decision: string, headers: Fields = {}) =>
  post(url.split('?')[0] ?? '', { ...Object.fromEntries(new URL(url).searchParams), decision }, headers);

it('gives a token to ask with, in Zoho’s form', async () => {
  const { refresh: token } = await connect(simulator);
  const reply = await members(askFor(token));
  expect(Object.keys(reply)).toEqual(['access_token', 'token_type', 'expires_in']);
  expect(reply).toMatchObject({ token_type: 'update_scope', expires_in: 600 });
  expect(simulator.control.minted()).toContainEqual({ kind: 'enhance_token', value: reply.access_token });
});

it.each<[string, Fields]>([
  ['invalid_client', { grant_type: '' }],
  ['invalid_client', { grant_type: 'refresh_token' }],
  ['invalid_client', { client_id: '1000.NOBODY' }],
  ['invalid_client_secret', { client_secret: 'wrong' }],
  ['invalid_code', { refresh_token: '1000.a.b' }],
  ['invalid_code', { refresh_token: '' }],
])('answers %s with status 200 for %j', async (error, fields) => {
  const { refresh: token } = await connect(simulator);
  const answer = await askFor(token, fields);
  expect([answer.status, await members(answer)]).toEqual([200, { error }]);
});

it('knows tokens of its own data centre only, and takes POST only', async () => {
  const { refresh: token } = await connect(simulator, {}, somebody(simulator, 'eu'));
  expect(await members(askFor(token))).toEqual({ error: 'invalid_client' });
  expect(await members(askFor(token, {}, 'eu'))).toHaveProperty('access_token');
  expect((await fetch(`${at(simulator)}/oauth/v2/token/scopeenhance`)).status).toBe(400);
});

it('widens the refresh token and its living access tokens, which stay what they are', async () => {
  const { access, refresh: token } = await connect(simulator, { scope: 'ZohoCRM.org.READ' });
  expect((await call(simulator, '/crm/v8/Leads?fields=Email', access)).status).toBe(401);
  const url = pageUrl(await enhanceToken(token));
  const page = await (await fetch(url)).text();
  expect(page).toContain('ZohoCRM.modules.ALL');
  // Agreed to before.
  expect(page).not.toContain('ZohoCRM.org.READ<');
  expect((await press(url, 'accept')).headers.get('location')).toBe(
    `${redirectUri}?status=success&scope_enhanced=true`,
  );
  expect((await call(simulator, '/crm/v8/Leads?fields=Email', access)).status).toBe(200);
  expect((await members(refresh(simulator, token))).scope).toBe('ZohoCRM.org.READ ZohoCRM.modules.ALL');
});

it('changes nothing where the person refuses', async () => {
  const { refresh: token } = await connect(simulator, { scope: 'ZohoCRM.org.READ' });
  const answer = await press(pageUrl(await enhanceToken(token)), 'reject');
  expect(answer.headers.get('location')).toBe(`${redirectUri}?error=access_denied`);
  expect((await members(refresh(simulator, token))).scope).toBe('ZohoCRM.org.READ');
});

it('asks nothing where nothing is new', async () => {
  const { refresh: token } = await connect(simulator, { scope: 'ZohoCRM.modules.ALL,ZohoCRM.org.READ' });
  const answer = await fetch(pageUrl(await enhanceToken(token)), { redirect: 'manual' });
  expect(answer.headers.get('location')).toBe(`${redirectUri}?status=success&scope_enhanced=true`);
});

it('shows an error page for a token that is over, used, of another data centre or client, and for other mistakes', async () => {
  const title = async (url: string) => {
    const answer = await fetch(url, { redirect: 'manual' });
    return [answer.status, /<h1>(.*)<\/h1>/.exec(await answer.text())?.[1]];
  };
  const { refresh: token } = await connect(simulator, { scope: 'ZohoCRM.org.READ' });
  const wrong = [400, 'An error occurred'];
  const used = pageUrl(await enhanceToken(token));
  await press(used, 'accept');
  expect(await title(used)).toEqual(wrong);
  const late = await enhanceToken(token);
  expect(await title(pageUrl(late, {}, 'eu'))).toEqual(wrong);
  simulator.control.addClient({ id: '1000.OTHER', secret: 's', redirectUris: [redirectUri], dataCenter: 'us' });
  expect(await title(pageUrl(late, { client_id: '1000.OTHER' }))).toEqual(wrong);
  expect(await title(pageUrl(late, { response_type: 'code' }))).toEqual([400, 'Invalid response type']);
  expect(await title(pageUrl(late, { client_id: '1000.NOBODY' }))).toEqual([400, 'Invalid Client']);
  expect(await title(pageUrl(late, { redirect_uri: 'http://localhost' }))).toEqual([400, 'Invalid Redirect Uri']);
  expect(await title(pageUrl(late, { scope: 'ZohoCRM.usrs.READ' }))).toEqual([400, 'Invalid OAuth Scope']);
  simulator.control.advance(600);
  expect(await title(pageUrl(late))).toEqual(wrong);
});

it('lets only its owner widen a token where each browser signs in for itself, and signs them out when told', async () => {
  const { refresh: token } = await connect(simulator, { scope: 'ZohoCRM.org.READ' });
  const url = pageUrl(await enhanceToken(token));
  simulator.control.settings.browserSessions = true;
  const signedIn = async (place: 'us' | 'eu') => {
    const zuid = String(somebody(simulator, place));
    const answer = await post(`${at(simulator)}/signin`, { zuid, serviceurl: '/' });
    return { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' };
  };
  expect((await fetch(url, { redirect: 'manual' })).headers.get('location')).toContain('/signin?serviceurl=');
  const other = await signedIn('eu');
  expect((await fetch(url, { headers: other, redirect: 'manual' })).headers.get('location')).toContain('/signin');
  expect((await press(url, 'accept', other)).status).toBe(400);
  const done = await press(url, 'accept', await signedIn('us'));
  expect(done.headers.get('location')).toContain('scope_enhanced=true');
  expect(done.headers.get('set-cookie')).toMatch(/^simulator_session=;/);
});

it('is played without a browser as well, and seen in the log', async () => {
  const { refresh: token } = await connect(simulator, { scope: 'ZohoCRM.org.READ' });
  expect(simulator.control.authorize(pageUrl(await enhanceToken(token)), { accept: false })).toContain('access_denied');
  expect(simulator.control.authorize(pageUrl(await enhanceToken(token)))).toContain('scope_enhanced=true');
  expect(simulator.control.count({ endpoint: 'other_grant' })).toBe(2);
  // What was agreed to here needs no second consent elsewhere.
  const again = authorizeUrl(simulator, { prompt: '', scope: 'ZohoCRM.modules.ALL' });
  expect((await fetch(again, { redirect: 'manual' })).status).toBe(302);
});
