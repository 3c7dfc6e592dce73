import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { limit, times } from '../support/full';
import { pathOf, type Person, person } from '../support/person';
import { databases } from '../support/postgres';
import { asProcess, type ProcessSite } from '../support/start';
import type { Process } from '../support/process';
import { someKeys } from '../support/rows';

/** Seen from Zoho, and last the moment in which the browser hears that it is connected. */
const moments = ['before_processing', 'after_processing', 'after_first_byte', 'after_last_byte', 'answered'] as const;
type Moment = (typeof moments)[number];

interface Round {
  readonly name: string;
  readonly moment: Moment;
  /** Whether the browser was told that it is connected before the program died. */
  readonly acknowledged: boolean;
}

it.concurrent.each(databases)(
  'kill -9 while a code is exchanged, on %s: no acknowledged token is lost, and every unfinished attempt is reported',
  async (dialect, freshUrl) => {
    const site = await asProcess({ DATABASE_URL: await freshUrl(), ENCRYPTION_KEYS: someKeys() });
    const someone = person(site);
    // What is unfinished at the start was cut short on SQLite; on PostgreSQL it may be the work of another instance,
    // which is given half a minute.
    const judgeAtOnce = dialect === 'SQLite';
    const done: Round[] = [];
    try {
      let program = await site.serve();
      for (let number = 0; number < (judgeAtOnce ? times(40, 500) : times(20, 250)); number++) {
        const moment = moments[number % moments.length] ?? 'before_processing';
        done.push(await killedRound(site, someone, program, { name: `c-${number}`, moment }));
        program = await site.serve();
        if (judgeAtOnce) await judge(someone, done.slice(-1));
      }
      if (!judgeAtOnce) await judge(someone, done);
      await expectTokensAtZoho(site, someone, done);
    } finally {
      await site.stop();
    }
  },
  limit(240_000),
);

async function killedRound(
  site: ProcessSite,
  someone: Person,
  program: Process,
  { name, moment }: Pick<Round, 'name' | 'moment'>,
): Promise<Round> {
  const callback = pathOf(await someone.consent({ name }));
  const { faults } = site.simulator.control;
  if (moment !== 'answered') {
    faults.inject({ endpoint: 'exchange', kind: 'kill', pid: program.pid, moment, delay_ms: randomInt(51) });
  }
  const answer = await someone.open(callback).catch(() => null);
  if (moment === 'answered') program.process.kill('SIGKILL');
  expect((await program.ended).signal).toBe('SIGKILL');
  return { name, moment, acknowledged: answer?.status === 303 };
}

/** Each one is connected or reported as interrupted, nothing in between, and connected if it was acknowledged. */
async function judge(someone: Person, rounds: readonly Round[]): Promise<void> {
  const dashboard = await settledDashboard(someone);
  for (const { name, moment, acknowledged } of rounds) {
    const connected = await isConnected(someone, name);
    const reported = dashboard.includes(`Connecting “${name}” was interrupted.`);
    const expected = { name, moment, acknowledged, connected: connected || acknowledged, reported: !connected };
    expect({ name, moment, acknowledged, connected, reported }).toEqual(expected);
  }
  for (const [action] of dashboard.matchAll(/\/flows\/[\w-]+\/dismiss/g)) await someone.submit(action);
}

/** The dashboard once the program has dealt with what it found unfinished. */
async function settledDashboard(someone: Person): Promise<string> {
  const giveUp = Date.now() + 70_000;
  for (;;) {
    const { text } = await someone.visit('/');
    if (!text.includes('is under way, or was interrupted') || Date.now() > giveUp) return text;
    await wait(50);
  }
}

async function isConnected(someone: Person, name: string): Promise<boolean> {
  const { status, text } = await someone.visit(`/connections/${name}`);
  return status === 200 && text.includes('>Active<');
}

/** What is connected works at Zoho, and of what was killed both ends happened, else the kills came at a wrong time. */
async function expectTokensAtZoho(site: ProcessSite, someone: Person, done: readonly Round[]): Promise<void> {
  const living = new Set(site.simulator.control.livingRefreshTokens().map((token) => token.value));
  let connected = 0;
  for (const { name, moment } of done) {
    if (!(await isConnected(someone, name))) {
      expect(['before_processing', 'answered']).not.toContain(moment);
      continue;
    }
    connected += 1;
    const page = await someone.submit(
      `/connections/${name}/reveal`,
      { token: 'refresh_token' },
      `/connections/${name}`,
    );
    expect(living).toContain(/data-token[^>]*value="([^"]*)"/.exec(page.text)?.[1]);
  }
  expect(connected).toBeGreaterThan(done.length / 4);
  expect(connected).toBeLessThan(done.length);
}
