import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';

export interface ConnectProxy {
  readonly url: string;
  /** What it was asked to connect to, as `host:port`, and on whose behalf. */
  readonly asked: { target: string; authorization: string | undefined }[];
  close(): void;
}

/** A proxy that answers CONNECT with this status; every tunnel of it ends at one port of this computer. */
export async function startConnectProxy(port: number, status = 200): Promise<ConnectProxy> {
  const asked: ConnectProxy['asked'] = [];
  const server = createServer((_req, res) => void res.writeHead(501).end()).on('connect', (req, socket) => {
    asked.push({ target: req.url ?? '', authorization: req.headers['proxy-authorization'] });
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 2\r\n\r\nno`);
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(target).pipe(socket);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port: own } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${own}`, asked, close: () => void server.close() };
}
