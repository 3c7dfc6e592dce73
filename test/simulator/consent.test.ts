import type { Simulator } from '../../src/simulator/simulator';
import {
  at,
  authorizeUrl,
  client,
  codeOf,
  exchange,
  members,
  post,
  redirectUri,
  somebody,
  start,
} from '../support/simulator';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await start();
});
afterEach(() => simulator.close());

/** What a browser would send when the person presses a button of the page at this address. */
async function press(url: string, decision: string, zuid?: number): Promise<Response> {
  const page = await (await fetch(url)).text();
  const hidden = [...page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  const fields = Object.fromEntries(hidden.map(([, name, value]) => [name, unescaped(value ?? '')]));
  return post(`${at(simulator)}/consent`, {
    ...fields,
    decision,
    ...(zuid === undefined ? {} : { zuid: String(zuid) }),
  });
}

function unescaped(text: string): string {
  return text.replaceAll('&#34;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

it('asks for consent with the name of the client and the scopes by product', async () => {
  const page = await (await fetch(authorizeUrl(simulator))).text();
  expect(page).toContain('Trial &amp; Error');
  expect(page).toContain('<h2>Zoho CRM</h2>');
  expect(page).toContain('<code>ZohoCRM.users.READ</code>');
  expect(page).toContain('Simulator');
  expect(page).toMatch(/<option value="\d+" selected>Maria Sanchez/);
});

it('sends the browser back with state first and a lone & at the end', async () => {
  const answer = await press(authorizeUrl(simulator, { state: 'a b&"c"' }), 'accept', somebody(simulator, 'eu'));
  expect(answer.status).toBe(302);
  const server = encodeURIComponent(at(simulator, 'eu'));
  const shape = /\?state=a%20b%26%22c%22&code=1000\.[0-9a-f]{32}\.[0-9a-f]{32}&location=eu&accounts-server=([^&]+)&$/;
  expect(shape.exec(answer.headers.get('location') ?? '')?.[1]).toBe(server);
});

it('leaves out the state that was not sent, and the last & when told', async () => {
  simulator.control.settings.trailingAmpersand = false;
  const answer = await press(authorizeUrl(simulator), 'accept');
  expect(answer.headers.get('location')).toMatch(/callback\?code=[^&]+&location=us&accounts-server=[^&]+$/);
});

it('sends a refusal back as access_denied, with the place only when told', async () => {
  const url = authorizeUrl(simulator, { state: 's' });
  expect((await press(url, 'reject')).headers.get('location')).toBe(`${redirectUri}?state=s&error=access_denied`);
  simulator.control.settings.refusalCarriesLocation = true;
  expect((await press(url, 'reject')).headers.get('location')).toContain(
    'error=access_denied&location=us&accounts-server=',
  );
});

it('keeps a hostile state inside the page', async () => {
  const page = await (await fetch(authorizeUrl(simulator, { state: '"><script>alert(1)</script>' }))).text();
  expect(page).not.toContain('<script');
});

it('forbids scripts and framing on its pages', async () => {
  const policy = (await fetch(authorizeUrl(simulator))).headers.get('content-security-policy');
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
});

it('skips the page when the same consent was given before, and then gives no refresh token', async () => {
  const url = authorizeUrl(simulator, { prompt: '' });
  await press(url, 'accept');
  const again = await fetch(url, { redirect: 'manual' });
  expect(again.status).toBe(302);
  const reply = await members(exchange(simulator, codeOf(again.headers.get('location') ?? '')));
  expect(reply).toHaveProperty('access_token');
  expect(reply).not.toHaveProperty('refresh_token');
});

it('asks again for a scope that was not agreed to', async () => {
  await press(authorizeUrl(simulator, { prompt: '' }), 'accept');
  const more = await fetch(authorizeUrl(simulator, { prompt: '', scope: 'ZohoCRM.modules.ALL' }), {
    redirect: 'manual',
  });
  expect(more.status).toBe(200);
});

it.each([
  ['Invalid response type', { client_id: '' }, 400],
  ['Invalid response type', { response_type: '' }, 400],
  ['An error occurred', { response_type: 'id' }, 500],
  ['Invalid Client', { client_id: '1000.NOBODY' }, 400],
  ['Invalid Redirect Uri', { redirect_uri: `${redirectUri}/` }, 400],
  ['Invalid OAuth Scope', { scope: '' }, 400],
  ['Invalid OAuth Scope', { scope: 'ZohoCRM.users.READ,ZohoCRM.usrs.READ' }, 400],
] as const)('shows "%s" for %j and redirects nowhere', async (title, query, status) => {
  const answer = await fetch(authorizeUrl(simulator, query), { redirect: 'manual' });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('location')).toBeNull();
  expect(await answer.text()).toContain(`<h1>${title}</h1>`);
  expect(() => simulator.control.authorize(authorizeUrl(simulator, query))).toThrow(expect.objectContaining({ title }));
});

it('refuses POST at the authorise address', async () => {
  expect((await post(authorizeUrl(simulator), {})).status).toBe(400);
});

it('takes scopes in any letter case, separated by commas or spaces', async () => {
  const callback = simulator.control.authorize(
    authorizeUrl(simulator, { scope: 'aaaserver.profile.read ZOHOCRM.USERS.read' }),
  );
  const reply = await members(exchange(simulator, codeOf(callback)));
  expect(String(reply.scope).toLowerCase()).toBe('aaaserver.profile.read zohocrm.users.read');
});

it('answers response_type=token in the fragment', () => {
  const callback = simulator.control.authorize(authorizeUrl(simulator, { response_type: 'token', state: 's' }));
  expect(callback).toMatch(/callback#state=s&access_token=1000\.\S+&expires_in=3600&location=us&api_domain=http/);
});

it('gives more than ten codes in ten minutes to no client', () => {
  const authorize = () => simulator.control.authorize(authorizeUrl(simulator));
  for (let count = 0; count < 10; count += 1) expect(authorize()).toContain('code=');
  expect(authorize()).toBe(`${redirectUri}?error=access_denied`);
  simulator.control.advance(601);
  expect(authorize()).toContain('code=');
});

it('does not authorise a person whose data centre is switched off for the client', () => {
  simulator.control.disableDataCenter(client.id, 'in');
  const choice = { zuid: somebody(simulator, 'in') };
  expect(() => simulator.control.authorize(authorizeUrl(simulator), choice)).toThrow('client ID does not exist');
  simulator.control.enableDataCenter(client.id, 'in');
  expect(simulator.control.authorize(authorizeUrl(simulator), choice)).toContain('location=in');
});
