import type { Readable } from 'node:stream';
import { type Actor, recordHourly } from '../audit';
import type { Context } from '../context';
import { Problem } from '../lib/problem';
import type { Serve } from '../tokens/serve';
import type { FreshToken } from '../tokens/fresh-token';
import type { Tokens } from '../tokens/tokens';
import { ZohoError } from '../zoho/errors';
import { forward, type Forwarded, type Headers } from '../zoho/forward';
import type { ZohoHosts } from '../zoho/hosts';
import { apiOrigin, callUrl, productAt } from '../zoho/products';
import { isRefused } from '../zoho/token-verdict';
import { readBody, requireSize, tooLarge } from './body';
import { createRefusals, type Refusal } from './refusals';

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

export type Calls = ReturnType<typeof createCalls>;

export function createCalls(context: Context, { tokens, serve }: { tokens: Tokens; serve: Serve }) {
  const { hosts } = context.zoho;
  const refusals = createRefusals(context.now);
  const recordCalling = recordHourly(context);
  return { call, callForProgram };

  async function callForProgram(name: string, wanted: ApiCall, actor: Actor): Promise<Forwarded> {
    const fresh = await serve.tokenForProgram(name, null, actor);
    await recordCalling(actor, { action: 'api_called', subject: name });
    return call(fresh, wanted);
  }

  /** Replaces a dead token and repeats the call once; where the body was too large to keep, the next call has it. */
  async function call(fresh: FreshToken, wanted: ApiCall): Promise<Forwarded> {
    const url = urlOf(hosts, fresh, wanted);
    requireSize(wanted.headers);
    const body = await readBody(wanted.body);
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
      const another = await anotherToken(fresh.connection.name, refusal);
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

  async function anotherToken(name: string, refusal: Refusal): Promise<FreshToken | null> {
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
}

function urlOf(hosts: ZohoHosts, { connection }: FreshToken, { host, path }: ApiCall): URL {
  const place = { dataCenter: connection.data_center, apiDomain: connection.api_domain };
  const url = callUrl(apiOrigin(hosts, place, host), path);
  if (url) return url;
  const sentence = 'That path cannot be passed on to Zoho.';
  throw new Problem(400, 'invalid_request', sentence, 'Write it without .., //, backslashes and %2F among slashes.');
}

function unavailable({ code, sentence, next }: ZohoError): Problem {
  return new Problem(code === 'timed_out' ? 504 : 502, 'zoho_unavailable', sentence, next);
}
