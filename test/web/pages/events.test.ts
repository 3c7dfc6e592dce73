import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import supertest from 'supertest';
import { type NewEvent, recordEvent } from '../../../src/store/events';
import { inProcess, type TestApp } from '../../support/start';
import { program, someKey, tokenPath } from '../../support/program';
import { person, someName } from '../../support/person';

let app: TestApp;
beforeAll(async () => {
  app = await inProcess();
});
afterAll(() => app.stop());

/** Writes events of its own, `seconds` after a day that no other event is near to. */
async function record(seconds: number, event: Partial<NewEvent> = {}, actor = 'person'): Promise<void> {
  const at = new Date(Date.UTC(2031, 0, 1) + seconds * 1000).toISOString();
  const ip = '192.0.2.7';
  await recordEvent(app.server.store, { name: actor, ip }, { action: 'connected', subject: null, ...event }, at);
}

async function lines(query: string): Promise<Record<string, unknown>[]> {
  const { text, headers } = await person(app).visit(`/events.jsonl${query}`);
  expect(headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The cells of the page's rows as plain text. */
function rows(html: string): string[] {
  const [, body = ''] = html.split(/<tbody[^>]*>/);
  return body
    .split('</tr>')
    .slice(0, -1)
    .map((row) =>
      row
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    );
}

it('shows what was done in words, newest first, with who did it from where and when', async () => {
  const someone = person(app);
  const name = someName();
  await someone.connect({ name });
  await someone.submit(`/connections/${name}/reveal`, { token: 'refresh_token' });
  await someone.submit(`/connections/${name}/delete`, {}, `/connections/${name}`);
  const { text } = await someone.visit(`/events?subject=${name}&actor=person`);
  expect(rows(text).map((row) => row.replace(/^.* ago |^.*just now /, ''))).toEqual([
    expect.stringMatching(`^Deleted the connection ${name} person .*127\\.0\\.0\\.1$|^Deleted.*::1$`),
    expect.stringContaining('Copied the refresh token'),
    expect.stringContaining('Connected'),
    expect.stringContaining('Started connecting'),
  ]);
  expect(text).toMatch(/<time class="soft" datetime="\d{4}-[^"]+Z">/);
});

it('names the API key that a program came with, and leads to all that was done with it', async () => {
  const someone = person(app);
  const name = someName();
  await someone.connect({ name });
  const script = program(app.url, await someKey(app.server.store, { name: 'nightly <sync>' }));
  await script.get(tokenPath(name));
  script.stop();
  const { text } = await someone.visit(`/events?subject=${name}`);
  const [, href = '', words] = /<a href="([^"]+actor[^"]+)"><bdi>(key nightly[^]*?)<\/bdi>/.exec(text) ?? [];
  expect(words).toBe('key nightly &lt;sync&gt;');
  expect(rows((await someone.visit(href.replaceAll('&amp;', '&'))).text)).toHaveLength(1);
  expect((await someone.visit(`/connections/${name}`)).text).toContain('key nightly &lt;sync&gt;');
});

it('filters by action, subject, actor and time, alone and together', async () => {
  const name = someName();
  await record(0, { subject: name, action: 'connected' });
  await record(10, { subject: name, action: 'deleted' }, 'owner');
  await record(20, { subject: 'another', action: 'deleted' }, 'owner');
  const found = async (query: string) =>
    rows((await person(app).visit(`/events?since=2031-01-01&${query}`)).text).length;
  expect(await found('')).toBe(3);
  expect(await found(`subject=${name}`)).toBe(2);
  expect(await found('action=deleted')).toBe(2);
  expect(await found('actor=owner')).toBe(2);
  expect(await found(`actor=owner&action=deleted&subject=${name}`)).toBe(1);
  expect(await found('actor=person&action=deleted')).toBe(0);
  const later = await person(app).visit('/events?since=2031-01-01T00:00:10Z');
  expect(rows(later.text)).toHaveLength(2);
  expect((await person(app).visit('/events?subject=no-such-thing')).text).toContain('No matching events.');
});

it('keeps what was typed in the form, and says what is wrong with a time', async () => {
  const page = await person(app).visit('/events?since=yesterday&subject=%22%3E%3Cb%3E');
  expect(page.status).toBe(400);
  expect(page.text).toContain('Write a day');
  expect(page.text).toContain('value="yesterday"');
  expect(page.text).toContain('value="&#34;&gt;&lt;b&gt;"');
  expect((await person(app).visit('/events.jsonl?since=2026-13-45')).status).toBe(400);
  expect((await person(app).visit('/events?since=1&since=2')).status).toBe(400);
});

it('gives fifty to a page and leads to the older ones, none left out and none twice', async () => {
  const name = someName();
  for (let number = 0; number < 120; number++) await record(number % 3, { subject: name, detail: `no ${number}` });
  const someone = person(app);
  const seen: string[] = [];
  const sizes: number[] = [];
  let page = await someone.visit(`/events?subject=${name}`);
  for (;;) {
    const found = [...page.text.matchAll(/no (\d+)</g)].map(([, number]) => number ?? '');
    sizes.push(found.length);
    seen.push(...found);
    const older = /<a class="button" href="([^"]+)">Older/.exec(page.text)?.[1];
    if (older === undefined) break;
    await record(100_000, { subject: name, detail: 'came meanwhile' });
    page = await someone.visit(older.replaceAll('&amp;', '&'));
  }
  expect(sizes).toEqual([50, 50, 20]);
  expect(new Set(seen).size).toBe(120);
  expect(page.text).toContain('>Newest</a>');
});

