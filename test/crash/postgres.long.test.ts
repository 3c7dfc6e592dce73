import { setTimeout as wait } from 'node:timers/promises';
import { type Answered, program, type Program, refreshPath, tokenPath } from '../support/program';
import { someKeys } from '../support/rows';
import { limit, times } from '../support/full';
import { type Person, person } from '../support/person';
import { crashPostgres, freshPostgres, startPostgresAgain } from '../support/postgres';
import { asProcess, runCommand } from '../support/start';

const crashes = times(5, 30);
/** So long an answer may take without the database, and so soon all has to be well with it again, in milliseconds. */
const patience = 5000;

it(
  'a PostgreSQL server that crashes under load loses nothing that was acknowledged, and is told as what it is',
  async () => {
    const env = { DATABASE_URL: await freshPostgres(), ENCRYPTION_KEYS: someKeys() };
    const site = await asProcess(env);
    const running = await site.serve();
    const someone = person(site);
    const acknowledged: string[] = [];
    try {
      await someone.connect({ name: 'crm' });
      const { stdout } = await runCommand(site, ['keys', 'create', '--name', 'test', '--connections', '*']);
      const script = program(site.url, stdout.trim());
      for (let crash = 0; crash < crashes; crash++) {
        const load = startLoad(script, someone, `c-${crash}`);
        await load.answers(20);
        await crashPostgres();
        await load.answers(20);
        await startPostgresAgain();
        const back = Date.now();
        while ((await script.get(tokenPath('crm'))).status !== 200) await wait(20);
        expect(Date.now() - back).toBeLessThan(patience);
        const { seen, connected } = await load.stop();
        acknowledged.push(...connected);
        expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200, 503]));
        expect(Math.max(...seen.map(({ milliseconds }) => milliseconds))).toBeLessThan(patience);
      }
      script.stop();
      expect(acknowledged.length).toBeGreaterThan(0);
      for (const name of acknowledged) {
        const page = await someone.visit(`/connections/${name}`);
        expect([name, page.text.includes('>Active<')]).toEqual([name, true]);
      }
      expect(running.process.exitCode).toBeNull();
      expect(running.written()).not.toMatch(/unhandled|ended by an unexpected error/);
    } finally {
      await site.stop();
    }
  },
  limit(120_000),
);

interface Load {
  /** Resolves after so many more answers. */
  answers(count: number): Promise<void>;
  /** All answers to programs that asked for a token or a new one, and the connections that a browser was told of. */
  stop(): Promise<{ seen: readonly Answered[]; refreshed: readonly Answered[]; connected: readonly string[] }>;
}

/** Programs ask for tokens and refreshes without a pause, and a person connects one account after the other. */
function startLoad(script: Program, someone: Person, prefix: string): Load {
  const seen: Answered[] = [];
  const refreshed: Answered[] = [];
  const connected: string[] = [];
  const end = new AbortController();
  const repeat = async (work: (round: number) => Promise<void>): Promise<void> => {
    for (let round = 0; !end.signal.aborted; round++) await work(round);
  };
  const asking = async (): Promise<void> => void seen.push(await script.get(tokenPath('crm')));
  const refreshing = async (): Promise<void> => {
    refreshed.push(await script.post(refreshPath('crm')));
    await wait(10);
  };
  const connecting = async (round: number): Promise<void> => {
    const name = `${prefix}-${round}`;
    const page = await someone.connect({ name }).catch(() => null);
    if (page?.text.includes(`“${name}” is connected.`)) connected.push(name);
    await wait(10);
  };
  const all = Promise.all([repeat(asking), repeat(asking), repeat(refreshing), repeat(connecting)]);
  return {
    async answers(count) {
      const enough = seen.length + count;
      while (seen.length < enough) await wait(5);
    },
    async stop() {
      end.abort();
      await all;
      return { seen, refreshed, connected };
    },
  };
}
