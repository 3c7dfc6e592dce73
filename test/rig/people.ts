import { setTimeout as wait } from 'node:timers/promises';
import type { History } from '../simulation/history';
import type { Operation, Operations } from '../simulation/operations';
import { createRandom, type Random } from '../simulation/random';
import { lastCertain } from '../simulation/rest';
import type { createServed } from '../simulation/served';
import type { SimulatedZoho } from '../simulation/zoho';
import { pathOf, person } from '../support/person';
import { type Answered, program, refreshPath, tokenPath } from '../support/program';
import type { Fleet, Place } from './fleet';

export interface PeopleParts {
  readonly seed: number;
  readonly history: History;
  readonly zoho: SimulatedZoho;
  readonly operations: Operations;
  readonly served: ReturnType<typeof createServed>;
  readonly fleet: Fleet;
  readonly names: readonly string[];
  readonly zuidOf: ReadonlyMap<string, number>;
  /** The API key of the programs. */
  readonly key: string;
}

/** So long after it was begun, a connect whose end nobody saw may still come to pass, in milliseconds. */
export const late = 90_000;

/** What may be said instead of a token, whatever goes wrong. */
const refusals: readonly unknown[] = [
  'throttled',
  'zoho_unavailable',
  'storage_unavailable',
  'needs_reconnect',
  'not_found',
  'not_stored',
];
/** So many calls wait for one instance at the most: it may stand still. */
const mostWaiting = 6;

export type People = ReturnType<typeof createPeople>;

