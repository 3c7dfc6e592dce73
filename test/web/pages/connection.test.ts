import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findConnection } from '../../../src/store/connections';
import { beginRefresh, endRefresh } from '../../../src/store/refreshes';
import { recentEvents } from '../../support/events';
import { type Person, person, someName } from '../../support/person';
import { freshFolder } from '../../support/postgres';
import { type Program, program, someKey, tokenPath } from '../../support/program';
import { inProcess, type TestApp } from '../../support/start';

let app: TestApp;
let someone: Person;
let name: string;
const folder = freshFolder();
beforeAll(async () => {
  app = await inProcess({ KEEP_FILES: `kept=token-json:${join(folder, 'token.json')}` });
  someone = person(app);
});
afterAll(() => app.stop());
beforeEach(async () => {
  app.advance(601);
  name = someName();
  await someone.connect({ name });
});

const page = async (of = name): Promise<string> => (await someone.visit(`/connections/${of}`)).text;
const edit = (fields: Record<string, string>, of = name) =>
  someone.submit(`/connections/${of}/edit`, fields, `/connections/${of}`);

async function withKey(connections: string[] | null, label: string): Promise<Program> {
  return program(app.url, await someKey(app.server.store, { name: label, connections }));
}

describe('Edit', () => {
  it('saves label, tags and note, which the page and the API show', async () => {
    const answer = await edit({ label: 'Müller', tags: '#Sales, client-a sales', note: 'Ask Maria\r\nfirst.' });
    expect([answer.status, answer.headers['location']]).toEqual([303, `/connections/${name}`]);
    const text = await page();
    expect(text).toContain(`“${name}” was saved.`);
    for (const part of ['Müller', '/?tag=sales', '/?tag=client-a', 'Ask Maria\nfirst.']) expect(text).toContain(part);
    const script = await withKey([name], 'reader');
    const { body } = await script.get(`/api/v1/connections/${name}`);
    script.stop();
    expect(body).toMatchObject({ name, label: 'Müller', tags: ['sales', 'client-a'] });
    expect(await actions()).toContain('edited: label, note, tags');
  });

  it('leaves alone what is not sent', async () => {
    await edit({ label: 'Müller', tags: 'sales', note: 'Ask Maria.' });
    const send = (fields: Record<string, string>) =>
      fetch(`${app.url}/connections/${name}/edit`, {
        method: 'POST',
        headers: { origin: app.url },
        body: new URLSearchParams(fields),
        redirect: 'manual',
      });
    expect((await send({ label: '' })).status).toBe(303);
    expect((await send({ note: 'Ask Jens.' })).status).toBe(303);
    const saved = { name, label: '', tags: 'sales', note: 'Ask Jens.' };
    expect(await findConnection(app.server.store, name)).toMatchObject(saved);
  });

  it.each([
    ['name', 'No Good', 'Use 1 to 64 of a-z 0-9 . _ -'],
    ['label', 'x'.repeat(81), 'Use 80 characters at most.'],
    ['note', 'x'.repeat(501), 'Use 500 characters at most.'],
    ['tags', 'fine größe', '“größe” cannot be a tag.'],
    ['tags', 'a b c d e f g h i j k', 'Use 10 tags at most.'],
  ])('refuses a %s that cannot be, and keeps what was typed', async (field, value, problem) => {
    const answer = await edit({ label: 'typed before', [field]: value });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(problem);
    expect(answer.text).toContain(value);
    if (field !== 'label') expect(answer.text).toContain('value="typed before"');
    expect(answer.text).toMatch(/<details class="more edit" id="edit" open>/);
    expect((await findConnection(app.server.store, name))?.label).toBe('');
  });

  it('refuses a name that is taken', async () => {
    const other = someName();
    await someone.connect({ name: other });
    const answer = await edit({ name: other });
    expect([answer.status, answer.text.includes(`There is a connection called “${other}” already.`)]).toEqual([
      400,
      true,
    ]);
    expect((await someone.visit(`/connections/${name}`)).status).toBe(200);
  });
});

