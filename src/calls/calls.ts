import type { Readable } from 'node:stream';
import { type Actor, recordHourly } from '../audit';
import type { Context } from '../context';
import { createSemaphore, limitEach } from '../lib/concurrency';
import { Problem } from '../lib/problem';
import type { Serve } from '../tokens/serve';
import type { FreshToken } from '../tokens/fresh-token';
import type { Tokens } from '../tokens/tokens';
import { ZohoError } from '../zoho/errors';
import { forward, type Forwarded, type Headers } from '../zoho/forward';
import type { ZohoHosts } from '../zoho/hosts';
import { apiOrigin, callUrl, productAt } from '../zoho/products';
import { isRefused } from '../zoho/token-verdict';
import { type Body, createBodies, noBody, requireSize, tooLarge } from './body';
import { createRefusals, type Refusal, type Refusals } from './refusals';

export interface ApiCall {
  readonly method: string;
  /** The `host` of a Product, such as `api`. */
  readonly host: string;
  /** Path and query, as written. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Readable | null;
  readonly signal: AbortSignal;
}

/** Zoho itself lets an organisation make 5 to 25 calls at a time in most products. */
const callsOfKey = 100;
const callsTogether = 400;

export type Calls = ReturnType<typeof createCalls>;

export function createCalls(context: Context, { tokens, serve }: { tokens: Tokens; serve: Serve }) {
  const { zoho, counts } = context;
  const { hosts } = zoho;
  const refusals = createRefusals(context.now);
  const recordCalling = recordHourly(context);
  const withBody = createBodies();
  const passKey = limitEach(callsOfKey, () => tooManyCalls(429, 'This API key has', 'for one to end'));
  const passAll = createSemaphore(callsTogether, 0, () => tooManyCalls(503, 'The Keeper has', 'a moment'));
  return { call, callForProgram };

  /** `passOn` gets the answer, and the call has its place until it ends. Throws a Problem when there are too many. */
  async function callForProgram(
    name: string,
    wanted: ApiCall,
    actor: Actor,
    passOn: (answer: Forwarded) => Promise<void>,
  ): Promise<void> {
    const work = async (): Promise<void> => {
      const fresh = await serve.tokenForProgram(name, null, actor);
      await recordCalling(actor, { action: 'api_called', subject: name });
      urlOf(hosts, fresh, wanted);
      requireSize(wanted.headers);
      await withBody(wanted.body, wanted.headers, async (body) =>
        passOn(await count(counts, wanted, () => call(fresh, wanted, body))),
      );
    };
    await passKey(actor.name, () => passAll(work));
  }

  /** Replaces a dead token and repeats the call once; where the body was not kept, the next call has it. */
  async function call(fresh: FreshToken, wanted: Omit<ApiCall, 'body'>, body: Body = noBody): Promise<Forwarded> {
    const url = urlOf(hosts, fresh, wanted);
    const ask = async ({ accessToken }: FreshToken): Promise<Forwarded> => {
      const { method, headers, signal } = wanted;
      return forward(context.outbound, { method, url, accessToken, headers, body: body.content, signal });
    };
    try {
      const answer = await ask(fresh);
      const { verdict } = answer;
      if (!isRefused(verdict)) return answer;
      const product = productAt(wanted.host, wanted.path);
      const refusal = { connectionId: fresh.connection.id, product, verdict, token: fresh.accessToken };
      const another = await anotherToken({ tokens, refusals }, fresh.connection.name, refusal);
      if (another === null || !body.repeatable) return answer;
      answer.body.destroy();
      const repeated = await ask(another);
      if (!isRefused(repeated.verdict)) refusals.clear(refusal);
      return repeated;
    } catch (error) {
      if (body.isTooLarge()) throw tooLarge();
      throw error instanceof ZohoError ? unavailable(error) : error;
    }
  }
}

async function count(
  counts: Context['counts'],
  { host, path }: Pick<ApiCall, 'host' | 'path'>,
  work: () => Promise<Forwarded>,
) {
  const product = productAt(host, path);
  try {
    const answer = await work();
    counts.calls.add({ product, status: String(answer.status) });
    return answer;
  } catch (error) {
    counts.calls.add({ product, status: error instanceof Problem ? error.code : 'internal_error' });
    throw error;
  }
}

async function anotherToken(
  { tokens, refusals }: { tokens: Tokens; refusals: Refusals },
  name: string,
  refusal: Refusal,
): Promise<FreshToken | null> {
  const stored = await tokens.stored(name);
  if (stored && stored.accessToken !== refusal.token) return stored;
  if (!refusals.shouldRefresh(refusal)) return null;
  try {
    const fetched = await tokens.refresh(name, 'program');
    refusals.remember(refusal, fetched.accessToken);
    return fetched;
  } catch (error) {
    // Zoho's own refusal says more about the call than why the refresh was not possible.
    if (error instanceof Problem) return null;
    throw error;
  }
}

function urlOf(hosts: ZohoHosts, { connection }: FreshToken, { host, path }: Pick<ApiCall, 'host' | 'path'>): URL {
  const place = { dataCenter: connection.data_center, apiDomain: connection.api_domain };
  const url = callUrl(apiOrigin(hosts, place, host), path);
  if (url) return url;
  const sentence = 'That path cannot be passed on to Zoho.';
  throw new Problem(400, 'invalid_request', sentence, 'Write it without .., //, backslashes and %2F among slashes.');
}

function tooManyCalls(status: number, who: string, what: string): Problem {
  const sentence = `${who} too many calls under way through the proxy.`;
  return new Problem(status, 'too_many_calls', sentence, `Wait ${what}, and make fewer at a time.`, 1);
}

const statuses: Readonly<Record<string, number>> = { timed_out: 504, exhausted: 503 };

/** For a call that got no answer, or only the beginning of one. */
export function unavailable({ code, sentence, next }: ZohoError): Problem {
  return new Problem(statuses[code] ?? 502, 'zoho_unavailable', sentence, next);
}
