import supertest, { type Response } from 'supertest';
import { saveDetails } from '../../../src/store/connection-details';
import { added } from '../../support/rows';
import { type Person, person } from '../../support/person';
import { inProcess, type TestApp } from '../../support/start';

describe('the list of connections for a new key', () => {
  let app: TestApp;
  let someone: Person;
  beforeAll(async () => {
    app = await inProcess();
    someone = person(app);
    await someone.connect({ name: 'a-shop' });
    const names = Array.from({ length: 300 }, (_, n) => `customer-${String(n).padStart(3, '0')}`);
    for (const name of [...names, 'shop-1', 'shop_2']) await added(app.server.store, { name });
    const account = {
      zuid: '1',
      userName: 'Jonas',
      userEmail: 'jonas@harbour.example',
      organisation: null,
      organisationId: null,
    };
    const { id } = await added(app.server.store, { name: 'north', account });
    await saveDetails(app.server.store, id, { name: 'north', label: 'Bright Harbour Ltd', note: '', tags: ['vip'] });
  });
  afterAll(() => app.stop());

  const find = (fields: Record<string, string | string[]>): Promise<Response> =>
    supertest(app.url)
      .post('/keys/new')
      .type('form')
      .set({ Cookie: someone.cookie(), Origin: app.url, 'Sec-Fetch-Site': 'same-origin' })
      .send(fields);

  it('shows fifty and says that there are more', async () => {
    const { text } = await someone.visit('/keys/new');
    expect(text.match(/name="connections"/g)).toHaveLength(50);
    expect(text).toContain('the first 50 that fit');
  });

  it('is searched without script, and keeps what was typed and ticked', async () => {
    const typed = {
      name: 'my script',
      days: '7',
      rights: 'refresh',
      q: 'SHOP',
      connections: ['customer-299', 'shop-1'],
    };
    const { status, text } = await find(typed);
    expect(status).toBe(200);
    expect([...text.matchAll(/name="connections" value="([^"]*)"( checked)?/g)].map(([, ...found]) => found)).toEqual([
      ['customer-299', ' checked'],
      ['shop-1', ' checked'],
      ['shop_2', undefined],
      ['a-shop', undefined],
    ]);
    for (const value of ['my script', '7', 'SHOP']) expect(text).toContain(`value="${value}"`);
    expect(text).toMatch(/<option value="refresh" selected/);
    expect(text).toMatch(/id="q"[^>]* autofocus/);
    expect(text).not.toContain('class="problem"');
    expect((await find({ ...typed, q: 'nothing-like-it' })).text).toContain('No other connection fits.');
  });

  it('creates nothing while it is searched', async () => {
    await find({ name: 'my script', q: 'shop', connections: ['shop-1'] });
    expect(await app.server.store.db.selectFrom('api_keys').selectAll().execute()).toEqual([]);
  });

  it('gives the page’s script only names and labels, those first that begin so', async () => {
    const { text, headers } = await supertest(app.url)
      .get('/keys/new?q=shop')
      .set({ Cookie: someone.cookie(), Accept: 'text/plain' });
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(text.split('\n')).toEqual(['shop-1\t', 'shop_2\t', 'a-shop\t', '']);
  });

  it.each(['bright harbour', 'HARBOUR', '#vip', 'jonas@harbour.example'])(
    'finds by label, account and tag: %s',
    async (q) => {
      const { text } = await find({ q });
      expect([...text.matchAll(/name="connections" value="([^"]*)"/g)].map(([, name]) => name)).toEqual(['north']);
      expect(text).toContain('<bdi class="soft small">Bright Harbour Ltd</bdi>');
    },
  );
});
