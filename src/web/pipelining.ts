import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';

/** How many requests may wait behind another one on the same connection. Browsers and HTTP libraries send none. */
const limit = 10;

/**
 * Node reads requests as fast as they come and queues the answers: one connection could start thousands at once, and
 * leave without reading. Whoever sends more than a few before the answer loses the connection.
 */
export function limitPipelining(app: RequestListener): RequestListener {
  const waiting = new WeakMap<Socket, number>();
  return (req, res) => {
    // An answer has its socket from the start, but for those that wait behind another one.
    if (res.socket !== null) return app(req, res);
    const { socket } = req;
    const count = (waiting.get(socket) ?? 0) + 1;
    if (count > limit) return void socket.destroy();
    waiting.set(socket, count);
    res.once('finish', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
    app(req, res);
  };
}
