import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/config/config';
import { openStore } from '../../src/store/open';
import { testClient } from '../support/site';
import { createHistory } from './history';
import type { Host } from './instance';
import { createFleet, type Fleet } from './instances';
import { createInvariants } from './invariants';
import { createNemesis } from './nemesis';
import type { Call, NetworkParts } from './network';
import { createObserver } from './observer';
import { createOperations } from './operations';
import { createPeople } from './people';
import { createRandom } from './random';
import { checkAtRest } from './rest';
import { createVirtualTime } from './virtual-time';
import { createSimulatedZoho, redirectUri, zohoUrl } from './zoho';

export interface Result {
  readonly seed: number;
  /** Simulated hours until the end, or until an invariant broke. */
  readonly hours: number;
  readonly broken: readonly string[];
  /** The same for the same seed and the same program. */
  readonly hash: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly last: readonly string[];
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const begin = Date.UTC(2026, 0, 1);
const names = ['c-0', 'c-1', 'c-2', 'c-3', 'c-4'];
/** So many hours of work and faults, then so many without, at whose end all must be well. */
const [busyHours, restHours] = [20, 4];
/** At rest: so long after it was begun, something whose end nobody saw may still come to pass. */
const late = 20 * minute;
/** At rest: an answer is written down at once; only a locked database takes some milliseconds. */
const writing = second / 4;
/** Events in an hour. */
const rates = { asks: 20, refreshes: 3, storms: 0.2, connects: 2, takeOuts: 0.3, removals: 0.05, blows: 8 };

/** Keepers, their database, Zoho and the network between them for some hours of virtual time, all by one seed. */
export async function simulate(seed: number, hours: number): Promise<Result> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'keeper-simulation-'));
  const time = createVirtualTime(begin, createRandom(seed, 0));
  const random = createRandom(seed, 1);
  const history = createHistory(time.now);
  const host: Host = { ahead: 0, jumps: [], locked: 0 };
  const keys = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
  const databaseUrl = `sqlite:${join(folder, 'keeper.db')}`;
  const config = readConfig({
    ZOHO_CLIENT_ID: testClient.id,
    ZOHO_CLIENT_SECRET: testClient.secret,
    ZOHO_REDIRECT_URI: redirectUri,
    ZOHO_ACCOUNTS_URLS: `us=${zohoUrl}`,
    ZOHO_SCOPES: 'ZohoCRM.modules.ALL,AaaServer.profile.READ',
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEYS: keys,
  });
  let fleet: Fleet | undefined;
  const observer = createObserver(await openStore(databaseUrl, keys));
  try {
    const zoho = createSimulatedZoho(names.length);
    const zuidOf = new Map(names.map((name, n) => [name, zoho.zuids[n] ?? 0]));
    const operations = createOperations(time.now);
    const invariants = createInvariants({ time, history, zoho, host, observer, operations, zuidOf });
    const nemesis = createNemesis({ time, random: createRandom(seed, 2), host, fleet: () => all });
    const exchanges: Call[] = [];
    /** Nothing goes wrong meanwhile. */
    let isResting = false;
    const counts: Record<string, number> = {};
    const network: NetworkParts = {
      time,
      history,
      zoho,
      hooks: {
        fateOf: (call) => ({ ...nemesis.fateOf(call), ...(isResting && { fault: null }) }),
        arrives: invariants.arrives,
        refused: invariants.refused,
        sent(call) {
          counts[call.endpoint] = (counts[call.endpoint] ?? 0) + 1;
          if (call.endpoint === 'exchange') exchanges.push(call);
          invariants.sent(call);
        },
      },
    };
    const all = createFleet({ time, history, zoho, host, random: createRandom(seed, 3), config, network });
    fleet = all;
    const people = createPeople({ time, random, history, zoho, operations, invariants, fleet: all, observer, zuidOf });
    often(rates.asks, people.askOften);
    often(rates.refreshes, people.refresh);
    often(rates.storms, people.storm);
    often(rates.connects, people.connect);
    often(rates.takeOuts, people.takeOut);
    often(rates.removals, people.removeApp);
    often(rates.blows, nemesis.strike);
    always(20 * second, nemesis.supervise);
    always(10 * minute, invariants.look);
    always(hour, invariants.forget);
    for (const name of names) time.after(minute, null, () => people.connect(name));
    always((busyHours + restHours) * hour, () => void (isResting = false));
    time.after(busyHours * hour, null, rest);

    const end = begin + hours * hour;
    while (time.now() < end && history.broken.length === 0) await time.run(Math.min(time.now() + minute, end));
    const ran = (time.now() - begin) / hour;
    Object.assign(counts, { tokens: zoho.minted.size, jumps: host.jumps.length, lines: history.length });
    return { seed, hours: ran, broken: history.broken, hash: history.hash(), counts, last: history.last(2000) };

    function rest(): void {
      isResting = true;
      nemesis.heal();
      time.after((restHours - 0.5) * hour, null, () =>
        checkAtRest({ history, zoho, observer, operations, people, zuidOf, exchanges, late, writing }),
      );
      time.after((busyHours + restHours) * hour, null, rest);
    }

    function often(perHour: number, act: () => void): void {
      const again = (): void => {
        time.after((-Math.log(1 - random.next()) / perHour) * hour, null, again);
        if (!isResting) act();
      };
      time.after(2 * minute, null, again);
    }

    function always(every: number, act: () => void): void {
      time.after(every, null, () => {
        act();
        always(every, act);
      });
    }
  } finally {
    fleet?.end();
    time.restore();
    await observer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