/** Programs that ask for tokens, and people who connect, reconnect, refresh and disconnect, each at any instance. */
export function createPeople(parts: PeopleParts) {
  const { seed, history, zoho, operations, served, fleet, names, zuidOf, key } = parts;
  const programs = new Map(fleet.places.map((place) => [place, program(place.url, key)]));
  const waiting = new Map<Place, number>();
  const counts: Record<string, number> = {};
  return { run, ask, connect, counts, stop: () => programs.forEach((one) => one.stop()) };

  /** Until that time; resolves when the last of them has had its answer. */
  async function run(until: number): Promise<void> {
    const often = async (stream: number, pauses: readonly [number, number], act: (random: Random) => Promise<void>) => {
      const random = createRandom(seed, stream);
      while (Date.now() < until) {
        await wait(random.between(...pauses));
        await act(random);
      }
    };
    const asking = new Set<Promise<void>>();
    const askSoon = async (random: Random): Promise<void> => {
      const asked = ask(random.pick(names), random.chance(0.3) ? 30 : null, random).finally(() => asking.delete(asked));
      asking.add(asked);
    };
    await Promise.all([
      often(10, [20, 80], askSoon),
      often(11, [1000, 6000], (random) => refresh(random.pick(names), random)),
      often(12, [2000, 9000], (random) => change(random.pick(names), random)),
      often(13, [2000, 9000], (random) => change(random.pick(names), random)),
      often(14, [2000, 9000], (random) => change(random.pick(names), random)),
    ]);
    await Promise.all(asking);
  }

  async function change(name: string, random: Random): Promise<void> {
    if (random.chance(0.15)) return takeOut(name, random);
    if (random.chance(0.03)) {
      history.note(`${name} is removed at Zoho by its user`);
      zoho.endByUser(zuidOf.get(name) ?? 0);
    }
    return connect(name, random);
  }

  async function ask(
    name: string,
    minTtl: number | null,
    random: Random,
    failed: (why: string) => void = () => undefined,
  ): Promise<void> {
    const operation = operations.begin('ask', name);
    const was = lastCertain(operations, name, late);
    const query = minTtl === null ? '' : `?min_ttl=${minTtl}`;
    const answer = await call(random, (one) => one.get(tokenPath(name, query)));
    if (answer?.status === 200) got(operation, answer, minTtl);
    else failed(answer === null ? 'no answer' : `${answer.status} ${answer.text}`);
    operations.end(operation, answer?.status === 200);
    if (answer && was) checkThere(operation, was, answer);
  }

  async function refresh(name: string, random: Random): Promise<void> {
    const operation = operations.begin('refresh', name);
    const answer = await call(random, (one) => one.post(refreshPath(name)));
    if (answer?.status === 200) got(operation, answer, null);
    operations.end(operation, answer?.status === 200);
  }

  /** Null where the instance is not there, dies, or has enough to do. */
  async function call(
    random: Random,
    work: (one: ReturnType<typeof program>) => Promise<Answered>,
  ): Promise<Answered | null> {
    const place = random.pick(fleet.places);
    const count = waiting.get(place) ?? 0;
    const one = programs.get(place);
    if (!one || count >= mostWaiting) return null;
    waiting.set(place, count + 1);
    const answer = await work(one).catch(() => null);
    waiting.set(place, (waiting.get(place) ?? 1) - 1);
    const word = answer === null ? 'no answer' : answer.status === 200 ? 'token' : String(answer.body['code']);
    counts[word] = (counts[word] ?? 0) + 1;
    if (answer && answer.status !== 200 && !refusals.includes(answer.body['code']))
      history.violate(`${place.name} answered ${answer.status} ${answer.text}`);
    return answer;
  }

  function got(operation: Operation, { body }: Answered, minTtl: number | null): void {
    const given = { accessToken: String(body['access_token']), expiresAt: String(body['expires_at']) };
    // How long it lived was looked at after it was asked for, and the answer may be long on its way.
    served.got(operation, given, minTtl, operation.invokedAt);
  }

  /** I1: what somebody was told is connected is there, until somebody takes it out. */
  function checkThere({ name, invokedAt }: Operation, was: Operation, { status, body }: Answered): void {
    // One that names a time is in doubt: Zoho is asked again then.
    const isGone = status === 404 || (body['code'] === 'needs_reconnect' && body['retry_after'] === undefined);
    if (!isGone || was.kind !== 'connect' || (was.endedAt ?? Infinity) > invokedAt) return;
    if (operations.since(was.invokedAt, name, ['take_out']).length > 0) return;
    const grants = [...zoho.grants.values()].filter(({ zuid }) => zuid === zuidOf.get(name));
    if (grants.some(({ endedBy, endedAt }) => endedBy === 'user' && (endedAt ?? 0) > was.invokedAt)) return;
    history.violate(`I1 ${name} is connected, and a program is told ${status} ${String(body['detail'])}`);
  }

  /** From the button to the callback, which goes to another instance as well, or to both. */
  async function connect(name: string, random: Random): Promise<void> {
    const [place, other] = [random.pick(fleet.places), random.pick(fleet.places)];
    const operation = operations.begin('connect', name);
    try {
      const someone = person({ url: place.url, simulator: zoho });
      const path = `/connections/${name}`;
      const isThere = (await someone.visit(path)).status === 200;
      const begun = isThere
        ? await someone.submit(`${path}/reconnect`, {}, path)
        : await someone.submit('/connect', { name });
      const address = String(begun.headers['location']);
      if (begun.status !== 303) return operations.end(operation, false);
      const callback = zoho.control.authorize(address, { zuid: zuidOf.get(name) ?? 0 });
      operation.code = new URL(callback).searchParams.get('code');
      const browsers = random.chance(0.2) ? [place, other] : [random.pick([place, other])];
      const pages = browsers.map(({ url }) => follow(url, pathOf(callback), someone.cookie()).catch(() => ''));
      const words = (await Promise.all(pages)).map((page) =>
        page.includes(`“${name}” is connected`) ? 'done' : 'not told',
      );
      history.note(`connect ${name} at ${place.name} by ${operation.code?.slice(5, 11)}: ${words.join(', ')}`);
      // Where nobody was told so, it may still come to pass.
      if (words.includes('done')) operations.end(operation, true);
    } catch (error) {
      history.note(`connect ${name} at ${place.name}: ${String(error)}`);
      if (operation.code === null) operations.end(operation, false);
    }
  }

  async function takeOut(name: string, random: Random): Promise<void> {
    const place = random.pick(fleet.places);
    const someone = person({ url: place.url, simulator: zoho });
    const path = `/connections/${name}`;
    const operation = operations.begin('take_out', name);
    const page = await someone.visit(path).catch(() => null);
    const action = `${path}/${random.chance(0.6) ? 'revoke' : 'delete'}`;
    if (!page?.text.includes(`action="${action}"`)) return operations.end(operation, false);
    const answer = await someone.submit(action, {}, path).catch(() => null);
    history.note(`${action} at ${place.name}: ${answer?.status ?? 'no answer'}`);
    if (answer?.status === 303) operations.end(operation, true);
    if (answer?.status === 404) operations.end(operation, false);
  }
}

/** The page that an address leads to at last. */
async function follow(url: string, path: string, cookie: string): Promise<string> {
  const headers = { Cookie: cookie, 'Sec-Fetch-Site': 'none' };
  const answer = await fetch(url + path, { headers, redirect: 'manual' });
  const text = await answer.text();
  const location = answer.headers.get('location');
  return answer.status === 303 && location?.startsWith('/') ? follow(url, location, cookie) : text;
}
