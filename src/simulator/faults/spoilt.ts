import { html, json, type Answer } from '../http/answer';
import type { FaultKind } from './kinds';
import type { Fault } from './faults';
import { throttleAnswer } from '../accounts/throttle';

type Spoil = (good: Answer, fault: Fault) => Answer;

/** Faults that are just another answer, made from the good one or in its place. */
export const spoilt: Partial<Record<FaultKind, Spoil>> = {
  empty_200: (good) => ({ ...good, status: 200, body: '' }),
  html_200: () => html('Zoho Accounts', 'Sorry, something is not right here.', 200),
  truncated_json: (good) => ({ ...good, status: 200, body: good.body.slice(0, -Math.ceil(good.body.length / 3)) }),
  json_null: () => json(null),
  json_array: () => json([]),
  json_number: () => json(42),
  bom: (good) => ({ ...good, body: `\uFEFF${good.body}` }),
  invalid_code: () => json({ error: 'invalid_code' }),
  invalid_client: () => json({ error: 'invalid_client' }),
  invalid_client_secret: () => json({ error: 'invalid_client_secret' }),
  general_error: () => json({ error: 'general_error' }),
  access_denied: () => throttleAnswer('en', 200),
  json_400: () => json({ error: 'general_error' }, 400),
  json_401: () => json({ error: 'general_error' }, 401),
  too_many_requests: () => tooMany(),
  too_many_requests_retry_5: () => tooMany('5'),
  // Where it stands, a date counts from real time: HTTP knows nothing of the simulator's clock.
  too_many_requests_retry_date: () => tooMany(new Date(Date.now() + 30_000).toUTCString()),
  too_many_requests_retry_negative: () => tooMany('-1'),
  too_many_requests_retry_huge: () => tooMany('1000000000'),
  too_many_requests_retry_text: () => tooMany('soon'),
  ...serverErrors(500),
  ...serverErrors(502),
  ...serverErrors(503),
  ...serverErrors(504),
  ...redirects(301),
  ...redirects(302),
  ...redirects(307),
  ...redirects(308),
  no_expires_in: changed(() => ({ expires_in: undefined })),
  expires_in_string: changed(({ expires_in: life }) => ({ expires_in: String(life) })),
  expires_in_zero: changed(() => ({ expires_in: 0 })),
  expires_in_negative: changed(() => ({ expires_in: -1 })),
  expires_in_huge: changed(() => ({ expires_in: 1e12 })),
  null_members: (good) => sayingNothing(good, null),
  empty_members: (good) => sayingNothing(good, ''),
  no_access_token: changed(() => ({ access_token: undefined })),
  no_refresh_token: changed(() => ({ refresh_token: undefined })),
  fewer_scopes: changed(({ scope }) => ({ scope: String(scope).split(' ').slice(0, -1).join(' ') })),
  access_token_crlf: changed(({ access_token: token }) => ({ access_token: `${String(token)}\r\nX-Injected: yes` })),
  access_token_10kb: changed(({ access_token: token }) => ({ access_token: String(token).padEnd(10_240, 'a') })),
  proto_keys: (good) => ({
    ...good,
    body: good.body.replace(
      '{',
      '{"__proto__":{"access_token":"polluted","polluted":true},"constructor":{"prototype":{"polluted":true}},',
    ),
  }),
  hostile_api_domain: changed(() => ({ api_domain: 'https://www.zohoapis.com.evil.example' })),
};

/** All that may be left out is there, and nothing in it; and an error that is none. */
function sayingNothing(good: Answer, nothing: null | ''): Answer {
  const members: unknown = JSON.parse(good.body);
  if (typeof members !== 'object' || members === null) return good;
  const told = Object.entries(members).map(([name, value]) => [name, meant.has(name) ? value : nothing]);
  return { ...good, body: JSON.stringify({ error: nothing, ...Object.fromEntries(told) }) };
}

/** What an answer is about: without these it would be another one. */
const meant: ReadonlySet<string> = new Set(['error', 'access_token', 'refresh_token', 'status', 'ZUID', 'org']);

function changed(change: (members: Record<string, unknown>) => Record<string, unknown>): Spoil {
  return (good) => {
    const members: unknown = JSON.parse(good.body);
    if (typeof members !== 'object' || members === null) return good;
    const record = Object.fromEntries(Object.entries(members));
    // Only successes of the token endpoint have these members.
    if (!('access_token' in record)) return good;
    return { ...good, body: JSON.stringify({ ...record, ...change(record) }) };
  };
}

function tooMany(retryAfter?: string): Answer {
  const answer = json({ error: 'too_many_requests' }, 429);
  return retryAfter === undefined ? answer : { ...answer, headers: { ...answer.headers, 'retry-after': retryAfter } };
}

function serverErrors(status: 500 | 502 | 503 | 504) {
  return {
    [`json_${status}`]: () => json({ error: 'internal_error' }, status),
    [`html_${status}`]: () => html(`HTTP Status ${status}`, 'The server could not answer.', status),
  };
}

function redirects(status: 301 | 302 | 307 | 308) {
  return {
    [`redirect_${status}`]: (_good: Answer, { url = 'http://127.0.0.1:9/' }: Fault) => {
      const answer = html('Moved', 'This has moved.', status);
      return { ...answer, headers: { ...answer.headers, location: url } };
    },
  };
}
