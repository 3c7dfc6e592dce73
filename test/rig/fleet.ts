import { setTimeout as wait } from 'node:timers/promises';
import type { History } from '../simulation/history';
import { serve, type ServerProcess } from '../support/start';
import { freePort, type Site } from '../support/site';

/** One process of the Keeper, from its start to its death. */
export interface Life {
  readonly name: string;
  readonly process: ServerProcess;
  /** When it was made to stand still. */
  readonly stops: number[];
  diedAt: number | null;
}

/** A port at which a Keeper runs, is killed and started again. */
export interface Place {
  readonly name: string;
  readonly url: string;
  /** Null while none runs. */
  life: Life | null;
}

export type Fleet = Awaited<ReturnType<typeof startFleet>>;

/** So many Keepers on the database of the site; whoever dies is started again. */
export async function startFleet(site: Pick<Site, 'folder' | 'env'>, history: History, count: number) {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  const places = ports.map((port, n): Place => ({
    name: `keeper${n + 1}`,
    url: `http://localhost:${port}`,
    life: null,
  }));
  const over = new AbortController();
  const keeping = places.map(keep);
  while (places.some(({ life }) => !life)) await Promise.race([wait(50), ...keeping]);
  return { places, running, kill, stop, ready, end };

  async function keep(place: Place): Promise<void> {
    for (let born = 1; !over.signal.aborted; born++) {
      const process = await serve(site, { PORT: new URL(place.url).port }).catch(() => null);
      // A database that is not there is a reason not to start.
      if (!process) {
        history.note(`${place.name} did not start`);
        await wait(500);
        continue;
      }
      const life: Life = { name: `${place.name}.${born}`, process, stops: [], diedAt: null };
      place.life = life;
      history.note(`${life.name} started`);
      const { code, signal, stdout, stderr } = await process.ended;
      Object.assign(life, { diedAt: Date.now() });
      place.life = null;
      if (signal !== 'SIGKILL') history.violate(`${life.name} ended by itself: ${code} ${signal} ${stderr}`);
      if (/unhandled|ended by an unexpected error/i.test(stdout)) history.violate(`${life.name} stumbled`);
      if (!over.signal.aborted) await wait(500);
    }
  }

  function running(): Life[] {
    return places.flatMap(({ life }) => (life ? [life] : []));
  }

  function kill(life: Life): void {
    history.note(`${life.name} killed`);
    life.process.process.kill('SIGKILL');
  }

  /** Its clock goes on while it stands. */
  async function stop(life: Life, milliseconds: number): Promise<void> {
    history.note(`${life.name} stopped for ${Math.round(milliseconds)} ms`);
    life.stops.push(Date.now());
    life.process.process.kill('SIGSTOP');
    await wait(milliseconds);
    life.process.process.kill('SIGCONT');
    history.note(`${life.name} goes on`);
  }

  /** Resolves when all of them say that they can work. */
  async function ready(): Promise<void> {
    for (const { url } of places) while (!(await isReady(url))) await wait(200);
  }

  async function end(): Promise<void> {
    over.abort();
    for (const { life } of places) life?.process.process.kill('SIGKILL');
    // One that is just starting dies as soon as it has.
    const killing = setInterval(() => running().forEach(({ process }) => process.process.kill('SIGKILL')), 100);
    await Promise.all(keeping);
    clearInterval(killing);
  }
}

function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}
