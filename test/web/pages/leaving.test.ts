import { inProcess, type TestApp } from '../../support/start';
import { person, someName } from '../../support/person';
import { someScopes } from '../../support/scopes';

describe('the way to Zoho', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
  });
  afterAll(() => app.stop());

  it('is a redirect as long as its address fits into what proxies have for headers', async () => {
    const { status, headers } = await person(app).submit('/connect', { name: someName(), scopes: someScopes(40) });
    expect(status).toBe(303);
    expect(JSON.stringify(headers).length).toBeLessThan(4096);
  });

  it('is a link with a longer address, at connect and at reconnect', async () => {
    const someone = person(app);
    const name = someName();
    const left = await someone.submit('/connect', { name, scopes: someScopes(90) });
    expect(left.status).toBe(200);
    expect(left.headers).not.toHaveProperty('location');
    const address = addressOf(left.text);
    expect(new URL(address).searchParams.get('scope')).toBe(someScopes(90));
    const back = new URL(app.simulator.control.authorize(address, {}));
    expect((await someone.visit(back.pathname + back.search)).text).toContain(`“${name}” is connected.`);
    const again = await someone.submit(`/connections/${name}/reconnect`, {}, `/connections/${name}`);
    expect(new URL(addressOf(again.text)).searchParams.get('scope')).toBe(someScopes(90));
  });
});

function addressOf(html: string): string {
  return /<a [^>]*data-onward href="([^"]+)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';
}
