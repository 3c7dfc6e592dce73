import { byKeeper } from '../../src/audit';
import type { Config } from '../../src/config/config';
import { expireUnconfirmed } from '../../src/connections/confirm';
import { recover } from '../../src/connections/recover';
import { flushRevocations, flushRevocationsSoon } from '../../src/connections/revocations';
import { type Keeper, openKeeper } from '../../src/keeper';
import type { Log } from '../../src/lib/log';
import { addSeconds } from '../../src/lib/time';
import { forgetOldRows } from '../../src/maintenance/retention';
import type { History } from './history';
import type { Host, Instance } from './instance';
import { type NetworkParts, outboundOf } from './network';
import type { Random } from './random';
import { busy, watchStatements } from './statements';

export interface Fleet {
  readonly instances: Instance[];
  /** Those that have started and stand at work. */
  ready(): Instance[];
  start(): void;
  kill(instance: Instance): void;
  freeze(instance: Instance, milliseconds: number): void;
  /** As SIGTERM does. */
  stop(instance: Instance): void;
  end(): void;
}

export interface FleetParts extends Omit<NetworkParts, 'hooks'> {
  readonly config: Config;
  readonly host: Host;
  readonly random: Random;
  readonly network: NetworkParts;
}

export function createFleet(parts: FleetParts): Fleet {
  const { time, history, host, random } = parts;
  const instances: Instance[] = [];
  let count = 0;
  const unwatch = watchStatements({
    opened(handle) {
      const owner = instances.find((one) => one === time.current());
      if (!owner || owner.handles.has(handle)) return;
      owner.handles.add(handle);
      // All instances are one thread here, so none may wait for another by standing still.
      handle.pragma('busy_timeout = 0');
    },
    before(handle, sql) {
      const owner = instances.find(({ handles }) => handles.has(handle));
      if (!owner?.keeper) return;
      owner.step(false);
      if (!owner.isDead && !/^(commit|rollback)/.test(sql) && random.chance(host.locked)) throw busy();
    },
  });
  return { instances, ready, start, kill, freeze, stop, end };

  function ready(): Instance[] {
    return instances.filter(({ keeper, isDead, frozenUntil }) => keeper && !isDead && frozenUntil <= time.now());
  }

  function start(): void {
    const instance: Instance = {
      name: `keeper${++count}`,
      keeper: null,
      isDead: false,
      diedAt: null,
      frozenUntil: 0,
      frozenAt: null,
      handles: new Set(),
      works: new Set(),
      fuse: null,
      step(isCall) {
        const { fuse } = instance;
        if (!fuse || fuse.isCall !== isCall || --fuse.left > 0) return;
        instance.fuse = null;
        fuse.act();
      },
    };
    instances.push(instance);
    time.after(0, instance, () => void open(parts, instance, () => kill(instance)));
  }

  function kill(instance: Instance): void {
    if (instance.isDead) return;
    history.note(`${instance.name} killed`);
    Object.assign(instance, { isDead: true, diedAt: time.now() });
    for (const handle of instance.handles) handle.close();
    instances.splice(instances.indexOf(instance), 1);
  }

  function freeze(instance: Instance, milliseconds: number): void {
    history.note(`${instance.name} frozen for ${Math.round(milliseconds / 1000)} s`);
    Object.assign(instance, { frozenAt: time.now(), frozenUntil: time.now() + milliseconds });
  }

  function stop(instance: Instance): void {
    const { keeper } = instance;
    if (!keeper) return;
    history.note(`${instance.name} stops`);
    instance.keeper = null;
    time.after(0, instance, () => {
      keeper.schedule.stop();
      // The server lets requests finish before it closes the database.
      const closed = Promise.all(instance.works).then(() => keeper.close());
      void closed.catch(() => undefined).then(() => kill(instance));
    });
  }

  function end(): void {
    for (const instance of [...instances]) kill(instance);
    unwatch();
  }
}

async function open(parts: FleetParts, instance: Instance, giveUp: () => void): Promise<void> {
  const { config, time, host, network, history } = parts;
  const now = (): Date => new Date(time.now() + host.ahead);
  try {
    const keeper = await openKeeper(config, logOf(instance, history), now, outboundOf(network, instance));
    if (instance.isDead) return;
    instance.keeper = keeper;
    history.note(`${instance.name} started${keeper.aloneAt ? ' alone' : ''}`);
    startRounds(parts, instance, keeper);
  } catch (error) {
    if (instance.isDead) return;
    // Somebody stands still in the middle of a transaction. Whoever watches over the instances tries again.
    if (/Another program holds it/.test(String(error))) return giveUp();
    history.violate(`${instance.name} did not start: ${String(error)}`);
  }
}

/** What runs in the background (src/jobs.ts), less often, so that an hour of it costs milliseconds. */
function startRounds(parts: FleetParts, instance: Instance, keeper: Keeper): void {
  const { now, aloneAt, schedule } = keeper;
  const idleSince = (seconds: number): Date => addSeconds(now(), -seconds);
  const isReported = (work: Promise<void>): Promise<void> =>
    work.catch((error: unknown) => {
      if (!instance.isDead) parts.history.note(`${instance.name} a task failed: ${String(error)}`);
    });
  void isReported(recover(keeper, aloneAt ?? idleSince(30), byKeeper));
  flushRevocationsSoon(keeper);
  every(120, () => recover(keeper, idleSince(aloneAt ? 60 : 30), byKeeper));
  every(240, () => flushRevocations(keeper));
  every(300, schedule.tick);
  every(600, () => expireUnconfirmed(keeper));
  every(1800, schedule.look);
  every(3600, async () => {
    await keeper.tokenUses.flush();
    await forgetOldRows(keeper);
  });

  function every(seconds: number, task: () => Promise<void>): void {
    let running = false;
    const round = (): void => {
      parts.time.after(parts.random.between(0.2, 1.8) * seconds * 1000, instance, round);
      if (running || instance.keeper === null) return;
      running = true;
      void isReported(task()).finally(() => void (running = false));
    };
    parts.time.after(parts.random.between(0, seconds) * 1000, instance, round);
  }
}

/** A mistake of the program's own is worth stopping for, wherever it was caught. */
function logOf(instance: Instance, history: History): Log {
  const error = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    if (instance.isDead) return;
    const kind = String(fields['error']);
    if (/^(TypeError|ReferenceError|RangeError|SyntaxError)$/.test(kind)) history.violate(`${message}: ${kind}`);
  };
  return { debug: () => undefined, info: () => undefined, warn: () => undefined, error };
}
