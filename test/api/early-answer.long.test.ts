import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inProcess, type TestApp } from '../support/start';
import { person } from '../support/person';
import { someKey } from '../support/program';

const answer =
  'HTTP/1.1 413 Payload Too Large\r\nContent-Type: application/json\r\nContent-Length: 16\r\nConnection: close\r\n\r\n' +
  '{"code":"LARGE"}';

/** Ways in which servers answer a request whose body they do not want, and hang up. */
const endings: readonly [how: string, end: (socket: Socket) => void][] = [
  ['ends the connection', (socket) => void socket.end(answer)],
  ['reads no more, and ends it', (socket) => void socket.pause().end(answer)],
  ['hangs up', (socket) => void socket.write(answer, () => socket.destroy())],
  [
    'resets the connection a little later',
    (socket) => void socket.write(answer, () => setTimeout(() => socket.resetAndDestroy(), 50)),
  ],
  ['goes on reading', (socket) => void socket.write(answer)],
];

describe('a refusal while the body is still on its way', () => {
  let app: TestApp;
  let upstream: Server;
  const sockets = new Set<Socket>();
  let key: string;
  let end: (socket: Socket) => void = () => undefined;
  beforeAll(async () => {
    upstream = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => end(socket));
      socket.on('data', () => undefined);
    });
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    app = await inProcess({ ZOHO_API_URLS: `us=http://127.0.0.1:${(upstream.address() as AddressInfo).port}` });
    await person(app).connect({ name: 'crm' });
    key = await someKey(app.server.store);
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    upstream.close();
    await app.stop();
  });

  it.each(endings)('comes through when Zoho %s', async (_how, ending) => {
    end = ending;
    const statuses: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      const response = await fetch(`${app.url}/api/v1/connections/crm/proxy/crm/v8/upload`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: Buffer.alloc(20 * 1024 * 1024),
        signal: AbortSignal.timeout(5000),
      });
      statuses.push(response.status);
      if (response.status === 413) expect(await response.json()).toEqual({ code: 'LARGE' });
    }
    expect(statuses).toEqual(Array(5).fill(413));
  });
});
