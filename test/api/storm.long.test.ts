import { setTimeout as wait } from 'node:timers/promises';
import { inProcess, serveBeside, type ServerProcess, type TestApp } from '../support/start';
import { isQuiet, limit, times } from '../support/full';
import { person } from '../support/person';
import { freshPostgres, freshSqlite } from '../support/postgres';
import { someKeys } from '../support/rows';
import { type Answered, program, type Program, someKey, tokenPath } from '../support/program';

const callers = 1000;
const rounds = times(20, 200);
/** Each takes as long as the lease of somebody who is dead. */
const deaths = times(3, 20);
/** What the simulated Zoho takes for a refresh, and what may come on top of it, in milliseconds. */
const upstream = 100;
const allowance = 500;
/** Half of a thousand answers without any work are there within this, in milliseconds, on a computer with nothing else to do. */
const idlePace = 150;

describe.each([
  ['SQLite', freshSqlite, [1, 2]],
  ['PostgreSQL', freshPostgres, [2, 4]],
] as const)('a thousand programs that ask in the moment of expiry, on %s', (dialect, freshUrl, counts) => {
  let app: TestApp;
  let servers: ServerProcess[];
  let scripts: Program[];
  let key: string;
  beforeAll(async () => {
    app = await inProcess({ DATABASE_URL: await freshUrl(), ENCRYPTION_KEYS: someKeys() });
    await person(app).connect({ name: 'crm' });
    app.simulator.control.settings.refreshesPerWindow = 1000;
    key = await someKey(app.server.store);
    servers = await Promise.all(Array.from({ length: Math.max(...counts) }, () => serveBeside(app)));
    scripts = servers.map(({ url }) => program(url, key));
    for (const script of scripts) await storm([script], tokenPath('crm'));
  }, 120_000);
  afterAll(async () => {
    for (const script of scripts) script.stop();
    await Promise.all(servers.map((server) => server.end('SIGTERM')));
    await app.stop();
  });

  async function storm(asked: readonly Program[], path: string): Promise<Answered[]> {
    const answers = Array.from({ length: callers }, (_, index) => asked[index % asked.length]);
    return Promise.all(answers.flatMap((script) => (script ? [ask(script, path)] : [])));
  }

  /** On a computer that is busy otherwise somebody may be told that the database takes too long, and asks again. */
  async function ask(script: Program, path: string): Promise<Answered> {
    for (;;) {
      const answer = await script.get(path);
      if (isQuiet || answer.body['code'] !== 'storage_unavailable') return answer;
      await wait(Number(answer.headers['retry-after']) * 1000);
    }
  }

  /** Lets the stored token be over, and the budget forget the rounds before: the processes have the real clock. */
  async function expire(): Promise<void> {
    const { db } = app.server.store;
    await db.deleteFrom('refreshes').execute();
    await db
      .updateTable('connections')
      // Not in use, so that the schedule leaves it to the callers.
      .set({ access_token_expires_at: new Date(Date.now() - 1000).toISOString(), used_at: null })
      .execute();
    app.simulator.control.clearRequests();
  }

  function slow(): void {
    app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: upstream });
  }

  /** The one token that all of them were given, which works at Zoho. */
  async function expectGoodToken(answers: readonly Answered[]): Promise<void> {
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const tokens = new Set(answers.map(({ body }) => String(body['access_token'])));
    expect(tokens.size).toBe(1);
    const headers = { authorization: `Zoho-oauthtoken ${[...tokens].join()}` };
    expect((await fetch(`${app.simulator.urls.us}/oauth/user/info`, { headers })).status).toBe(200);
  }

  it.each(counts)(
    'cause one refresh, with %i of its servers asked',
    async (count) => {
      const asked = scripts.slice(0, count);
      let pace = median(await storm(asked, '/healthz'));
      for (let round = 1; round <= rounds; round++) {
        await expire();
        slow();
        const answers = await storm(asked, tokenPath('crm'));
        await expectGoodToken(answers);
        expect(app.simulator.control.count({ endpoint: 'refresh' })).toBe(1);
        const paceAfter = median(await storm(asked, '/healthz'));
        // Queries to a database server share its processors with the callers here.
        if (dialect === 'SQLite') expect(slowest(answers)).toBeLessThan(upstream + allowed(Math.max(pace, paceAfter)));
        pace = paceAfter;
      }
    },
    limit(120_000),
  );

  if (dialect === 'SQLite') return;

  it.each(Array.from({ length: deaths }, (_, index) => index + 1))(
    'cause one refresh more when the server that refreshes is killed, and nobody fails at the others (%i)',
    async () => {
      const [holder, ...others] = scripts;
      await expire();
      const { control } = app.simulator;
      // Zoho has made a token that nobody will ever see.
      control.faults.inject({ endpoint: 'refresh', kind: 'hang_before_headers', processed: true });
      const first = holder?.get(tokenPath('crm')).catch(() => 'cut off');
      await control.arrived(1, { endpoint: 'refresh' });
      const lost = storm(holder ? [holder] : [], tokenPath('crm')).catch(() => 'cut off');
      const answers = storm(others, tokenPath('crm'));
      await servers[0]?.end('SIGKILL');
      expect([await first, await lost]).toEqual(['cut off', 'cut off']);
      await expectGoodToken(await answers);
      expect(control.count({ endpoint: 'refresh' })).toBeLessThanOrEqual(2);
      await replaceFirst();
    },
    limit(60_000),
  );

  async function replaceFirst(): Promise<void> {
    scripts[0]?.stop();
    const server = await serveBeside(app);
    servers[0] = server;
    scripts[0] = program(server.url, key);
  }
});

/**
 * On a computer that is busy otherwise, by how much slower it is just then, and twice that, as its pace changes.
 * `npm run test:full` makes no such exception.
 */
function allowed(pace: number): number {
  return isQuiet || pace <= idlePace ? allowance : (2 * allowance * pace) / idlePace;
}

/** Unlike the slowest, not led astray by a few that had to wait for something. */
function median(answers: readonly Answered[]): number {
  const sorted = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function slowest(answers: readonly Answered[]): number {
  return Math.max(...answers.map(({ milliseconds }) => milliseconds));
}
