import { setTimeout as wait } from 'node:timers/promises';
import type { Response } from 'supertest';
import { recentEvents } from '../../support/events';
import { type Person, person } from '../../support/person';
import { testClient } from '../../support/site';
import { refreshTokens } from '../../support/refresh-tokens';
import { inProcess, type TestApp } from '../../support/start';

const dead = '1000.deaddeaddeaddeaddeaddeaddeaddead.deaddeaddeaddeaddeaddeaddeaddead';

let app: TestApp;
let someone: Person;
beforeAll(async () => {
  app = await inProcess();
  Object.assign(app.simulator.control.settings, { refreshesPerWindow: 1000 });
  someone = person(app);
});
afterAll(() => app.stop());

/** A refresh token of somebody in Europe that the Keeper does not know (any more). */
async function someToken(): Promise<string> {
  await someone.connect({ name: 'before', userIn: 'eu' });
  await app.server.store.db.deleteFrom('connections').where('name', '=', 'before').execute();
  return app.simulator.control.minted().findLast(({ kind }) => kind === 'refresh_token')?.value ?? '';
}

async function names(): Promise<string[]> {
  const rows = await app.server.store.db.selectFrom('connections').select('name').orderBy('name').execute();
  return rows.map(({ name }) => name);
}

describe('Import', () => {
  it('is offered on the dashboard, and leads from a .env to a valid connection with one paste', async () => {
    const token = await someToken();
    expect((await someone.visit('/')).text).toContain('<a href="/import">I have a refresh token already</a>');
    const content = `CLIENT_ID=${testClient.id}\r\nCLIENT_SECRET=${testClient.secret}\r\nREFRESH_TOKEN=${token}\r\n`;
    const answer = await someone.submit('/import', { content }, '/import');
    expect([answer.status, answer.headers['location']]).toEqual([303, '/connections/default']);
    const page = (await someone.visit('/connections/default')).text;
    expect(page).toContain('“default” is connected.');
    expect(page).toContain('Europe');
    const [event] = await recentEvents(app.server.store, 1);
    expect(event).toMatchObject({ action: 'imported', subject: 'default', actor: 'person' });
    expect((await someone.visit('/events')).text).toContain('Imported the connection');
  });

  it('says of each what became of it, and shows nothing of what was pasted', async () => {
    const token = await someToken();
    const list = [{ name: 'sales', refresh_token: token }, { refresh_token: dead }];
    const content = JSON.stringify(list);
    const { text } = await someone.submit('/import', { content }, '/import');
    expect(text).toContain('“sales” is connected.');
    expect(text).toContain('number 2: Zoho refused the refresh token at every data centre');
    expect(text).not.toContain(token);
    expect(text).not.toContain(dead);
    expect(await names()).toContain('sales');
    expect((await someone.submit('/import', { content }, '/import')).text).toContain(
      '“sales” has this refresh token already, so nothing was stored.',
    );
    expect((await names()).filter((name) => name.startsWith('sales'))).toEqual(['sales']);
    for (const secret of [token, dead]) expect(app.logged.join('\n')).not.toContain(secret);
  });

  it('stores one connection when the form is sent twice at once', async () => {
    const fields = { content: await someToken(), name: 'twice' };
    await Promise.all([someone.submit('/import', fields, '/import'), someone.submit('/import', fields, '/import')]);
    expect((await names()).filter((name) => name.startsWith('twice'))).toEqual(['twice']);
  });

  it('takes files of some hundred kilobytes, with the NULs of PHP', async () => {
    const content = `# ${'x'.repeat(300_000)}\nREFRESH_TOKEN=${await someToken()}\0\n`;
    const answer = await someone.submit('/import', { content, name: 'long' }, '/import');
    expect(answer.headers['location']).toBe('/connections/long');
  });

  it.each([
    ['It is a text without a refresh token.', { content: 'nothing of use' }],
    ['That name cannot be used.', { content: dead, name: 'No Name' }],
    ['There is no such data centre.', { content: dead, data_center: 'xx' }],
  ])('says “%s” and stores nothing', async (words, fields) => {
    const before = await names();
    const answer = await someone.submit('/import', fields, '/import');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(words);
    expect(await names()).toEqual(before);
  });
});

describe('an import of hundreds', () => {
  let many: TestApp;
  let user: Person;
  let tokens: string[];
  beforeAll(async () => {
    many = await inProcess();
    user = person(many);
    Object.assign(many.simulator.control.settings, { livingRefreshTokens: 1000, codesPerWindow: 1000 });
    tokens = await refreshTokens(many, 40);
  });
  afterAll(() => many.stop());
  beforeEach(() => many.server.store.db.deleteFrom('connections').execute());

  function content(from: readonly string[]): string {
    return JSON.stringify(from.map((token, n) => ({ name: `c${n}`, refresh_token: token, data_center: 'us' })));
  }

  function count(): Promise<number> {
    return connectionsIn(many);
  }

  it('answers soon, shows how far it is to whoever looks, and names what is dead and what was there', async () => {
    await user.submit('/import', { content: content(tokens.slice(0, 3)) }, '/import');
    many.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: 500, times: 1000 });
    const answer = await user.submit('/import', { content: content([...tokens, dead]) }, '/import');
    expect([answer.status, answer.headers['location']]).toEqual([303, '/import']);
    const during = await person(many).open('/import');
    expect(during.headers['refresh']).toBe('2');
    expect(during.text).toMatch(/<strong>\d+ of 41 are connected, 3 were there already, \d+ not tried yet\.<\/strong>/);
    expect(during.text).toMatch(/<progress max="41" value="\d+"/);
    many.simulator.control.faults.clearFaults();
    const after = await over();
    expect(after.headers['refresh']).toBeUndefined();
    expect(after.text).toContain('37 of 41 are connected, 3 were there already, 1 could not be imported.');
    expect(after.text).toContain('c40: Zoho refused the refresh token');
    expect(after.text).not.toContain(tokens[0]);
    expect(await count()).toBe(40);
    many.advance(3700);
    expect((await user.visit('/import')).text).not.toContain('could not be imported');
  }, 60_000);

  it('stops with the Keeper, keeps what is stored, says so, and goes on when the same is pasted again', async () => {
    many.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: 500, times: 1000 });
    await user.submit('/import', { content: content(tokens) }, '/import');
    await many.restart();
    many.simulator.control.faults.clearFaults();
    const stored = await count();
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(40);
    const events = (await user.visit('/events')).text;
    expect(events).toContain('Stopped an import before its end');
    expect(events).toContain(`${stored} of 40 were tried`);
    await user.submit('/import', { content: content(tokens) }, '/import');
    expect((await over()).text).toContain(`${40 - stored} of 40 are connected, ${stored} were there already.`);
    expect(await count()).toBe(40);
  }, 60_000);

  async function over(): Promise<Response> {
    for (;;) {
      const answer = await user.open('/import');
      if (answer.headers['refresh'] === undefined) return answer;
      await wait(100);
    }
  }
});

async function connectionsIn({ server }: TestApp): Promise<number> {
  return (await server.store.db.selectFrom('connections').select('id').execute()).length;
}
