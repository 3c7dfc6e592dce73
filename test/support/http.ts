import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Sent {
  readonly method?: string;
  /** Sent as it is written, which HTTP clients would tidy up first. */
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** One request, with no header but those given and what HTTP needs, and its answer, without following anything. */
export function send(url: string, { method = 'GET', path = '/', headers = {}, body = '' }: Sent = {}): Promise<Answer> {
  const { host, hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const length = body === '' ? {} : { 'Content-Length': Buffer.byteLength(body) };
    // Node's client takes an IPv6 address without its brackets.
    const options = {
      hostname: hostname.replace(/[[\]]/g, ''),
      port,
      method,
      path,
      headers: { Host: host, ...length, ...headers },
    };
    const outgoing = request(options, (res) => {
      text(res).then((answer) => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: answer }), reject);
    });
    outgoing.on('error', reject).end(body);
  });
}

/** Sends these very bytes and returns the status of what comes back; 0 when the server only hangs up. */
export function sendBytes(url: string, bytes: string | Buffer): Promise<{ status: number; answer: string }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setTimeout(5000, () => socket.destroy());
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0), answer }));
    socket.write(bytes);
    socket.end();
  });
}

/** A form as browsers send it. */
export function formBody(fields: Readonly<Record<string, string>>): { headers: OutgoingHttpHeaders; body: string } {
  return {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  };
}
