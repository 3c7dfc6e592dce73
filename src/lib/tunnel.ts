import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { isLoopback } from './addresses';
import { codeOf, isExhausted } from './errors';

/** How long a proxy may take to open a tunnel, in seconds. */
const patience = 8;

/** The proxy gave no tunnel, so nothing was sent to anybody behind it. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code: 'PROXY_UNREACHABLE' | 'PROXY_UNAUTHORIZED' | 'PROXY_REFUSED';

  constructor(code: ProxyError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Makes its connections through a proxy's CONNECT tunnel, with TLS from end to end; to this computer directly. */
export class TunnelAgent extends https.Agent {
  readonly #proxy: URL;

  constructor(proxy: URL, options: https.AgentOptions) {
    super(options);
    this.#proxy = proxy;
  }

  override createConnection(
    options: https.RequestOptions,
    callback: (error: Error | null, stream?: Duplex | null) => void,
  ): Duplex | null | undefined {
    const host = options.host ?? '';
    if (isLoopback(host)) return super.createConnection(options);
    const target = `${host.includes(':') ? `[${host}]` : host}:${options.port}`;
    openTunnel(this.#proxy, target).then(
      (socket) => callback(null, super.createConnection(Object.assign({}, options, { socket }))),
      callback,
    );
    return undefined;
  }
}

/** A connection to `target` (`host:port`) through the proxy. Throws a ProxyError. */
async function openTunnel(proxy: URL, target: string): Promise<Duplex> {
  const request = http.request({
    host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: proxy.port || 80,
    method: 'CONNECT',
    path: target,
    headers: { Host: target, ...(proxy.username !== '' && { 'Proxy-Authorization': credentialsOf(proxy) }) },
    agent: false,
    signal: AbortSignal.timeout(patience * 1000),
  });
  try {
    return await new Promise((resolve, reject) => {
      request.once('error', reject).end();
      request.once('connect', ({ statusCode }, socket) => {
        if (statusCode === 200) return resolve(socket);
        socket.destroy();
        reject(refused(statusCode));
      });
    });
  } catch (error) {
    if (error instanceof ProxyError || isExhausted(error)) throw error;
    const reason = codeOf(error) === 'ABORT_ERR' ? `no answer in ${patience} s` : codeOf(error);
    throw new ProxyError('PROXY_UNREACHABLE', `the outbound proxy could not be reached (${reason})`);
  }
}

function refused(status = 0): ProxyError {
  return new ProxyError(
    status === 407 ? 'PROXY_UNAUTHORIZED' : 'PROXY_REFUSED',
    `the outbound proxy answered ${status}`,
  );
}

function credentialsOf({ username, password }: URL): string {
  const credentials = [username, password].map(decodeURIComponent).join(':');
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}
