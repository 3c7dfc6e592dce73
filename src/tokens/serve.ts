import { type Actor, record, recordHourly } from '../audit';
import type { Context } from '../context';
import { Problem } from '../lib/problem';
import { secondsUntil } from '../lib/time';
import type { FreshToken } from './fresh-token';
import { createGivenOut } from './given-out';
import type { TokenUses } from './token-uses';
import type { Tokens } from './tokens';

export const longestMinTtl = 3000;
export const minTtlRule = `min_ttl is a whole number of seconds from 0 to ${longestMinTtl}.`;

/** What a token lives at least when a program does not say, in seconds. */
const usualTtl = 60;

/** No token as it was asked for. `expiresIn` is what the stored one still lives, in seconds; 0 when there is none. */
export class TokenProblem extends Problem {
  readonly expiresIn: number;

  constructor(problem: Omit<Problem, 'message' | 'name'>, expiresIn: number) {
    super(problem.status, problem.code, problem.sentence, problem.next, problem.retryAfter);
    this.expiresIn = expiresIn;
  }
}

export type Serve = ReturnType<typeof createServe>;

export function createServe(context: Context, tokens: Tokens, tokenUses: TokenUses) {
  const { now } = context;
  const recordTaking = recordHourly(context);
  const noteGivenOut = createGivenOut(context);
  return { tokenForProgram, refreshForProgram, refreshForPerson };

  /** `minTtl` null: about a minute, or what there is when Zoho cannot be asked. Throws a Problem or TokenProblem. */
  async function tokenForProgram(name: string, minTtl: number | null, actor: Actor): Promise<FreshToken> {
    const fresh = await noted(() => servable(name, minTtl));
    tokenUses.count(fresh.connection.id, actor);
    await recordTaking(actor, { action: 'token_taken', subject: name });
    return fresh;
  }

  async function servable(name: string, minTtl: number | null): Promise<FreshToken> {
    let fresh: FreshToken;
    try {
      fresh = await tokens.get(name, minTtl ?? usualTtl, 'program');
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 404) throw error;
      const stored = await tokens.stored(name);
      if (stored && minTtl === null) return stored;
      throw new TokenProblem(error, stored ? lifeOf(stored, now()) : 0);
    }
    if (minTtl !== null && lifeOf(fresh, now()) < minTtl) throw tooShort(lifeOf(fresh, now()));
    return fresh;
  }

  async function refreshForProgram(name: string, actor: Actor): Promise<FreshToken> {
    try {
      const refreshed = await refresh(name, 'program', actor);
      const fresh = (await noteGivenOut(refreshed)) ? refreshed : await noted(() => servable(name, null));
      tokenUses.count(fresh.connection.id, actor);
      return fresh;
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 404) throw error;
      const stored = await tokens.stored(name);
      throw new TokenProblem(error, stored ? lifeOf(stored, now()) : 0);
    }
  }

  /** A reconnect ends what nobody has: a token that it replaced before this was noted is not given out any more. */
  async function noted(take: () => Promise<FreshToken>): Promise<FreshToken> {
    for (;;) {
      const fresh = await take();
      if (await noteGivenOut(fresh)) return fresh;
    }
  }

  function refreshForPerson(name: string, actor: Actor): Promise<FreshToken> {
    return refresh(name, 'person', actor);
  }

  async function refresh(name: string, requestedBy: 'program' | 'person', actor: Actor): Promise<FreshToken> {
    const fresh = await tokens.refresh(name, requestedBy);
    await record(context, actor, { action: 'token_refreshed', subject: name });
    return fresh;
  }
}

/** Seconds that a token still lives, rounded down. */
export function lifeOf({ connection }: FreshToken, now: Date): number {
  return secondsUntil(connection.access_token_expires_at, now);
}

function tooShort(expiresIn: number): TokenProblem {
  const sentence = 'Zoho gives this connection tokens that live too short for this min_ttl.';
  const next = 'Ask with a smaller min_ttl, or without.';
  return new TokenProblem({ status: 400, code: 'invalid_request', sentence, next, retryAfter: null }, expiresIn);
}
