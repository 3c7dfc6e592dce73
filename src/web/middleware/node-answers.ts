import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';

/** Statuses as Node has them; what is not here is 400. */
const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** Gives these headers to what Node answers by itself: requests that it cannot read, and expectations that it cannot meet. */
export function protectNodeAnswers(server: Server, headers: Readonly<Record<string, string>>): void {
  const bare = { ...headers, 'Content-Length': '0', Connection: 'close' };
  const unfinished = new Set<ServerResponse>();
  server.on('request', (_req, res) => {
    unfinished.add(res);
    res.once('close', () => unfinished.delete(res));
  });
  server.on('checkExpectation', (_req, res) => void res.writeHead(417, bare).end());
  server.on('clientError', (error, socket) => {
    const status = ('code' in error && statuses[String(error.code)]) || 400;
    // In the middle of an answer, these bytes would be taken for a part of it.
    const isBegun = [...unfinished].some((res) => res.socket === socket && res.headersSent);
    if (socket.writable && !isBegun) socket.write(headOf(status, bare));
    // As Node does: who sends such requests might not close the connection either.
    socket.destroy(error);
  });
}

function headOf(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map((header) => header.join(': '));
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', ''].join('\r\n');
}
