import fc, { type Arbitrary } from 'fast-check';
import { text } from './input';

/** Bytes that are nearly HTTP, or not at all. */
export function rawRequest(port: number): Arbitrary<Buffer> {
  const line = fc.tuple(
    fc.constantFrom('GET', 'POST', 'CONNECT', 'get', 'G E T', '', 'PRI', '\x16\x03\x01'),
    fc.oneof(
      fc.constantFrom('/', '*', 'http://evil.test/', `localhost:${port}`, '/\0', '/\u00e4', '/ /x', ''),
      text.map((written) => `/${written}`),
    ),
    fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'HTTP/9', '', 'HTTP/1.1\r\nX: y'),
  );
  const header = fc.oneof(
    fc.constantFrom(
      `Host: localhost:${port}`,
      'Host: evil.test',
      'Content-Length: 5',
      'Content-Length: -1',
      'Content-Length: 5, 6',
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: chunked, x',
      'Connection: close',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Expect: x',
      ': x',
      'X',
      ' folded',
    ),
    fc.tuple(fc.constantFrom('Cookie', 'X-A', 'Origin', 'Accept'), text).map((parts) => parts.join(': ')),
  );
  const end = fc.constantFrom(
    '\r\n\r\n',
    '\n\n',
    '\r\n\r\nhello',
    '\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    '\r\n\r\nzz\r\n',
    '',
  );
  const nearly = fc
    .tuple(line, fc.array(header, { maxLength: 8 }), end)
    .map(([first, rest, last]) => Buffer.from([first.join(' '), ...rest].join('\r\n') + last));
  return fc.oneof(
    { weight: 4, arbitrary: nearly },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 500 }).map((array) => Buffer.from(array)) },
  );
}
