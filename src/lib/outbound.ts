import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { Readable } from 'node:stream';
import { TunnelAgent } from './tunnel';

// Node gives an IP address 250 ms before it turns to the next and never comes back to it: over a slow link it reaches nobody.
net.setDefaultAutoSelectFamilyAttemptTimeout(2500);

export interface Agents {
  readonly httpAgent: http.Agent;
  readonly httpsAgent: https.Agent;
}

/** A call to Zoho that has ended, without anything secret. */
export interface EndedCall {
  readonly operation: string;
  readonly method: string;
  readonly host: string;
  readonly status: number | null;
  /** Why there was no answer. */
  readonly code?: string | undefined;
  readonly ms: number;
}

/** The one way out of this process: whatever asks another server does so with these. */
export interface Outbound {
  /** A connection for each call: a kept one may be dead by the next call, which cannot be told from a lost answer. */
  readonly fresh: Agents;
  /** Connections are kept, for calls that may be repeated. */
  readonly kept: Agents;
  /** As the global one, but redirects are never followed. */
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Called after each call to Zoho. */
  told(call: EndedCall): void;
}

/** `proxy`, as `http://user:password@host:port`, carries all calls by https but those to this computer. */
export function createOutbound(proxy: string | null, told: Outbound['told'] = () => {}): Outbound {
  const agents = (keepAlive: boolean): Agents => {
    // Written out, or NODE_TLS_REJECT_UNAUTHORIZED=0 of another program's would hand secrets to anybody on the way.
    const options = { keepAlive, rejectUnauthorized: true };
    return {
      httpAgent: new http.Agent({ keepAlive }),
      httpsAgent: proxy === null ? new https.Agent(options) : new TunnelAgent(new URL(proxy), options),
    };
  };
  const fresh = agents(false);
  return { fresh, kept: agents(true), fetch: (url, init) => fetchBy(fresh, new Request(url, init)), told };
}

/** The same answer, whose body fails when it is longer than so many bytes. */
export function limitBody({ body, status, headers }: Response, mostBytes: number): Response {
  let left = mostBytes;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      left -= chunk.byteLength;
      if (left < 0) throw new TypeError(`more than ${mostBytes} bytes`);
      controller.enqueue(chunk);
    },
  });
  return new Response(body && body.pipeThrough(counter), { status, headers });
}

async function fetchBy(agents: Agents, wanted: Request): Promise<Response> {
  const { url, method, signal } = wanted;
  const headers = Object.fromEntries(wanted.headers);
  const body = Buffer.from(await wanted.arrayBuffer());
  const isPlain = url.startsWith('http:');
  const agent = isPlain ? agents.httpAgent : agents.httpsAgent;
  try {
    const request = (isPlain ? http : https).request(url, { method, headers, signal, agent });
    // Once there is an answer, what goes wrong is told by its body.
    request.on('error', () => undefined).end(body);
    const [answer]: IncomingMessage[] = await once(request, 'response');
    return responseOf(answer);
  } catch (cause) {
    signal.throwIfAborted();
    throw new TypeError('fetch failed', { cause });
  }
}

function responseOf(answer: IncomingMessage | undefined): Response {
  const status = answer?.statusCode ?? 0;
  const headers = Object.entries(answer?.headersDistinct ?? {}).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const isEmpty = [204, 205, 304].includes(status);
  return new Response(isEmpty || !answer ? null : Readable.toWeb(answer), { status, headers });
}
