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

/** Browsers encode addresses, so this is an answer for programs, and has the shape that they know. */
const badAddress = JSON.stringify({
  type: 'urn:zoho-token-keeper:problem:invalid_request',
  title: 'The request cannot be used',
  status: 400,
  code: 'invalid_request',
  detail:
    'The address has characters that cannot stand in one as they are. ' +
    'Write them as percent signs and the bytes of UTF-8, e.g. %C3%A9 for an accented e and %20 for a blank.',
});

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
    const code = 'code' in error ? String(error.code) : '';
    const [status, sentence] = answers[code] ?? unreadable;
    if (code === 'HPE_INVALID_URL') socket.end(written(400, 'application/problem+json', badAddress));
    else socket.end(written(status, 'text/plain; charset=utf-8', `${sentence}\n`));
    // Hanging up at once, with some of the request unread, would reset the connection and lose the answer.
    setTimeout(() => socket.destroy(error), patience).unref();
  });
}

function written(status: number, type: string, body: string): string {
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