describe('a rename', () => {
  it('takes API keys along, and tells programs that may know it the new name', async () => {
    const to = someName();
    const [limited, all, other] = [await withKey([name], 'one'), await withKey(null, 'all'), await withKey(['x'], 'x')];
    const refusals = async () =>
      (await recentEvents(app.server.store, 200)).filter((e) => e.action === 'access_refused').length;
    const before = await refusals();
    expect((await edit({ name: to })).headers['location']).toBe(`/connections/${to}`);
    expect((await limited.get(tokenPath(to))).status).toBe(200);
    for (const script of [limited, all]) {
      const answer = await script.get(tokenPath(name));
      expect([answer.status, answer.body['code']]).toEqual([404, 'not_found']);
      expect(answer.body['detail']).toBe(`“${name}” is called “${to}” now. Ask for “${to}”.`);
    }
    expect(await refusals()).toBe(before);
    expect((await other.get(tokenPath(name))).text).not.toContain(to);
    for (const script of [limited, all, other]) script.stop();
    expect(await actions()).toContain(`renamed: ${to}`);
    expect((await someone.open(`/connections/${name}`)).headers['location']).toBe(`/connections/${to}`);
  });

  it('leaves revoked keys, and rows that somebody else wrote, as they are', async () => {
    const text = await someKey(app.server.store, { name: 'forged', connections: [someName()] });
    const [, id = ''] = text.split('_');
    await app.server.store.db.updateTable('api_keys').set({ connections: name }).where('id', '=', id).execute();
    const to = someName();
    await edit({ name: to });
    const script = program(app.url, text);
    expect((await script.get(tokenPath(to))).status).toBe(401);
    script.stop();
  });

  it('names the programs that used the old name, until they ask under the new one', async () => {
    const to = someName();
    const [nightly, shop] = [await withKey([name], 'Nightly import'), await withKey(null, 'web shop')];
    for (const script of [nightly, shop]) await script.get(tokenPath(name));
    await edit({ name: to });
    expect(await renamedNotice(to)).toMatch(/Nightly import[^]*took tokens under that name/);
    expect(await renamedNotice(to)).toContain('web shop');
    app.advance(60);
    await nightly.get(tokenPath(to));
    await app.restart();
    expect(await renamedNotice(to)).not.toContain('Nightly import');
    expect(await renamedNotice(to)).toContain('web shop');
    for (const script of [nightly, shop]) script.stop();
  });

  it('goes along with a reconnect that is at Zoho, and with a link', async () => {
    const to = someName();
    const away = await someone.submit(`/connections/${name}/reconnect`, {}, `/connections/${name}`);
    await edit({ name: to });
    const callback = new URL(app.simulator.control.authorize(String(away.headers['location'])));
    await someone.visit(callback.pathname + callback.search);
    const { store } = app.server;
    expect(await findConnection(store, name)).toBeUndefined();
    expect(await actions()).toContain('reconnected: ');
  });

  it('frees the old name: a connection that takes it is found by it alone', async () => {
    const to = someName();
    await edit({ name: to });
    await someone.connect({ name });
    expect((await someone.visit(`/connections/${name}`)).text).toContain(`action="/connections/${name}/edit"`);
    await someone.submit(`/connections/${name}/delete`, {}, `/connections/${name}`);
    expect((await someone.open(`/connections/${name}`)).status).toBe(404);
  });

  it('does not end a kept file that has the old name', async () => {
    await someone.connect({ name: 'kept' });
    const written = () => JSON.parse(readFileSync(join(folder, 'token.json'), 'utf8')) as { access_token: string };
    await until(() => written().access_token.startsWith('1000.'));
    await edit({ name: 'kept-otherwise' }, 'kept');
    const before = written().access_token;
    app.advance(60);
    await someone.submit('/connections/kept-otherwise/refresh', {}, '/connections/kept-otherwise');
    await until(() => written().access_token !== before);
  });
});

describe('the page', () => {
  it('draws life, budget and the last thirty days, each with its words', async () => {
    const { store } = app.server;
    const connection = await findConnection(store, name);
    if (!connection) throw new Error('not there');
    for (const [days, result] of [
      [1, 'ok'],
      [2, 'timed_out'],
      [3, 'ok'],
      [3, 'timed_out'],
      [40, 'ok'],
    ] as const) {
      const at = new Date(app.now().getTime() - days * 86_400_000).toISOString();
      await endRefresh(store, await beginRefresh(store, connection, 'schedule', at), result, 10);
    }
    const text = await page();
    expect(text).toMatch(/aria-label="The access token lives for another (59|60) min\."/);
    expect(text).toContain('aria-label="0 of 9 refreshes in ten minutes"');
    expect(text.match(/class="reserved"/g)).toHaveLength(1);
    expect(text).toContain('Last 30 days: refreshed on 2, failed on 2, idle on 27');
    expect(text).toMatch(/<title>[\d-]{10}: 1 refreshed, 1 failed<\/title>/);
  });

  it('says who uses it and what breaks without it', async () => {
    expect(await page()).toContain('Nobody has taken a token in the last 24 hours.');
    const script = await withKey([name], 'Nightly import');
    for (let n = 0; n < 3; n++) await script.get(tokenPath(name));
    script.stop();
    await app.restart();
    const text = await page();
    expect(text).toMatch(/Nightly import<\/bdi><\/a>\s*<span class="soft">3 tokens in 24 hours/);
    expect(text).toContain('<b>Nightly import</b> took its tokens in the last two days');
    expect(text).toMatch(/removed\. Nightly import took its tokens/);
    app.advance(3 * 86_400);
    expect(await page()).not.toContain('Nightly import</b>');
  });

  it('groups the scopes by product, in words', async () => {
    expect(await page()).toMatch(/Zoho CRM<\/strong>\s*<p class="soft">records of all modules/);
  });
});

async function renamedNotice(of: string): Promise<string> {
  return /id="renamed"[^]*?<\/div>/.exec(await page(of))?.[0] ?? '';
}

async function actions(): Promise<string[]> {
  const events = await recentEvents(app.server.store, 200);
  return events.map(({ action, detail }) => `${action}: ${detail ?? ''}`);
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      if (isSo()) return;
    } catch {
      // Not written yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it did not come about');
}
