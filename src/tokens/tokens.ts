import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { atMostEvery } from '../lib/rate-limit';
import { readBudget, type Share, type Use } from './budget';
import type { Clients } from '../connections/clients';
import type { Log } from '../lib/log';
import { notFound, Problem, problemOf } from '../lib/problem';
import { DamagedSecret } from '../store/encryption/cipher';
import {
  claimRefresh,
  findConnection,
  findConnectionById,
  type Lease,
  markUsed,
  openAccessToken,
  openRefreshToken,
  saveRefresh,
  saveTrouble,
} from '../store/connections';
import { readable } from '../store/encryption/readable';
import { beginRefresh, endRefresh } from '../store/refreshes';
import type { Asker, ConnectionRow } from '../store/schema';
import type { Store } from '../store/store';
import { type Clock, iso, later, secondsToWait, secondsUntil } from '../lib/time';
import { together } from '../lib/together';
import { troubleAfter } from './backoff';
import { createUnderWay } from '../lib/under-way';
import type { Zoho } from '../zoho/client';
import { isDataCenterCode } from '../zoho/data-centers';
import { ZohoError } from '../zoho/errors';
import { meaningOf } from '../zoho/messages';

/** A refresh call takes no longer, and so much of a new token's life may be over when it arrives. */
const refreshSeconds = 10;
/** Longer than a refresh call and the write after it, so that a living holder never loses its lease. */
const leaseSeconds = 15;
/** Long enough for a dead holder's lease to end and one more refresh. */
const waitSeconds = 28;
/** How exactly it is noted when a connection was last used, in seconds. */
const usedEvery = 60;

/** A valid access token of a connection, with the connection as it was stored beside it. */
export interface FreshToken {
  readonly accessToken: string;
  readonly connection: ConnectionRow;
  /** True when this call made Zoho give out a new token (or joined one that did). */
  readonly refreshed: boolean;
}

interface Wish {
  readonly asker: Asker;
  /** Seconds that the token must still live. */
  readonly minTtl: number;
  /** When set, only a token received after this moment will do. */
  readonly newerThan: Date | null;
}

export type Tokens = ReturnType<typeof createTokens>;

