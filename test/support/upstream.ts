import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Upstream {
  readonly url: string;
  readonly received: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
  /** How the following requests are answered, their bodies having been read or not. */
  answer(listener: RequestListener): void;
  close(): Promise<void>;
}

/** A server of somebody else's that does what a test says: a product API, or the receiver of webhooks. */
export async function startUpstream(): Promise<Upstream> {
  const received: Upstream['received'] = [];
  let listener: RequestListener = (_req, res) => void res.end('ok');
  const server = createServer((req, res) => {
    const entry = { method: req.method ?? '', url: req.url ?? '', headers: req.headers, body: '' };
    received.push(entry);
    // Large bodies are counted by the test itself.
    if (Number(req.headers['content-length'] ?? 0) <= 100_000) {
      req.on('data', (chunk: Buffer) => (entry.body += chunk.toString('utf8')));
    }
    listener(req, res);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answer: (next) => void (listener = next),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
