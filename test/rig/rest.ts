import { setTimeout as wait } from 'node:timers/promises';
import { openRefreshToken } from '../../src/store/connections';
import { openRevocationToken } from '../../src/store/revocations';
import type { ConnectionRow } from '../../src/store/schema';
import type { OpenStore } from '../../src/store/store';
import type { History } from '../simulation/history';
import type { Operations } from '../simulation/operations';
import { createRandom } from '../simulation/random';
import { checkAtRest, type Exchange } from '../simulation/rest';
import type { SimulatedZoho } from '../simulation/zoho';
import { pendingRevocations } from '../support/revocations';
import { late, type People } from './people';
import type { Arrival } from './zoho';

export interface RestParts {
  readonly history: History;
  readonly zoho: SimulatedZoho;
  readonly operations: Operations;
  readonly people: People;
  readonly zuidOf: ReadonlyMap<string, number>;
  readonly store: OpenStore;
  readonly arrivals: readonly Arrival[];
}

/** So long it is tried to write an answer down, and so long it may take until somebody ends what another one began. */
const [writing, patience] = [40_000, 120_000];
/** Refreshes of one token in ten minutes, and in an hour, after which programs have to wait. */
const budget = { tenMinutes: 8, hour: 13 };

/** What must hold when all is well again: nothing half done is left, and all that was promised is kept. */
export async function checkRest({ store, arrivals, people, ...parts }: RestParts): Promise<void> {
  const { history, zoho } = parts;
  const until = Date.now() + patience;
  while ((await openFlows(store)).length > 0 && Date.now() < until) await wait(500);
  const flows = await openFlows(store);
  const rows = await store.db.selectFrom('connections').selectAll().execute();
  const pending = await pendingRevocations(store);
  const ending = new Set(pending.map((row) => openRevocationToken(store, row)));
  const observer = {
    connections: () => rows,
    refreshTokenOf: (row: ConnectionRow) => openRefreshToken(store, row),
    openFlows: () => flows,
    // Those that programs still use, or that could not be ended while Zoho was away, wait for their time.
    revocations: () => 0,
  };
  const living = zoho.control.livingRefreshTokens().filter(({ value }) => !ending.has(value));
  const control = { livingRefreshTokens: () => living };
  const busy = new Set<string>();
  for (const row of rows) if (await isUsedUp(store, row)) busy.add(row.name);
  const asked: Promise<void>[] = [];
  const ask = (name: string, minTtl: null, failed: (why: string) => void): void => {
    const random = createRandom(1, asked.length);
    asked.push(people.ask(name, minTtl, random, (why) => busy.has(name) || failed(why)));
  };
  const exchanges = arrivals.flatMap((arrival) => (arrival.endpoint === 'exchange' ? [exchangeOf(arrival)] : []));
  const resting = { zoho: { grants: zoho.grants, control }, observer, people: { ask }, exchanges, late, writing };
  checkAtRest({ ...parts, history, ...resting });
  await Promise.all(asked);
}

function openFlows(store: OpenStore) {
  return store.db.selectFrom('flows').selectAll().where('status', 'in', ['exchanging', 'unconfirmed']).execute();
}

/** Zoho's limits hold at rest as well. */
async function isUsedUp(store: OpenStore, row: ConnectionRow): Promise<boolean> {
  const since = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();
  const lines = await store.db
    .selectFrom('refreshes')
    .select('started_at')
    .where('refresh_token_id', '=', row.refresh_token_id)
    .where('started_at', '>', since(3660))
    .execute();
  const tenMinutes = lines.filter(({ started_at: started }) => started > since(660)).length;
  return tenMinutes >= budget.tenMinutes || lines.length >= budget.hour;
}

/** Whoever stood still as the answer came takes it for one that came too late. */
function exchangeOf({ secret, arrivedAt, endedAt, instance, request }: Arrival): Exchange {
  const took = { from: arrivedAt - 100, until: (endedAt ?? arrivedAt) + 1000 };
  const stood = instance?.stops.some((at) => at > took.from && at < took.until) ?? true;
  const isAnswered = request.fault === undefined && request.status === 200 && !stood;
  return { secret, arrivedAt, endedAt, isAnswered, instance: instance ?? { diedAt: null } };
}
