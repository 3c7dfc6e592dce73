import { type Operation, ZohoError } from './errors';
import { knownApiDomain } from './hosts';
import { explain } from './messages';
import type { Answer } from './send';

export interface TokenAnswer {
  readonly accessToken: string;
  /** Null when Zoho sent none: at every refresh, and at a connect that was not `offline` with consent. */
  readonly refreshToken: string | null;
  /** Life of the access token from the start of the request, in seconds; 0 when it is over already. */
  readonly expiresIn: number;
  /** Null when Zoho named none, or one that is not ours to call. */
  readonly apiDomain: string | null;
  readonly scopes: readonly string[] | null;
}

type Json = Readonly<Record<string, unknown>>;

const accessTokenLife = 3600;
const longestToken = 2048;

/** Judged by its body: most errors come with 200 (docs/zoho.md, "Errors of the token endpoint"). Throws a ZohoError. */
export function readTokenAnswer(answer: Answer, operation: Operation): TokenAnswer {
  const body = readBody(answer, operation);
  if (!isAbsent(body['error']) || isAbsent(body['access_token'])) throw refusal(answer, body, operation);
  const expiresIn = readLife(body);
  // After a connect the refresh token is what counts. A refresh brought nothing that could be used.
  if (expiresIn === 0 && operation === 'refresh') throw new ZohoError(explain('unexpected_answer', operation));
  return {
    accessToken: readToken(body['access_token'], operation),
    refreshToken: isAbsent(body['refresh_token']) ? null : readToken(body['refresh_token'], operation),
    expiresIn,
    apiDomain: knownApiDomain(body['api_domain']),
    scopes: readScopes(body['scope']),
  };
}

/** Whether a token is gone at Zoho after a call to revoke it; `perhaps` when only the status says so. */
export type Revoked = 'yes' | 'perhaps';

/** 400 says that Zoho does not know the token (docs/zoho.md, "Revoking"). Throws a ZohoError when it may still live. */
export function readRevokeAnswer(answer: Answer, path: 'older' | 'newer'): Revoked {
  const body = parseJson(answer.body);
  const word = typeof body?.['error'] === 'string' ? body['error'] : '';
  // Of the newer path no page shows the body of a success.
  const succeeded =
    path === 'newer' ? body !== null || answer.body === '' : /^success$/i.test(String(body?.['status']));
  if (answer.status < 300 && isAbsent(body?.['error']) && succeeded) return 'yes';
  const isUnknownToken = /^invalid_(token|code)$/i.test(word);
  if (answer.status === 400 && isUnknownToken) return 'yes';
  if (answer.status === 200 && isUnknownToken) return 'perhaps';
  if (answer.status === 400 && !isThrottle(body ?? {}) && !/client|general/i.test(word)) return 'perhaps';
  throw refusal(answer, readBody(answer, 'revoke'), 'revoke');
}

/** The JSON object in an answer. Throws a ZohoError for redirects, HTML, empty or broken bodies. */
export function readBody(answer: Answer, operation: Operation): Json {
  if (answer.status >= 300 && answer.status < 400) throw new ZohoError(explain('redirected', operation));
  const body = parseJson(answer.body);
  if (body) return body;
  if (answer.status === 429) throw throttled(answer, operation);
  throw new ZohoError(explain(answer.status >= 500 ? 'zoho_unavailable' : 'unexpected_answer', operation));
}

function parseJson(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

// Becomes part of logs and of the database, so it must not be a token that an answer holds in the wrong place.
const errorWord = /^[a-z][a-z_ -]{0,39}$/i;

/** Zoho leaves out what it does not give; whoever stands between may write it as nothing: null, false, blank or empty. */
export function isAbsent(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '';
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === false;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refusal(answer: Answer, body: Json, operation: Operation): ZohoError {
  if (answer.status === 429 || isThrottle(body)) return throttled(answer, operation);
  // A server in trouble is not believed when it says that a token is bad.
  if (answer.status >= 500) return new ZohoError(explain('zoho_unavailable', operation));
  const word = body['error'];
  if (typeof word !== 'string' || word === '') return new ZohoError(explain('unexpected_answer', operation));
  return new ZohoError(explain(errorWord.test(word) ? word.toLowerCase() : 'unnamed_error', operation));
}

// The description is translated, so only the word counts; "access_denied" is Zoho's word for too many grant codes.
export function isThrottle(body: Json): boolean {
  return typeof body['error'] === 'string' && /^access[ _]denied$/i.test(body['error']);
}

function throttled(answer: Answer, operation: Operation): ZohoError {
  return new ZohoError(explain('throttled', operation), { retryAfter: readRetryAfter(answer.retryAfter) });
}

/** Retry-After as seconds from now, kept between a second and an hour; null when absent or unreadable. */
function readRetryAfter(value: string | null): number | null {
  if (value === null) return null;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 1), 3600) : null;
}

function readToken(value: unknown, operation: Operation): string {
  if (typeof value === 'string' && value.length <= longestToken && /^[\x21-\x7e]+$/.test(value)) return value;
  throw new ZohoError(explain('unexpected_answer', operation));
}

/** Seconds, but was milliseconds beside `expires_in_sec`: the cap of an hour heals both (docs/zoho.md, "Lives"). */
function readLife(body: Json): number {
  const told = [body['expires_in_sec'], body['expires_in']].find((value) => !isAbsent(value));
  const seconds = Math.floor(Number(told));
  return Number.isNaN(seconds) ? accessTokenLife : Math.min(Math.max(seconds, 0), accessTokenLife);
}

/** Zoho lists granted scopes with spaces although they are asked for with commas; a list will do as well. */
function readScopes(value: unknown): string[] | null {
  const text: unknown = Array.isArray(value) ? value.join(' ') : value;
  if (typeof text !== 'string' || text.length > 20_000) return null;
  const scopes = text.split(/[\s,]+/).filter((scope) => /^[\w.-]+$/.test(scope));
  return scopes.length > 0 ? scopes : null;
}
