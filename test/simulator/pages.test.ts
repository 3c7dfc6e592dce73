import type { Simulator } from '../../src/simulator/simulator';
import { at, authorizeUrl, client, connect, members, post, refresh, somebody, start } from '../support/simulator';

let simulator: Simulator;
beforeEach(async () => {
  simulator = await start();
});
afterEach(() => simulator.close());

const page = async (path: string) => (await fetch(at(simulator) + path)).text();

it('says on the first page what it is and who is signed in, and lets another person sign in', async () => {
  expect(await page('/')).toMatch(/stand-in for Zoho Accounts, data centre United States/);
  await post(`${at(simulator)}/sign-in`, { zuid: String(somebody(simulator, 'in')) });
  expect(await page('/')).toMatch(/selected>Priya Raman/);
  expect(simulator.control.authorize(authorizeUrl(simulator))).toContain('location=in');
});

it('serves its style sheet', async () => {
  const answer = await fetch(`${at(simulator)}/simulator.css`);
  expect(answer.headers.get('content-type')).toMatch('text/css');
});

it.each(['/', '/console', '/connected-apps', '/self-client', '/oauth/v3/device'])(
  'has neither script nor style inside %s',
  async (path) => {
    expect(await page(path)).not.toMatch(/<script|<style|style=|onclick=/i);
  },
);

describe('the API console', () => {
  const form = {
    name: 'Shop_1 & Co',
    homepage: 'https://shop.example',
    redirect_uris: 'https://shop.example/a\nhttp://localhost/b',
  };
  const register = (fields: object) => post(`${at(simulator)}/console/clients`, { ...form, ...fields });

  it('registers a client for its own data centre and shows id and secret', async () => {
    expect((await register({})).status).toBe(303);
    const made = simulator.control.clients().at(-1);
    expect(made).toMatchObject({ name: 'Shop_1 & Co', dataCenter: 'us', redirectUris: form.redirect_uris.split('\n') });
    expect(made?.id).toMatch(/^1000\.[A-Z0-9]{30}$/);
    expect([...(made?.enabled ?? [])]).toEqual(['us']);
    const shown = await page('/console');
    expect(shown).toContain(made?.id);
    expect(shown).toContain(made?.secrets.get('us'));
  });

  it.each([
    [{ name: 'Shop <1>' }, 'Enter a valid client name'],
    [{ homepage: 'shop.example' }, 'Enter a valid homepage URL'],
    [{ redirect_uris: 'urn:ietf:wg:oauth:2.0:oob' }, 'Enter a valid redirect URI'],
  ])('complains about %j', async (fields, sentence) => {
    const answer = await register(fields);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(sentence);
    expect(simulator.control.clients()).toHaveLength(1);
  });

  it('switches data centres, makes a new secret and deletes', async () => {
    const path = `${at(simulator)}/console/clients/${client.id}`;
    await post(`${path}/data-centers`, { data_center: 'eu' });
    await post(`${path}/secret`, {});
    const [changed] = simulator.control.clients();
    expect(changed?.enabled.has('eu')).toBe(false);
    expect(changed?.secrets.get('us')).not.toBe(client.secret);
    await post(`${path}/delete`, {});
    expect(simulator.control.clients()).toEqual([]);
  });
});

it('lists connected apps and removes one', async () => {
  const tokens = await connect(simulator);
  expect(await page('/connected-apps')).toContain('Trial &amp; Error');
  await post(`${at(simulator)}/connected-apps/remove`, { client_id: client.id });
  expect(await page('/connected-apps')).not.toContain('Trial &amp; Error');
  expect(await members(refresh(simulator, tokens.refresh))).toEqual({ error: 'invalid_code' });
});

it('ends all tokens with the change of password that was ticked', async () => {
  await connect(simulator);
  await post(`${at(simulator)}/connected-apps/password`, { terminate: 'on' });
  expect(simulator.control.livingRefreshTokens()).toEqual([]);
});

it('shows a page for addresses that do not exist', async () => {
  expect((await fetch(`${at(simulator)}/nowhere`)).status).toBe(404);
});
