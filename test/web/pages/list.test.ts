import { saveDetails } from '../../../src/store/connection-details';
import { added } from '../../support/rows';
import { person, type Person } from '../../support/person';
import { inProcess, type TestApp } from '../../support/start';

let app: TestApp;
let someone: Person;
const names = Array.from({ length: 120 }, (_, index) => `c-${String(index).padStart(3, '0')}`);

beforeAll(async () => {
  app = await inProcess();
  someone = person(app);
  const { store } = app.server;
  for (const name of names) await added(store, { name, access: livingAccess() });
  await change('c-007', { label: 'Zylker & Söhne', tags: ['prod', 'eu'] });
  await change('c-008', { label: '<b>bold</b>', tags: ['prod'] });
  const broken = { status: 'needs_reconnect', error_code: 'invalid_code' } as const;
  await store.db.updateTable('connections').set(broken).where('name', '=', 'c-100').execute();
  const failing = { error_code: 'general_error', throttled_until: later(300) };
  await store.db.updateTable('connections').set(failing).where('name', '=', 'c-101').execute();
  const used = { used_at: later(-5), access_token_expires_at: later(-1) };
  await store.db.updateTable('connections').set(used).where('name', '=', 'c-102').execute();
  await store.db
    .updateTable('connections')
    .set({ access_token_expires_at: later(-1) })
    .where('name', '=', 'c-103')
    .execute();
});
afterAll(() => app.stop());

describe('the list of connections', () => {
  it('is a page of fifty lines, the broken ones first, with what is wrong', async () => {
    const { text } = await someone.visit('/');
    const rows = rowsOf(text);
    expect(rows.map(({ name }) => name)).toEqual(['c-100', 'c-101', ...names.slice(0, 48)]);
    expect(rows[0]?.html).toMatch(/>Broken<[^]*Zoho no longer accepts the refresh token/);
    expect(Buffer.byteLength(text)).toBeLessThan(150_000);
    expect(text).not.toContain('<dialog');
  });

  it('offers no refresh that would be refused, and says when it will not be', async () => {
    const row = await rowOf('c-101');
    expect(row).toMatch(/>Waiting<[^]*<button disabled>Refresh possible in 5 minutes</);
  });

  it('never says that the token of an active connection has expired', async () => {
    expect(await rowOf('c-102')).toMatch(/>Renewing<[^]*>renewing</);
    expect(await rowOf('c-103')).toMatch(/>Active<[^]*>renewed when needed</);
  });

  it('says how all are, and links to those', async () => {
    const { text } = await someone.visit('/');
    expect(text).toMatch(/href="\/\?status=active"><b>118<\/b> well/);
    expect(text).toMatch(/href="\/\?status=broken"><b>1<\/b> broken/);
    expect(text).toMatch(/href="\/\?status=waiting"><b>1<\/b> waiting/);
    expect(text).toContain('tokens given out');
    expect(rowsOf((await someone.visit('/?status=broken')).text).map(({ name }) => name)).toEqual(['c-100']);
  });

  it.each([
    ['needs_reconnect', 'broken'],
    ['throttled', 'waiting'],
    ['revoked', 'disconnected'],
  ])('takes the API’s word %s for %s', async (status, words) => {
    const [asked, known] = [await someone.visit(`/?status=${status}`), await someone.visit(`/?status=${words}`)];
    expect(asked.status).toBe(200);
    expect(rowsOf(asked.text)).toEqual(rowsOf(known.text));
  });

  it('goes forwards and back, and keeps what is searched for', async () => {
    const first = await someone.visit('/?q=c-&sort=name');
    const second = await someone.visit(linkOf(first.text, 'next'));
    expect(rowsOf(second.text).map(({ name }) => name)).toEqual(names.slice(50, 100));
    const third = await someone.visit(linkOf(second.text, 'next'));
    expect(rowsOf(third.text).map(({ name }) => name)).toEqual(names.slice(100));
    expect(third.text).not.toContain('rel="next"');
    const back = await someone.visit(linkOf(third.text, 'prev'));
    expect(rowsOf(back.text).map(({ name }) => name)).toEqual(names.slice(50, 100));
    expect(first.text).not.toContain('rel="prev"');
  });

  it.each([
    ['/?q=zylker', ['c-007']],
    ['/?q=S%C3%96HNE+c-', ['c-007']],
    ['/?tag=prod', ['c-007', 'c-008']],
    ['/?tag=prod&q=bold', ['c-008']],
    ['/?q=%25', []],
    ['/?q=c-050', ['c-050']],
  ])('answers %s', async (path, found) => {
    const { text } = await someone.visit(path);
    expect(rowsOf(text).map(({ name }) => name)).toEqual(found);
    expect(text).toContain('Search name, label, account or tag');
    if (found.length === 0) expect(text).toContain('Show all');
  });

  it('has chips that count, and shows labels as they were typed', async () => {
    const { text } = await someone.visit('/');
    expect(text).toMatch(/href="\/\?tag=prod">prod <span>2<\/span>/);
    expect(text).toMatch(/aria-current="true">All <span>120<\/span>/);
    expect((await someone.visit('/?tag=prod')).text).toContain('&lt;b&gt;bold&lt;/b&gt;');
  });

  it.each(['/?status=well', '/?sort=size', '/?after=nowhere', '/?tag=a%20b', '/?q=a&q=b'])(
    'refuses %s, which no page links to',
    async (path) => {
      expect((await someone.visit(path)).status).toBe(400);
    },
  );

  it('leads back to the same page of the list after a refresh', async () => {
    const answer = await someone.submit('/connections/c-007/refresh', { from: '?q=zylker&tag=prod' }, '/?q=zylker');
    expect(answer.headers['location']).toBe('/?q=zylker&tag=prod');
    const away = await someone.submit('/connections/c-007/refresh', { from: '//elsewhere.example' }, '/?q=zylker');
    expect(away.headers['location']).toBe('/');
  });
});

function later(seconds: number): string {
  return new Date(app.now().getTime() + seconds * 1000).toISOString();
}

function livingAccess() {
  return { token: 'x', expiresAt: later(3000), life: 3600, receivedAt: later(0), requestedBy: 'connect' as const };
}

async function change(name: string, { label, tags }: { label: string; tags: string[] }): Promise<void> {
  const { store } = app.server;
  const row = await store.db.selectFrom('connections').select('id').where('name', '=', name).executeTakeFirstOrThrow();
  await saveDetails(store, row.id, { name, label, note: '', tags });
}

function rowsOf(text: string): { name: string; html: string }[] {
  return text
    .split('<li class="')
    .filter((part) => part.includes('data-live-name'))
    .map((html) => ({ name: /data-live-name="([^"]+)"/.exec(html)?.[1] ?? '', html }));
}

async function rowOf(name: string): Promise<string> {
  return rowsOf((await someone.visit(`/?q=${name}`)).text)[0]?.html ?? '';
}

function linkOf(text: string, rel: 'next' | 'prev'): string {
  const [, href = ''] = new RegExp(`rel="${rel}" href="([^"]+)"`).exec(text) ?? [];
  return href.replaceAll('&amp;', '&');
}
