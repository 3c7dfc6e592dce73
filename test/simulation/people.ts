import type { Callback } from '../../src/connections/callback';
import { beginConnect, beginReconnect, complete } from '../../src/connections/connect';
import { disconnect, findConnection, remove } from '../../src/connections/connections';
import type { Keeper } from '../../src/keeper';
import { codeOf } from '../../src/lib/errors';
import { Problem } from '../../src/lib/problem';
import { storageFault } from '../../src/store/errors';
import type { FreshToken } from '../../src/tokens/fresh-token';
import type { History } from './history';
import type { Instance } from './instance';
import type { Fleet } from './instances';
import type { Invariants } from './invariants';
import type { Observer } from './observer';
import type { Operation, Operations } from './operations';
import type { Random } from './random';
import type { VirtualTime } from './virtual-time';
import type { SimulatedZoho } from './zoho';

export interface PeopleParts {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly history: History;
  readonly zoho: SimulatedZoho;
  readonly operations: Operations;
  readonly invariants: Invariants;
  readonly fleet: Fleet;
  readonly observer: Observer;
  readonly zuidOf: ReadonlyMap<string, number>;
}

type Work = (keeper: Keeper, operation: Operation, instance: Instance) => Promise<boolean | null>;

const program = { name: 'program', ip: null };
const person = { name: 'person', ip: null };

export type People = ReturnType<typeof createPeople>;

/** Programs that ask for tokens, and people who connect, reconnect, refresh and disconnect, each at any instance. */
export function createPeople(parts: PeopleParts) {
  const { time, random, history, zoho, operations, invariants, fleet, observer, zuidOf } = parts;
  const names = [...zuidOf.keys()];
  return { askOften, ask, refresh, storm, connect, takeOut, removeApp };

  function askOften(): void {
    const name = random.pick(names);
    const minTtl = random.chance(0.2) ? random.pick([60, 600, 3000]) : null;
    const most = random.chance(0.2) ? 6 : 1;
    for (let count = 0; count < most; count++) ask(name, minTtl);
  }

  function ask(name: string, minTtl: number | null = null, failed: (why: string) => void = () => undefined): void {
    somewhere(
      'ask',
      name,
      async (keeper, operation, instance) => {
        const fresh = await keeper.serve.tokenForProgram(name, minTtl, program);
        return got(instance, operation, fresh, minTtl);
      },
      failed,
    );
  }

  /** Somebody insists, and often somebody else soon after. */
  function refresh(): void {
    const name = random.pick(names);
    refreshOnce(name);
    if (random.chance(0.5)) time.after(random.between(0, 40) * 1000, null, () => refreshOnce(name));
  }

  /** A program that asks for a new token again and again. */
  function storm(): void {
    const name = random.pick(names);
    const pause = random.between(10, 50) * 1000;
    for (let count = 0; count < 20; count++) time.after(count * pause, null, () => refreshOnce(name));
  }

  function refreshOnce(name: string): void {
    const isPerson = random.chance(0.4);
    somewhere('refresh', name, async ({ serve }, operation, instance) => {
      // A person only learns that there is a new token.
      if (isPerson) await serve.refreshForPerson(name, person);
      else got(instance, operation, await serve.refreshForProgram(name, program), null);
      return true;
    });
  }

  function got(
    instance: Instance,
    operation: Operation,
    { accessToken, connection }: FreshToken,
    minTtl: number | null,
  ): boolean {
    // What the dead say, nobody hears.
    const given = { accessToken, expiresAt: connection.access_token_expires_at };
    if (!instance.isDead) invariants.gotToken(operation, given, minTtl);
    return true;
  }

  function takeOut(name = random.pick(names)): void {
    const way = random.chance(0.6) ? disconnect : remove;
    somewhere('take_out', name, async (keeper) => {
      await way(keeper, name, person);
      return true;
    });
  }

  /** From the button to the callback, which may come to another instance, and twice. */
  function connect(name = random.pick(names)): void {
    const session = `session ${random.whole(1e9)}`;
    somewhere('connect', name, async (keeper, operation) => {
      const row = await findConnection(keeper.store, name);
      const request = { sessionId: session, clientId: '', scopes: null };
      const url = row
        ? await beginReconnect(keeper, row, request, person)
        : await beginConnect(keeper, { ...request, name, scopes: [], dataCenter: null }, person);
      time.after(random.between(2, 90) * 1000, null, () => consent(operation, url, session));
      return null;
    });
  }

  function consent(operation: Operation, url: string, sessionId: string): void {
    // Whose a new connection is, nobody knows yet.
    const isKnown = observer.connections().some(({ name, zuid }) => name === operation.name && zuid !== null);
    const zuid = random.chance(0.95) || !isKnown ? zuidOf.get(operation.name) : random.pick(zoho.zuids);
    const accept = random.chance(0.95);
    const way = new URL(zoho.control.authorize(url, { accept, ...(zuid !== undefined && { zuid }) })).searchParams;
    operation.code = way.get('code');
    const callback: Callback = {
      state: way.get('state') ?? undefined,
      code: way.get('code') ?? undefined,
      error: way.get('error') ?? undefined,
      location: way.get('location') ?? undefined,
      accountsServer: way.get('accounts-server') ?? undefined,
    };
    const times = random.chance(0.2) ? 2 : 1;
    for (let count = 0; count < times; count++) {
      at(operation, async (keeper) => {
        const { kind } = await complete(keeper, callback, sessionId, person);
        return kind === 'unfinished' ? null : kind === 'connected';
      });
    }
  }

  function removeApp(): void {
    const name = random.pick(names);
    history.note(`${name} is removed at Zoho by its user`);
    zoho.endByUser(zuidOf.get(name) ?? 0);
  }

  function somewhere(kind: Operation['kind'], name: string, work: Work, failed?: (why: string) => void): void {
    if (fleet.ready().length > 0) at(operations.begin(kind, name), work, failed);
  }

  /** At any instance. Work that brings null has not ended, or nobody knows how. */
  function at(operation: Operation, work: Work, failed: (why: string) => void = () => undefined): void {
    const ready = fleet.ready();
    if (ready.length === 0) return;
    const instance = random.pick(ready);
    time.after(random.whole(20), instance, () => {
      if (!instance.keeper) return failed('its instance stopped');
      history.note(`${instance.name} ${operation.kind} ${operation.name}`);
      const running = work(instance.keeper, operation, instance)
        .then(
          (succeeded) => done(instance, operation, succeeded),
          (error: unknown) => {
            fell(instance, operation, error);
            failed(error instanceof Problem ? error.sentence : String(error));
          },
        )
        .finally(() => instance.works.delete(running));
      instance.works.add(running);
    });
  }

  function done(instance: Instance, operation: Operation, succeeded: boolean | null): void {
    if (instance.isDead || succeeded === null || operation.endedAt !== null) return;
    history.note(`${instance.name} ${operation.kind} ${operation.name}: ${succeeded ? 'done' : 'refused'}`);
    operations.end(operation, succeeded);
  }

  function fell(instance: Instance, operation: Operation, error: unknown): void {
    if (instance.isDead) return;
    const isKnown = error instanceof Problem || storageFault(error) !== null;
    if (!isKnown) history.violate(`${operation.kind} ${operation.name} failed: ${String(error)}`);
    history.note(`${instance.name} ${operation.kind} ${operation.name}: ${codeOf(error)}`);
    // Whether it was done is not known then.
    if (isKnown && error instanceof Problem && error.code !== 'not_stored' && operation.endedAt === null)
      operations.end(operation, false);
  }
}
