import type { ConnectionRow } from '../../src/store/schema';
import type { Call } from './network';
import type { Observer } from './observer';
import { createServed, type ServedParts } from './served';

export interface InvariantParts extends ServedParts {
  readonly observer: Observer;
}

const second = 1000;
const window = 600 * second;
const hour = 3600 * second;
/** What a person may use up, of Zoho's 10 requests in ten minutes and 15 living tokens (src/tokens/budget.ts). */
const most = { tenMinutes: 9, hour: 14 };
/** A token is not renewed twice within this time unless somebody insists: programs may ask for 3,000 s of 3,600. */
const need = 590 * second;
const lease = 15 * second;

/**
 * The promises of the Keeper, held against what Zoho saw, what callers got and what the database holds:
 * I1 a connect that was acknowledged is served until it is taken out · I2 nothing is served after that · I3 neither rows nor
 * tokens go back · I4 one refresh at a time and one for each need, within Zoho's limits, written down before · I5 with the
 * stored refresh token · I6 what is served is of the right person and alive · and nothing is revoked that is in use.
 */
export function createInvariants(parts: InvariantParts) {
  const { time, history, zoho, host, observer, operations } = parts;
  const calls: Call[] = [];
  const sequences = new Map<string, number>();
  const refusals = new Map<string, number[]>();
  const served = createServed(parts);
  return { sent, arrives, refused, gotToken: served.got, look, calls, forget };

  function jumped(since: number): boolean {
    return host.jumps.some(({ at }) => at >= since);
  }

  /** Whether its instance was always at work since then. */
  function stood({ instance }: Call, since: number): boolean {
    return instance.isDead || (instance.frozenAt ?? -1) >= since || instance.frozenUntil > since;
  }

  function sent(call: Call): void {
    if (call.endpoint === 'refresh') sentRefresh(call);
    if (call.endpoint === 'exchange') sentExchange(call);
    calls.push(call);
  }

  function sentRefresh(call: Call): void {
    const what = `a refresh by ${call.instance.name}`;
    const row = observer.connections().find((one) => observer.refreshTokenOf(one) === call.secret);
    if (!row) {
      const zuid = zoho.grants.get(call.secret)?.zuid;
      const recent = operations.since(time.now() - 30 * second, served.nameOf(zuid), ['connect', 'take_out']);
      if (recent.length === 0) history.violate(`I5 ${what} uses a refresh token that is not stored`);
      return;
    }
    const hostNow = new Date(time.now() + host.ahead).toISOString();
    const isFresh = !jumped(time.now() - 60 * second) && !stood(call, time.now() - 60 * second);
    if (isFresh && (row.lease_until ?? '') <= hostNow) history.violate(`I4 ${what} of ${row.name} holds no lease`);
    if (isFresh && (row.throttled_until ?? '') > hostNow)
      history.violate(`I4 ${what} of ${row.name} although Zoho said wait`);
    if (!observer.hasPendingRefresh(row.id)) history.violate(`I4 ${what} of ${row.name} is not written down`);
    const other = calls.find((one) => one.secret === call.secret && one.endpoint === 'refresh' && one.endedAt === null);
    const isAlone = !other || stood(other, other.sentAt - second) || jumped(other.sentAt - lease);
    if (!isAlone) history.violate(`I4 ${what} of ${row.name} beside another by ${other.instance.name}`);
    checkNeed(call, row);
  }

  function checkNeed(call: Call, row: ConnectionRow): void {
    const before = calls.findLast((one) => one.secret === call.secret && one.isAnswered && one.endpoint === 'refresh');
    if (!before || before.endedAt === null || time.now() - before.sentAt > need) return;
    if (jumped(before.sentAt - hour) || stood(before, before.sentAt - second) || row.refused_at !== null) return;
    const insisted = operations.since(before.sentAt, row.name, ['refresh']);
    if (insisted.length === 0)
      history.violate(`I4 ${row.name} is refreshed again after ${time.now() - before.sentAt} ms`);
  }

  function sentExchange(call: Call): void {
    const flow = observer.openFlows().find((one) => observer.codeOf(one) === call.secret);
    if (!flow) history.violate('I1 a code is exchanged that is not written down');
    const others = calls.filter((one) => one.endpoint === 'exchange' && one.secret === call.secret);
    const other = others.find((one) => one.endedAt === null);
    if (other && !stood(other, other.sentAt - second) && !jumped(other.sentAt - hour))
      history.violate(`I1 a code is exchanged twice at the same time`);
    if (others.filter(({ fault }) => fault !== 'refused').length > 3)
      history.violate('I1 a code is exchanged again and again');
  }

  function arrives(call: Call): void {
    if (call.endpoint === 'refresh') arrivesRefresh(call);
    if (call.endpoint === 'revoke') arrivesRevoke(call);
  }

  function arrivesRefresh({ secret }: Call): void {
    const arrived = calls.filter(
      (one) => one.secret === secret && one.arrivedAt !== null && !isLate(one.sentAt, one.arrivedAt),
    );
    const within = (span: number): Call[] => arrived.filter(({ arrivedAt }) => (arrivedAt ?? 0) > time.now() - span);
    const tenMinutes = within(window).length;
    // By the hour only what can make a token counts: an outage must not use the tokens up, and a dead grant makes none.
    const isOver = zoho.grants.get(secret)?.endedAt !== null;
    const anHour = within(hour).filter(({ fault }) => fault !== 'bad_gateway').length;
    if (tenMinutes > most.tenMinutes && !jumped(time.now() - window - lease))
      history.violate(`I4 ${tenMinutes} refreshes of one token in ten minutes`);
    if (anHour > most.hour && !isOver && !jumped(time.now() - hour - lease))
      history.violate(`I4 ${anHour} refreshes of one token in an hour`);
  }

  /** Its instance stood still between writing it down and sending it: Zoho's last request in ten minutes is kept for that. */
  function isLate(sentAt: number, arrivedAt: number | null): boolean {
    return (arrivedAt ?? 0) > sentAt + 12 * second;
  }

  function arrivesRevoke({ secret }: Call): void {
    const grant = zoho.grants.get(secret);
    if (!grant || grant.endedAt !== null) return;
    const user = observer.connections().find((row) => observer.refreshTokenOf(row) === secret);
    if (user) history.violate(`I1 the refresh token of ${user.name} is revoked while it is in use`);
    if (observer.openFlows().some((flow) => observer.keptTokenOf(flow) === secret))
      history.violate('I1 a refresh token is revoked that is kept for a connection');
    served.ends(secret, grant);
  }

  /** Zoho has said of this refresh token that it is none. */
  function refused({ secret }: Call): void {
    refusals.set(secret, [...(refusals.get(secret) ?? []), time.now() + host.ahead].slice(-20));
  }

  /** Of all rows: I3, and that nobody is sent to reconnect without need. */
  function look(): void {
    for (const row of observer.connections()) {
      const last = sequences.get(row.id) ?? 0;
      if (row.seq < last) history.violate(`I3 the row of ${row.name} went back from ${last} to ${row.seq}`);
      sequences.set(row.id, row.seq);
      const token = observer.refreshTokenOf(row);
      if (row.status !== 'needs_reconnect' || token === null || !zoho.isAlive(token)) continue;
      const times = refusals.get(token) ?? [];
      const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
      if (times.length < 2 || (span < 60 * second && host.jumps.length === 0))
        history.violate(`I1 ${row.name} is to be reconnected although its token is good`);
    }
  }

  /** Keeps memory small. */
  function forget(): void {
    const old = time.now() - 2 * hour;
    const firstYoung = calls.findIndex(({ sentAt }) => sentAt > old);
    calls.splice(0, firstYoung === -1 ? calls.length : firstYoung);
    operations.forget(time.now() - 30 * hour);
  }
}

export type Invariants = ReturnType<typeof createInvariants>;
