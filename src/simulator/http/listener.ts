import type { Express } from 'express';
import { once } from 'node:events';
import { createServer } from 'node:http';

export interface Listener {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves an app; rejects when the port cannot be had. */
export async function listen(app: Express, host: string, port: number): Promise<Listener> {
  const server = createServer(app);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://${reachable(host)}:${address.port}`,
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
