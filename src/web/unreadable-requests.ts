import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';

/** By Node's error code, with the statuses that Node would send. */
const answers: Readonly<Record<string, readonly [status: number, sentence: string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'The headers of this request are too large. Mostly it is cookies that other programs under the same host name have ' +
      'set: delete the cookies of this host name in your browser, or open the Keeper under another one.',
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'This request is larger than the Keeper takes.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'This request took too long to arrive. Send it again.'],
};
const unreadable = [400, 'This request is not HTTP that can be read.'] as const;

/** Milliseconds that a client has to read its answer. */
const patience = 500;

/** Answers with a sentence what Node cannot read as a request, then hangs up. */
export function answerUnreadable(server: Server): void {
  const latest = new WeakMap<object, ServerResponse>();
  server.on('request', (req, res) => void latest.set(req.socket, res));
  server.on('clientError', (error, socket) => {
    // More of a request that has been answered.
    if (socket.writableEnded) return;
    // In the middle of an answer, these bytes would be taken for part of it.
    const isBegun =
      latest.get(socket)?.writableFinished === false && 'bytesWritten' in socket && socket.bytesWritten !== 0;
    if (!socket.writable || isBegun) return void socket.destroy(error);
    const [status, sentence] = ('code' in error && answers[String(error.code)]) || unreadable;
    socket.end(written(status, sentence));
    // Hanging up at once, with some of the request unread, would reset the connection and lose the answer.
    setTimeout(() => socket.destroy(error), patience).unref();
  });
}

function written(status: number, sentence: string): string {
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(sentence) + 1}`,
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    'Connection: close',
    '',
    `${sentence}\n`,
  ].join('\r\n');
}
