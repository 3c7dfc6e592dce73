import { Readable } from 'node:stream';
import { create } from 'axios';
import type { Agents, Outbound } from '../lib/outbound';
import { ZohoError } from './errors';
import { explain } from './messages';
import { readingOn } from './read-on';
import { peek } from '../lib/streams';
import { transportCode } from './transport';
import { maybeAboutToken, type Verdict, verdictBytes, verdictOf } from './token-verdict';

export type Headers = Readonly<Record<string, string>>;

export interface Forwarding {
  readonly method: string;
  /** Made by `callUrl`, so that its host is one of ours. */
  readonly url: URL;
  readonly accessToken: string;
  /** Already chosen; nothing is taken out here. Names in lower case. */
  readonly headers: Headers;
  readonly body: Buffer | Readable | null;
  readonly signal: AbortSignal;
}

export interface Forwarded {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  /** The bytes as Zoho sent them, still compressed. */
  readonly body: Readable;
  readonly verdict: Verdict;
}

/** Seconds without a byte sent, or until the first byte of the answer, or between its bytes. */
const patience = 60;

// Redirects are the caller's to follow or not: a token must not travel to another host.
const client = create({
  maxRedirects: 0,
  proxy: false,
  decompress: false,
  responseType: 'stream',
  validateStatus: () => true,
  transformRequest: [],
  headers: { 'User-Agent': 'zoho-token-keeper', Accept: '*/*', 'Accept-Encoding': 'identity', 'Content-Type': false },
});

/** Sends one call to a product API and returns the beginning of its answer. Throws a ZohoError when there is none. */
export async function forward({ kept, fresh, told }: Outbound, call: Forwarding): Promise<Forwarded> {
  // A kept connection may be dead by now, which only calls that change nothing may find out by trying.
  const isSafe = (call.method === 'GET' || call.method === 'HEAD') && call.body === null;
  try {
    return await attempt(call, isSafe ? kept : fresh, told);
  } catch (error) {
    if (isSafe && error instanceof ZohoError && error.code === 'connection_lost') return attempt(call, fresh, told);
    throw error;
  }
}

async function attempt(call: Forwarding, agents: Agents, told: Outbound['told']): Promise<Forwarded> {
  const begun = performance.now();
  let isAnswered = false;
  const watch = watchdog();
  const { body, url } = call;
  // An AxiosError holds the token in many places, so it ends here.
  const because = (error: unknown): ZohoError => {
    if (error instanceof ZohoError) return error;
    return failure(url, watch.signal.aborted || call.signal.aborted ? 'timed_out' : transportCode(error));
  };
  try {
    const response = await client.request<Readable>({
      ...agents,
      url: url.href,
      method: call.method,
      headers: { ...call.headers, authorization: `Zoho-oauthtoken ${call.accessToken}` },
      signal: AbortSignal.any([call.signal, watch.signal]),
      ...(body !== null && { data: Buffer.isBuffer(body) ? body : watched(body, watch), transport: readingOn }),
    });
    const { status } = response;
    isAnswered = true;
    told({ ...asTold(call, begun), status });
    const headers = textHeaders(response.headers);
    const answer = watched(response.data, watch, because);
    answer.once('close', () => {
      watch.end();
      response.data.destroy();
    });
    if (status < 200 || status > 599) {
      answer.destroy();
      throw failure(url, 'unexpected_answer');
    }
    if (!maybeAboutToken(status)) return { url, status, headers, body: answer, verdict: 'fine' };
    const { start, complete, whole } = await peek(answer, verdictBytes);
    whole.once('close', () => answer.destroy());
    const verdict = complete ? verdictOf(start, headers['content-encoding']) : 'fine';
    return { url, status, headers, body: whole, verdict };
  } catch (error) {
    watch.end();
    const reason = because(error);
    if (!isAnswered) told({ ...asTold(call, begun), status: null, code: reason.code });
    throw reason;
  }
}

/** Its path is the caller's, and may hold anything. */
function asTold({ method, url }: Forwarding, begun: number) {
  return { operation: 'call', method, host: url.host, ms: Math.round(performance.now() - begun) };
}

function watchdog() {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience * 1000);
  return { signal: stop.signal, touch: () => void timer.refresh(), end: () => clearTimeout(timer) };
}

type Watchdog = ReturnType<typeof watchdog>;

type Explaining = (error: unknown) => unknown;

function watched(source: Readable, watch: Watchdog, because: Explaining = (error) => error): Readable {
  return Readable.from(touching(source, watch, because), { objectMode: false });
}

async function* touching(source: Readable, watch: Watchdog, because: Explaining): AsyncGenerator {
  try {
    for await (const chunk of source) {
      watch.touch();
      yield chunk;
    }
  } catch (error) {
    // What a socket says by itself could as well be said of the database's.
    throw because(error);
  }
}

function textHeaders(headers: object): Headers {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name.toLowerCase(), value]] : [],
    ),
  );
}

const sentences: Readonly<Record<string, string>> = {
  name_not_found: 'could not be reached: its host name was not found',
  unreachable: 'could not be reached: no connection',
  proxy_unreachable: 'could not be reached: the proxy in OUTBOUND_PROXY does not answer as one',
  proxy_unauthorized: 'could not be reached: the proxy in OUTBOUND_PROXY wants another user name or password (407)',
  proxy_refused: 'could not be reached: the proxy in OUTBOUND_PROXY opened no tunnel to it',
  untrusted_certificate: 'could not prove to be Zoho: its certificate is not trusted',
  unexpected_answer: 'sent an answer that is not HTTP, which was not used',
  timed_out: 'did not answer in time',
  connection_lost: 'broke the connection off before its answer was complete',
};

function failure(url: URL, code: string): ZohoError {
  if (code === 'exhausted') return new ZohoError(explain(code, 'account'));
  const next =
    code === 'name_not_found'
      ? 'Check the network and DNS of this server, and whether the product exists in this data centre.'
      : 'Try again. A call that changes something may have been done all the same.';
  return new ZohoError({ code, kind: 'retry', sentence: `${url.host} ${sentences[code]}.`, next });
}
