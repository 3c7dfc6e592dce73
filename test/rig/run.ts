import { openRefreshToken } from '../../src/store/connections';
import { openStore } from '../../src/store/open';
import type { ConnectionRow } from '../../src/store/schema';
import type { OpenStore } from '../../src/store/store';
import { createHistory } from '../simulation/history';
import { createOperations } from '../simulation/operations';
import { createRandom } from '../simulation/random';
import { createServed } from '../simulation/served';
import { createSimulatedZoho, redirectUri } from '../simulation/zoho';
import { freshFolder, freshPostgres } from '../support/postgres';
import { someKey } from '../support/program';
import { someKeys } from '../support/rows';
import { testClient } from '../support/site';
import { checkWritten } from './checks';
import { type Fleet, startFleet } from './fleet';
import { createNemesis } from './nemesis';
import { createPeople, type People } from './people';
import { checkRest } from './rest';
import { keepWhatIsWritten, whatWasWritten } from './written';
import { type Arrival, listenAsZoho } from './zoho';

export interface Result {
  readonly broken: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly last: readonly string[];
}

const names = Array.from({ length: 8 }, (_, n) => `c-${n}`);
const instances = 3;
/** What tokens live, and what programs want them to live at least where they do not say, in seconds. */
const [life, usual] = [90, 60];

/** Real Keepers on a real PostgreSQL and the simulator behind a port, so many seconds with all that can go wrong, then at rest. */
export async function runRig(seed: number, seconds: number): Promise<Result> {
  const history = createHistory(Date.now);
  const zoho = createSimulatedZoho(names.length);
  zoho.world.settings.accessTokenLife = life;
  const zuidOf = new Map(names.map((name, n) => [name, zoho.zuids[n] ?? 0]));
  const operations = createOperations(Date.now);
  const host = { ahead: 0, jumps: [] };
  const served = createServed({ time: { now: Date.now }, history, zoho, host, operations, zuidOf });
  const nemesis = createNemesis({ random: createRandom(seed, 1), history, zoho, fleet: () => fleet });
  const arrivals: Arrival[] = [];
  const port = await listenAsZoho(
    zoho,
    () => fleet.running(),
    (arrival) => {
      arrivals.push(arrival);
      const grant = arrival.endpoint === 'revoke' ? zoho.grants.get(arrival.secret) : undefined;
      if (grant?.endedAt === null) served.ends(arrival.secret, grant);
      history.note(`${arrival.instance?.name ?? 'somebody'}: ${arrival.endpoint} ${arrival.secret.slice(5, 11)}`);
      nemesis.arrives(arrival);
    },
  );
  const database = { DATABASE_URL: await freshPostgres(), ENCRYPTION_KEYS: someKeys() };
  const env = { ...database, ...client(port.url) };
  const store = await openStore(env.DATABASE_URL, env.ENCRYPTION_KEYS);
  const key = await someKey(store);
  await keepWhatIsWritten(env.DATABASE_URL);
  await store.close();
  const fleet: Fleet = await startFleet({ folder: freshFolder(), env }, history, instances);
  let people: People | undefined;
  try {
    const parts = { seed, history, zoho, operations, served, fleet, names, zuidOf, key };
    people = createPeople(parts);
    const begun = createRandom(seed, 2);
    for (const name of names) await people.connect(name, begun);
    const end = Date.now() + seconds * 1000;
    await Promise.all([nemesis.run(end), people.run(end)]);
    history.note('all is well from here on');
    await fleet.ready();
    const after = await openStore(env.DATABASE_URL, env.ENCRYPTION_KEYS);
    await checkRest({ ...parts, people, store: after, arrivals });
    const written = await whatWasWritten(env.DATABASE_URL);
    const refreshTokenOf = remembering(after);
    checkWritten({ history, zoho, operations, arrivals, written, refreshTokenOf, need: (life - usual) * 1000 });
    await after.close();
    const counts = { ...people.counts, ...nemesis.counts, ...countsOf(arrivals), lines: history.length };
    return { broken: history.broken, counts, last: history.last(2000) };
  } finally {
    people?.stop();
    await fleet.end();
    await port.close();
  }
}

function client(url: string) {
  return {
    ZOHO_CLIENT_ID: testClient.id,
    ZOHO_CLIENT_SECRET: testClient.secret,
    // As behind one load balancer.
    BASE_URL: new URL(redirectUri).origin,
    ZOHO_ACCOUNTS_URLS: `us=${url}`,
    ZOHO_SCOPES: 'ZohoCRM.modules.ALL,AaaServer.profile.READ',
  };
}

function remembering(store: OpenStore): (row: ConnectionRow) => string | null {
  const opened = new Map<string, string | null>();
  return (row) => {
    const sealed = row.refresh_token_sealed;
    if (sealed === null) return null;
    if (!opened.has(sealed)) opened.set(sealed, openRefreshToken(store, row));
    return opened.get(sealed) ?? null;
  };
}

function countsOf(arrivals: readonly Arrival[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { endpoint } of arrivals) counts[`at Zoho ${endpoint}`] = (counts[`at Zoho ${endpoint}`] ?? 0) + 1;
  return counts;
}