/** Access tokens that are valid now, refreshed exactly once however many ask, within Zoho's limits. */
export function createTokens(parts: { store: Store; zoho: Zoho; clients: Clients; now: Clock; log: Log }) {
  const { store, zoho, clients, now, log } = parts;
  const owner = randomUUID();
  const refreshes = new Map<string, Promise<FreshToken>>();
  const underWay = createUnderWay();
  const isDue = atMostEvery(usedEvery, now);
  const find = together((name) => findConnection(store, name));
  return { get, refresh, stored, ended: underWay.ended };

  /**
   * A token that lives at least `minTtl` seconds, which may be 3000 at the most; without asking Zoho when the stored
   * one does. Throws a Problem.
   */
  async function get(name: string, minTtl: number, asker: Asker): Promise<FreshToken> {
    const connection = await find(name);
    if (!connection) throw notFound(name);
    if (asker === 'program') await noteUse(connection);
    const wish = { asker, minTtl, newerThan: null };
    return servable(connection, wish) ?? once(connection, wish);
  }

  /** The stored token if it lives at all, without asking Zoho. */
  async function stored(name: string): Promise<FreshToken | null> {
    const connection = await find(name);
    return connection ? servable(connection, { asker: 'program', minTtl: 1, newerThan: null }) : null;
  }

  /** A new token from Zoho, within the budget. Throws a Problem. */
  async function refresh(name: string, asker: Asker): Promise<FreshToken> {
    const connection = await findConnection(store, name);
    if (!connection) throw notFound(name);
    return once(connection, { asker, minTtl: 0, newerThan: now() });
  }

  function servable(connection: ConnectionRow, wish: Wish): FreshToken | null {
    if (connection.status !== 'active') return null;
    const lives = secondsUntil(connection.access_token_expires_at, now());
    // Should Zoho give shorter lives than asked for, another token would not help: one that is almost new must do.
    const isBest = wish.minTtl > connection.access_token_life - refreshSeconds && isAlmostNew(connection);
    if (lives < 1 || (lives < wish.minTtl && !isBest)) return null;
    if (wish.newerThan !== null && (connection.refreshed_at ?? '') < iso(wish.newerThan)) return null;
    const accessToken = readable(() => openAccessToken(store, connection));
    return accessToken === null ? null : { accessToken, connection, refreshed: wish.newerThan !== null };
  }

  async function noteUse(connection: ConnectionRow): Promise<void> {
    if (!isDue(connection.id)) return;
    try {
      await markUsed(store, connection.id, iso(now()));
    } catch {
      // A database that cannot be written must not keep tokens from being read.
      log.warn({ connection: connection.name }, 'the use of a connection could not be noted');
    }
  }

  /** Callers in this process share one refresh. */
  function once(connection: ConnectionRow, wish: Wish): Promise<FreshToken> {
    const running = refreshes.get(connection.id);
    if (running) return running;
    const promise = refreshAcrossProcesses(connection.id, wish).finally(() => refreshes.delete(connection.id));
    refreshes.set(connection.id, promise);
    return underWay.track(promise);
  }

  /** Processes share one refresh by a lease in the row; whoever does not get it looks whether the holder is done. */
  async function refreshAcrossProcesses(id: string, wish: Wish): Promise<FreshToken> {
    const giveUp = later(now(), waitSeconds);
    const started = now();
    for (;;) {
      const connection = await findConnectionById(store, id);
      if (!connection) throw new Problem(404, 'not_found', 'The connection was deleted.', 'Connect it again.');
      const ready = servable(connection, wish);
      if (ready) return { ...ready, refreshed: (connection.refreshed_at ?? '') >= iso(started) };
      const held = connection.lease_until !== null && connection.lease_until > iso(now());
      if (!held) {
        await mayRefresh(connection, wish);
        const times = { now: iso(now()), until: iso(later(now(), leaseSeconds)) };
        const lease = await claimRefresh(store, connection, owner, times);
        const fresh = lease && (await refreshHolding(lease, connection, wish));
        if (fresh) return fresh;
      }
      if (now() > giveUp) {
        throw new Problem(503, 'zoho_unavailable', 'Another refresh did not end in time.', 'Try again.', 5);
      }
      await wait(50 + Math.random() * 50);
    }
  }

  /** Whether less than a sixth of its life is over. */
  function isAlmostNew({ access_token_expires_at: end, access_token_life: life }: ConnectionRow): boolean {
    const lives = secondsUntil(end, now());
    return lives > 0 && lives >= Math.floor((life * 5) / 6);
  }

  /** Whether Zoho may be asked at all. Throws the Problem that says why not and until when. */
  async function mayRefresh(connection: ConnectionRow, { asker, newerThan }: Wish): Promise<void> {
    const isPerson = asker === 'person';
    if (connection.status === 'revoked' || connection.refresh_token_sealed === null) {
      throw new Problem(409, 'needs_reconnect', 'This connection was disconnected, so it has no tokens.', 'Reconnect.');
    }
    if (connection.status === 'needs_reconnect' && !isPerson) {
      throw problemOf(new ZohoError(meaningOf(connection.problem ?? 'invalid_code', 'refresh')));
    }
    refuseUntil(connection.throttled_until, connection);
    if (!isPerson) refuseUntil(connection.retry_at, connection);
    const forOthers = newerThan === null && isAlmostNew(connection) ? 'early' : 'program';
    const share = isPerson ? 'person' : forOthers;
    const { free, freeAt, deciding } = await readBudget(store, connection, share, now());
    if (free) return;
    const next = `The next refresh is possible at ${iso(freeAt).slice(11, 16)} UTC.`;
    throw new Problem(429, 'throttled', usedUp(deciding, share), next, secondsToWait(iso(freeAt), now()));
  }

  function refuseUntil(time: string | null, connection: ConnectionRow): void {
    if (time === null || time <= iso(now())) return;
    const error = new ZohoError(meaningOf(connection.problem ?? 'throttled', 'refresh'));
    throw problemOf(error, waitUntil(time));
  }

  /** Seconds after which that time has surely come; null when there is none. */
  function waitUntil(time: string | null): number | null {
    return time === null ? null : secondsToWait(time, now());
  }

  /** Refreshes as the holder of the lease. Null when the lease was lost meanwhile. Throws a Problem. */
  async function refreshHolding(lease: Lease, connection: ConnectionRow, wish: Wish): Promise<FreshToken | null> {
    const sentAt = now();
    const ledgerId = await beginRefresh(store, connection, wish.asker, iso(sentAt));
    try {
      const answer = await askZoho(connection);
      const access = {
        token: answer.accessToken,
        expiresAt: iso(later(sentAt, answer.expiresIn)),
        life: answer.expiresIn,
        receivedAt: iso(now()),
        askedBy: wish.asker,
      };
      const tokens = { access, apiDomain: answer.apiDomain, newRefreshToken: answer.refreshToken };
      const saved = await saveRefresh(store, lease, tokens);
      await endRefresh(store, ledgerId, 'ok', now().getTime() - sentAt.getTime());
      if (!saved) return null;
      const row = await findConnectionById(store, connection.id);
      return row ? { accessToken: answer.accessToken, connection: row, refreshed: true } : null;
    } catch (error) {
      if (!(error instanceof ZohoError)) throw error;
      await endRefresh(store, ledgerId, error.code, now().getTime() - sentAt.getTime());
      const trouble = troubleAfter(error, connection, now());
      if (!(await saveTrouble(store, lease, trouble))) return null;
      log.warn({ connection: connection.name, problem: error.code, status: trouble.status }, 'refresh failed');
      throw problemOf(error, waitUntil(trouble.throttled_until ?? trouble.retry_at ?? null));
    }
  }

  async function askZoho(connection: ConnectionRow) {
    try {
      const refreshToken = openRefreshToken(store, connection);
      const client = await clients.find(connection.client_id, connection.data_center);
      if (refreshToken === null || !isDataCenterCode(connection.data_center)) throw new DamagedSecret('refresh token');
      return await zoho.refresh(client, connection.data_center, refreshToken);
    } catch (error) {
      if (error instanceof DamagedSecret) throw new ZohoError(meaningOf('damaged', 'refresh'));
      if (error instanceof Problem) throw new ZohoError(meaningOf('client_missing', 'refresh'));
      throw error;
    }
  }
}

/** Why the budget does not allow a refresh. */
function usedUp({ window, used }: Use, share: Share): string {
  if (window === 'hour')
    return `The Keeper has fetched ${used} access tokens in an hour and stops before Zoho ends the oldest of them.`;
  const count = `The Keeper has refreshed this token ${used} times in ten minutes`;
  if (share === 'early') return `${count}, and the one that is stored is almost new.`;
  return `${count} and stops before Zoho blocks it.`;
}
