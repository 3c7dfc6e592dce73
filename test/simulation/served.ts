import type { History } from './history';
import type { Host } from './instance';
import type { Operation, Operations } from './operations';
import type { Grant, SimulatedZoho } from './zoho';

export interface ServedParts {
  readonly time: { now(): number };
  readonly history: Pick<History, 'violate'>;
  readonly zoho: Pick<SimulatedZoho, 'grants' | 'minted' | 'isAlive'>;
  readonly host: Pick<Host, 'ahead' | 'jumps'>;
  readonly operations: Operations;
  /** Which person at Zoho belongs to which connection. */
  readonly zuidOf: ReadonlyMap<string, number>;
}

/** A token that somebody got. Times are true ones, in milliseconds. */
interface Served {
  readonly refreshToken: string;
  readonly mintedAt: number;
  /** As the program was told: by when it was asked for, which is earlier where the Keeper stood still meanwhile. */
  readonly expiresAt: number;
  readonly at: number;
}

const second = 1000;
const window = 600 * second;
const hour = 3600 * second;
const lease = 15 * second;
/** Between reading the clock and sending, an instance may stand still, and the clock may be set meanwhile. */
const longestStandstill = 20 * 60 * second;

/** What callers were given, held against what Zoho made: I2, I3 and I6 (see invariants.ts). */
export function createServed(parts: ServedParts) {
  const { time, history, zoho, host, operations, zuidOf } = parts;
  const served = new Map<string, Served[]>();
  return { got, ends, nameOf };

  function jumped(since: number): boolean {
    return host.jumps.some(({ at }) => at >= since);
  }

  /** `expiresAt` is what its caller was told. A token that was asked for by `minTtl` lived so long at the time `then`. */
  function got(
    operation: Operation,
    { accessToken, expiresAt }: { accessToken: string; expiresAt: string | null },
    minTtl: number | null,
    then = time.now(),
  ): void {
    const { name, invokedAt } = operation;
    const token = zoho.minted.get(accessToken);
    const grant = zoho.grants.get(token?.refreshToken ?? '');
    if (!token || !grant) return history.violate(`I6 ${name} got a token that Zoho never made`);
    const isNew = operations.since(grant.mintedAt - 60 * second, name, ['take_out']).length > 0;
    if (grant.zuid !== zuidOf.get(name) && !isNew) history.violate(`I6 ${name} got a token of somebody else`);
    checkTaken(operation, grant);
    const end = Date.parse(expiresAt ?? '');
    checkOrder(operation, { ...token, expiresAt: Math.min(token.expiresAt, end - host.ahead) });
    const sentBy = token.mintedAt - longestStandstill;
    const wasAhead = host.jumps.reduce((sum, { at, by }) => (at < sentBy ? sum + by : sum), 0);
    const isTold =
      end <= token.expiresAt + wasAhead + second ||
      host.jumps.some(({ at }) => at >= sentBy && at <= token.mintedAt + lease);
    if (!isTold) history.violate(`I6 the token of ${name} is said to live too long`);
    if (minTtl !== null && end - then - host.ahead < (minTtl - 1) * second)
      history.violate(`I6 ${name} got a token that lives too short`);
    if (zoho.isAlive(accessToken)) return;
    if (token.expiresAt <= time.now()) {
      if (token.expiresAt <= invokedAt && !jumped(token.mintedAt - lease))
        history.violate(`I6 ${name} got a token that had ended`);
    } else if (grant.endedAt === null) {
      if (!jumped(time.now() - hour - window)) history.violate(`I6 ${name} got a token that newer ones had pushed out`);
    } else if (grant.endedBy === 'keeper' && operations.since(invokedAt, name, ['take_out']).length === 0) {
      history.violate(`I6 ${name} got a token that the Keeper had revoked`);
    }
  }

  /** I2: of grants that were there when somebody took the connection out, nothing is served any more. */
  function checkTaken({ name, invokedAt }: Operation, grant: Grant): void {
    const connect = operations.all().find(({ code }) => code === grant.code);
    if (!connect?.succeeded || connect.endedAt === null) return;
    const made = connect.endedAt;
    const taken = operations
      .all()
      .some(
        (one) =>
          one.kind === 'take_out' &&
          one.name === name &&
          one.succeeded &&
          one.invokedAt > made &&
          (one.endedAt ?? Infinity) < invokedAt,
      );
    if (taken) history.violate(`I2 ${name} was taken out and is still served`);
  }

  /** I3: whoever asks later does not get an older token. */
  function checkOrder({ name, invokedAt }: Operation, token: Omit<Served, 'at'>): void {
    const earlier = served.get(token.refreshToken) ?? [];
    if (earlier.some((one) => one.at < invokedAt && one.mintedAt > token.mintedAt))
      history.violate(`I3 ${name} got an older token than before`);
    served.set(token.refreshToken, [
      ...earlier.filter(({ expiresAt }) => expiresAt > time.now()),
      { ...token, at: time.now() },
    ]);
  }

  /** The Keeper ends a refresh token at Zoho, and its access tokens with it. */
  function ends(refreshToken: string, grant: Grant): void {
    const living = (served.get(refreshToken) ?? []).filter(({ expiresAt }) => expiresAt > time.now());
    const wasTakenOut = operations.since(grant.mintedAt, nameOf(grant.zuid), ['take_out']).length > 0;
    if (living.length > 0 && !wasTakenOut && !jumped(grant.mintedAt))
      history.violate(
        `I6 a token that a program got ${time.now() - (living[0]?.at ?? 0)} ms ago is ended by a reconnect`,
      );
  }

  function nameOf(zuid: number | undefined): string {
    return [...zuidOf].find(([, one]) => one === zuid)?.[0] ?? '';
  }
}
