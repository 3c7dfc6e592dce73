import { Readable } from 'node:stream';
import { createFutile, type Refusal } from './refusals';
import { Problem } from '../lib/problem';
import type { Clock } from '../lib/time';
import type { FreshToken, Tokens } from '../tokens/tokens';
import { isDataCenterCode } from '../zoho/data-centers';
import { ZohoError } from '../zoho/errors';
import { forward, type Forwarded, type Headers } from '../zoho/forward';
import type { ZohoHosts } from '../zoho/hosts';
import { peek } from '../lib/streams';
import { apiOrigin, callUrl, productAt } from '../zoho/products';
import { isRefused } from '../zoho/token-verdict';

export interface ApiCall {
  readonly method: string;
  /** `api`, or what else a Product has as its host. */
  readonly host: string;
  /** Path and query as they were written. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Readable | null;
  readonly signal: AbortSignal;
}

/** Largest body that is passed on, in bytes. */
const largestBody = 100 * 1024 * 1024;
/** Bodies up to this size are kept, so that the call can be repeated with another token. */
const keptBody = 1024 * 1024;

export type Calls = ReturnType<typeof createCalls>;

/** Calls to Zoho's product APIs with a connection's token. */
export function createCalls({ hosts, tokens, now }: { hosts: ZohoHosts; tokens: Tokens; now: Clock }) {
  const futile = createFutile(now);
  return { call };

  /**
   * Zoho's answer to a call, the token added. When Zoho says that the token is dead, a new one is fetched and the call
   * repeated once, unless its body was too large to be kept: then the next call has the new token. Throws a Problem when
   * there is no token, no such address, or no answer.
   */
  async function call(fresh: FreshToken, wanted: ApiCall): Promise<Forwarded> {
    const url = urlOf(fresh, wanted);
    if (Number(wanted.headers['content-length'] ?? 0) > largestBody) throw tooLarge();
    const body = await readBody(wanted.body);
    const ask = async ({ accessToken }: FreshToken): Promise<Forwarded> => {
      const { method, headers, signal } = wanted;
      return forward({ method, url, accessToken, headers, body: body.content, signal });
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
      if (!isRefused(repeated.verdict)) futile.helped(refusal);
      return repeated;
    } catch (error) {
      if (body.isTooLarge()) throw tooLarge();
      throw error instanceof ZohoError ? unavailable(error) : error;
    }
  }

  function urlOf({ connection }: FreshToken, { host, path }: ApiCall): URL {
    const { data_center: dataCenter, api_domain: apiDomain } = connection;
    if (!isDataCenterCode(dataCenter)) throw new Error(`unknown data centre ${dataCenter}`);
    const url = callUrl(apiOrigin(hosts, { dataCenter, apiDomain }, host), path);
    if (url) return url;
    const sentence = 'That path cannot be passed on to Zoho.';
    throw new Problem(400, 'invalid_request', sentence, 'Write it without .., //, backslashes and encoded slashes.');
  }

  /** A token that is not the one that was refused; null when none can be had, or it would not help. */
  async function anotherToken(name: string, refusal: Refusal): Promise<FreshToken | null> {
    const stored = await tokens.stored(name);
    if (stored && stored.accessToken !== refusal.token) return stored;
    if (futile.isFutile(refusal)) return null;
    try {
      const fetched = await tokens.refresh(name, 'program');
      futile.begin(refusal, fetched.accessToken);
      return fetched;
    } catch (error) {
      // Zoho's own refusal says more about the call than why the refresh was not possible.
      if (error instanceof Problem) return null;
      throw error;
    }
  }
}

interface Body {
  readonly content: Buffer | Readable | null;
  readonly repeatable: boolean;
  isTooLarge(): boolean;
}

async function readBody(source: Readable | null): Promise<Body> {
  if (source === null) return { content: null, repeatable: true, isTooLarge: () => false };
  const { start, complete, whole } = await peek(source, keptBody);
  if (complete) return { content: start, repeatable: true, isTooLarge: () => false };
  let size = 0;
  return {
    content: Readable.from(counted(), { objectMode: false }),
    repeatable: false,
    isTooLarge: () => size > largestBody,
  };

  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of whole) {
      const bytes: unknown = chunk;
      if (!Buffer.isBuffer(bytes)) continue;
      size += bytes.length;
      if (size > largestBody) throw tooLarge();
      yield bytes;
    }
  }
}

function tooLarge(): Problem {
  return new Problem(413, 'too_large', 'The body is larger than 100 MB.', 'Send it to Zoho directly, with a token.');
}

function unavailable({ code, sentence, next }: ZohoError): Problem {
  return new Problem(code === 'timed_out' ? 504 : 502, 'zoho_unavailable', sentence, next);
}
