import { randomInt } from 'node:crypto';
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { openDatabase } from '../../src/store/database';
import { testClient } from '../support/site';
import { asProcess, type ProcessSite } from '../support/start';
import type { Process } from '../support/process';
import { times } from '../support/full';
import { findLeaks, type Secret } from '../support/leak-scan';
import { type Person, person } from '../support/person';
import { someKeys } from '../support/rows';

/** A failing run is repeated with FUZZ_SEED. */
export const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
export const requests = times(20_000, 500_000);
/** So many are sent at once. */
export const batch = 50;

export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer | string;
}

export interface Target {
  readonly site: ProcessSite;
  readonly program: Process;
  readonly someone: Person;
  /** States of attempts that wait for their callback. */
  readonly states: readonly string[];
  /** Sends all at once and judges each answer. Throws with the request when one is wrong. */
  play(fuzzed: readonly FuzzedRequest[]): Promise<void>;
  /** What the database holds, but for the audit log. */
  contents(): Promise<unknown>;
  /** Audit actions that were recorded since the start. */
  actions(): Promise<string[]>;
  /** How many answers had which status; 0 where there was none. */
  statuses(): Record<number, number>;
  /** Secrets in what was answered and logged. */
  leaks(): unknown[];
  close(): Promise<void>;
}

/** The compiled program with a connection and three attempts to connect under way, to throw requests at. */
export async function createTarget(env: Record<string, string> = {}): Promise<Target> {
  const site = await asProcess({ ENCRYPTION_KEYS: someKeys(), ...env });
  const program = await site.serve();
  const someone = person(site);
  const password = env['DASHBOARD_PASSWORD'];
  if (password !== undefined) await someone.submit('/login', { password }, '/login');
  await someone.connect({ name: 'crm' });
  const callbacks = [
    await someone.consent({ name: 'one' }),
    await someone.consent({ name: 'two' }),
    await someone.consent({ name: 'three' }),
  ];
  const states = callbacks.map((callback) => new URL(callback).searchParams.get('state') ?? '');
  site.simulator.control.clearRequests();
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const answers = new Set<string>();
  const statuses: Record<number, number> = {};
  const begun = new Date().toISOString();
  return {
    site,
    program,
    someone,
    states,
    async play(fuzzed) {
      await Promise.all(fuzzed.map(playOne));
      if (program.process.exitCode !== null || program.process.signalCode !== null)
        throw new Error('the program ended');
    },
    contents: () =>
      database(async (db) => {
        const names = (await db.introspection.getTables()).map(({ name }) => name);
        // Refusals are events, and open pages are told of those by changes.
        const changing = ['events', 'changes', 'event_seals', 'sessions', 'meta'];
        const tables = names.filter((name) => !changing.includes(name));
        const rows = tables.map((name) =>
          db
            .selectFrom(name as 'connections')
            .selectAll()
            .execute(),
        );
        // The end of a session moves with every use, and /readyz writes to meta.
        const sessions = db.selectFrom('sessions').select('id_digest').execute();
        const meta = db.selectFrom('meta').selectAll().where('key', '!=', 'probe').execute();
        return Promise.all([...rows, sessions, meta]);
      }),
    actions: () =>
      database(async (db) => {
        const rows = await db.selectFrom('events').select('action').distinct().where('at', '>', begun).execute();
        return rows.map(({ action }) => action);
      }),
    statuses: () => statuses,
    leaks: () => {
      const minted = site.simulator.control.minted().map(({ kind, value }): Secret => ({ name: kind, value }));
      const own = [
        ...states.map((value) => ({ name: 'state', value })),
        { name: 'client_secret', value: testClient.secret },
      ];
      const places = [...answers, program.written()].map((content) => ({ name: content.slice(0, 80), content }));
      return findLeaks([...minted, ...own], places);
    },
    async close() {
      agent.destroy();
      await site.stop();
    },
  };

  async function playOne(fuzzed: FuzzedRequest): Promise<void> {
    const answer = await send(fuzzed);
    statuses[answer?.status ?? 0] = (statuses[answer?.status ?? 0] ?? 0) + 1;
    // Node itself hangs up on requests that are not HTTP.
    if (answer === null) return;
    const wrong = wrongWith(answer);
    if (wrong !== null)
      throw new Error(
        `${wrong}\n${JSON.stringify({ ...fuzzed, body: String(fuzzed.body) })}\n${answer.body.slice(0, 500)}`,
      );
    answers.add(answer.body.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(id)'));
  }

  function send({ method, path, headers, body }: FuzzedRequest): Promise<{ status: number; body: string } | null> {
    return new Promise((resolve) => {
      const options = { agent, host: '127.0.0.1', port: site.port, method, path, headers };
      const outgoing = request(options, (res) => {
        text(res).then(
          (answered) => resolve({ status: res.statusCode ?? 0, body: answered }),
          () => resolve(null),
        );
      });
      outgoing.on('error', () => resolve(null)).end(body);
    });
  }

  async function database<Result>(
    work: (db: Awaited<ReturnType<typeof openDatabase>>['db']) => Promise<Result>,
  ): Promise<Result> {
    const { db } = await openDatabase(`sqlite:${site.folder}/keeper.db`);
    return work(db).finally(() => db.destroy());
  }
}

function wrongWith({ status, body }: { status: number; body: string }): string | null {
  if (status >= 500) return `answered ${status}`;
  if (/^\s+at .*:\d+/m.test(body)) return 'the answer shows a stack';
  if (/polluted/.test(JSON.stringify(Object.keys(Object.prototype)))) return 'a prototype was changed';
  return null;
}
