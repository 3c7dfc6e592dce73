import { setTimeout as wait } from 'node:timers/promises';
import type { Fault } from '../../src/simulator/faults/faults';
import type { History } from '../simulation/history';
import type { Random } from '../simulation/random';
import type { SimulatedZoho } from '../simulation/zoho';
import { crashPostgres, freezePostgres, startPostgresAgain, thawPostgres } from '../support/postgres';
import type { Fleet, Life } from './fleet';
import type { Arrival } from './zoho';

export interface NemesisParts {
  readonly random: Random;
  readonly history: History;
  readonly zoho: SimulatedZoho;
  fleet(): Fleet;
}

/** Longer than the lease of a refresh, in milliseconds. */
const longerThanLease = [16_000, 21_000] as const;

/** From a call's arrival at Zoho until something happens to its caller, at the most, in milliseconds. */
const burning = 200;

type Order = () => Promise<void>;

/** Zoho takes its time, so that something can come between. */
const usual: Fault = { endpoint: 'token', kind: 'slow', delay_ms: 100, delay_max_ms: 4000, percent: 50 };
/** What Zoho, or the way to it, does for some seconds. */
const weathers: readonly Fault[] = [
  { endpoint: 'token', kind: 'slow', delay_ms: 500, delay_max_ms: 9500, percent: 100 },
  { endpoint: 'token', kind: 'hang_before_headers', processed: true, percent: 60 },
  { endpoint: 'token', kind: 'reset_mid_body', processed: true, percent: 60 },
  { endpoint: 'token', kind: 'json_502', processed: true, percent: 60 },
  { endpoint: 'any', kind: 'reset_at_connect', percent: 90 },
  { endpoint: 'any', kind: 'html_503', percent: 90 },
  { endpoint: 'refresh', kind: 'too_many_requests_retry_5', times: 2 },
  { endpoint: 'refresh', kind: 'invalid_code', times: 1 },
];

export type Nemesis = ReturnType<typeof createNemesis>;

/** All that goes wrong, one thing after the other or two at a time, in an order that its luck says. */
export function createNemesis({ random, history, zoho, fleet }: NemesisParts) {
  /** What happens to the instance that comes to Zoho next. */
  let fuse: ((life: Life) => void) | null = null;
  /** Of all that began and is to end. */
  const under: Promise<void>[] = [];
  const counts: Record<string, number> = {};
  let isDatabaseHit = false;
  const blows = [
    kill,
    killAtZoho,
    stop,
    stopAtZoho,
    crashDatabase,
    crashDatabaseAtZoho,
    freezeDatabase,
    weather,
    weather,
  ] as const;
  return { run, arrives, counts };

  async function run(until: number): Promise<void> {
    turn();
    while (Date.now() < until) {
      await wait(random.between(2000, 6000));
      const blow = random.pick(blows);
      const done = blow();
      counts[blow.name] = (counts[blow.name] ?? 0) + 1;
      if (random.chance(0.5)) await done;
      else under.push(done);
    }
    fuse = null;
    // What was lit last may strike just now.
    await wait(burning);
    await Promise.all(under);
    zoho.control.faults.clearFaults();
  }

  function arrives({ endpoint, instance }: Arrival): void {
    if (!fuse || !instance || !['refresh', 'exchange'].includes(endpoint)) return;
    const act = fuse;
    fuse = null;
    setTimeout(() => act(instance), random.between(0, burning));
  }

  async function kill(): Promise<void> {
    const life = victim();
    if (life) fleet().kill(life);
  }

  async function killAtZoho(): Promise<void> {
    fuse = (life) => fleet().kill(life);
  }

  async function stop(): Promise<void> {
    const life = victim();
    if (life) await fleet().stop(life, random.between(...longerThanLease));
  }

  async function stopAtZoho(): Promise<void> {
    const milliseconds = random.between(...longerThanLease);
    fuse = (life) => void under.push(fleet().stop(life, milliseconds));
  }

  function crashDatabase(): Promise<void> {
    return hitDatabase('crashed', random.between(500, 4000), crashPostgres, startPostgresAgain);
  }

  /** Just after a refresh or an exchange was written down. */
  async function crashDatabaseAtZoho(): Promise<void> {
    const milliseconds = random.between(500, 4000);
    fuse = () => void under.push(hitDatabase('crashed', milliseconds, crashPostgres, startPostgresAgain));
  }

  function freezeDatabase(): Promise<void> {
    return hitDatabase('frozen', random.between(2000, 12_000), freezePostgres, thawPostgres);
  }

  async function hitDatabase(how: string, milliseconds: number, begin: Order, end: Order): Promise<void> {
    if (isDatabaseHit) return;
    isDatabaseHit = true;
    history.note(`PostgreSQL ${how} for ${Math.round(milliseconds)} ms`);
    await begin();
    await wait(milliseconds);
    await end();
    history.note('PostgreSQL is back');
    isDatabaseHit = false;
  }

  async function weather(): Promise<void> {
    const fault = random.pick(weathers);
    history.note(`Zoho: ${fault.kind} at ${fault.endpoint}`);
    turn({ ...fault, seed: random.whole(1e6) });
    await wait(random.between(3000, 15_000));
    turn();
    history.note('Zoho is well');
  }

  function turn(...faults: readonly Fault[]): void {
    zoho.control.faults.clearFaults();
    for (const fault of [...faults, usual]) zoho.control.faults.inject(fault);
  }

  function victim(): Life | undefined {
    const lives = fleet().running();
    return lives.length === 0 ? undefined : random.pick(lives);
  }
}
