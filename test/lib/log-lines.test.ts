import { readableLine } from '../../src/lib/log-lines';

const time = new Date(2026, 10, 26, 7, 5, 9).getTime();
const line = (fields: object): string => `${JSON.stringify({ level: 30, time, pid: 1, hostname: 'box', ...fields })}\n`;

it.each([
  [
    { msg: 'listening', port: 3000, hosts: ['::1'], envFile: null },
    '07:05:09 info  listening port=3000 hosts="[\\"::1\\"]"\n',
  ],
  [{ level: 40, msg: 'BASE_URL is odd' }, '07:05:09 WARN  BASE_URL is odd\n'],
  [{ level: 50, msg: 'failed', path: '/a b' }, '07:05:09 ERROR failed path="/a b"\n'],
  [{ level: 50, msg: 'failed', stack: '    at one\n    at two' }, '07:05:09 ERROR failed\n    at one\n    at two\n'],
])('%j is readable', (fields, words) => {
  expect(readableLine(line(fields))).toBe(words);
});

it('nothing in it steers the terminal or begins a line of its own', () => {
  const shown = readableLine(line({ msg: 'a\nb\u001b[2J', name: 'x\r\u009b31m\u202e' }));
  expect(shown.trimEnd()).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
});

it('what is no line of the log stays as it is', () => {
  for (const text of ['not JSON\n', '{"a":1}\n', '[]\n']) expect(readableLine(text)).toBe(text);
});