it('gives the same events as JSON lines, however many', async () => {
  const name = someName();
  const { db } = app.server.store;
  const row = { actor: 'person', ip: null, action: 'connected', subject: name, detail: null };
  const many = Array.from({ length: 1200 }, (_, number) => ({
    ...row,
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    at: new Date(Date.UTC(2032, 0, 1) + Math.floor(number / 3)).toISOString(),
  }));
  for (let start = 0; start < 1200; start += 100) {
    await db
      .insertInto('events')
      .values(many.slice(start, start + 100))
      .execute();
  }
  const found = await lines(`?subject=${name}`);
  expect(found).toHaveLength(1200);
  expect(found[0]).toEqual(many.at(-1));
  expect(new Set(found.map(({ id }) => id)).size).toBe(1200);
  expect(await lines(`?subject=${name}&since=2032-01-01T00:00:00.399Z`)).toHaveLength(3);
});

describe('when the database fails', () => {
  afterEach(async () => {
    await app.server.store.db.schema.alterTable('events_away').renameTo('events').execute();
    expect((await person(app).visit('/events')).status).toBe(200);
  });
  const lose = () => app.server.store.db.schema.alterTable('events').renameTo('events_away').execute();

  it('before the first of the lines, a page says so', async () => {
    await lose();
    const answer = await person(app).visit('/events.jsonl');
    expect(answer.status).toBe(500);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
  });

  it('in the middle of the lines, they are cut off and the Keeper goes on', async () => {
    const subject = someName();
    const row = { at: '2033-01-01T00:00:00.000Z', actor: 'person', ip: null, action: 'connected', subject };
    // More than the buffers of a connection hold, so that most is still to be read.
    const many = Array.from({ length: 4000 }, () => ({ ...row, id: randomUUID(), detail: 'x'.repeat(10_000) }));
    const { db } = app.server.store;
    for (let start = 0; start < many.length; start += 500) {
      await db
        .insertInto('events')
        .values(many.slice(start, start + 500))
        .execute();
    }
    const logged = app.logged.length;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${app.url}/events.jsonl?subject=${subject}`, resolve).on('error', reject);
    });
    expect(answer.statusCode).toBe(200);
    await lose();
    answer.resume();
    await expect(once(answer, 'end')).rejects.toThrow('aborted');
    expect(app.logged.slice(logged)).toEqual([expect.stringContaining('request failed')]);
  });
});

it('stays readable where an action is newer than the page’s words', async () => {
  const name = someName();
  await record(0, { action: 'something_new', subject: name });
  expect((await person(app).visit(`/events?subject=${name}`)).text).toContain('Something new');
});

it('has no way to change or delete events', async () => {
  const someone = person(app);
  const before = await lines('');
  for (const method of ['post', 'put', 'patch', 'delete'] as const) {
    for (const path of ['/events', '/events.jsonl', `/events/${String(before[0]?.['id'])}`]) {
      const request = supertest(app.url)[method](path).type('form').send({});
      const answer = await request.set({ Cookie: someone.cookie(), 'Sec-Fetch-Site': 'same-origin' });
      expect([method, path, answer.status]).toEqual([method, path, 404]);
    }
  }
  expect(await lines('')).toEqual(before);
});

it('gives no token away when the look at it cannot be recorded', async () => {
  const someone = person(app);
  const name = someName();
  await someone.connect({ name });
  const secrets = app.simulator.control.minted().filter(({ kind }) => kind.endsWith('_token'));
  await app.server.store.db.schema.alterTable('events').renameTo('events_away').execute();
  for (const token of ['access_token', 'refresh_token']) {
    const answer = await someone.submit(`/connections/${name}/reveal`, { token });
    expect(answer.status).toBe(500);
    expect(secrets.filter(({ value }) => answer.text.includes(value))).toEqual([]);
  }
  await app.server.store.db.schema.alterTable('events_away').renameTo('events').execute();
  const answer = await someone.submit(`/connections/${name}/reveal`, { token: 'refresh_token' });
  expect(secrets.map(({ value }) => value)).toContain(/data-token readonly value="([^"]+)"/.exec(answer.text)?.[1]);
});
