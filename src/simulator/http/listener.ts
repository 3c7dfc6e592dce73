import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

export interface Listener {
  /** Where it can be reached from this machine. */
  readonly url: string;
  close(): Promise<void>;
}

export interface Tls {
  /** PEM. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** Serves requests; rejects when the port cannot be had. */
export async function listen(app: RequestListener, host: string, port: number, tls?: Tls): Promise<Listener> {
  const server = tls === undefined ? createServer(app) : createTlsServer(tls, app);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${reachable(host)}:${address.port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** An address that a client can use, where the server listens on all. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
