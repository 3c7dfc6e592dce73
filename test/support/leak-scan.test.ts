import { randomBytes } from 'node:crypto';
import { findLeaks } from './leak-scan';

describe('the scan', () => {
  const value = `1000.${randomBytes(16).toString('hex')}.${randomBytes(16).toString('hex')}`;
  const strange = `pass"word\\with/ünusual ${randomBytes(8).toString('hex')}+signs`;
  const hidden: readonly (readonly [string, (text: string) => string | Buffer])[] = [
    ['as it is', (text) => `{"log":"${text}"}`],
    ['URL-encoded', (text) => `/x?y=${encodeURIComponent(text)}`],
    ['in JSON', (text) => JSON.stringify({ text })],
    ['in hex', (text) => Buffer.from(text).toString('hex')],
    ['in capital hex', (text) => Buffer.from(text).toString('hex').toUpperCase()],
    ['in base64', (text) => Buffer.from(text).toString('base64')],
    ['in base64 after one byte', (text) => Buffer.from(`:${text}`).toString('base64')],
    ['in base64 after two bytes', (text) => Buffer.from(`a:${text}`).toString('base64')],
    ['in base64url, as in Basic credentials', (text) => Buffer.from(`client:${text}`).toString('base64url')],
    ['cut at the start', (text) => text.slice(-20)],
    ['cut at the end', (text) => `${text.slice(0, 16)}…`],
    ['among bytes', (text) => Buffer.concat([randomBytes(5000), Buffer.from(text), randomBytes(5000)])],
  ];
  it.each(hidden)('finds a secret %s', (_form, hide) => {
    for (const secret of [value, strange]) {
      const place = { name: 'place', content: hide(secret) };
      expect(findLeaks([{ name: 'secret', value: secret }], [place])).not.toEqual([]);
      expect(findLeaks([{ name: 'secret', value: `1000.${'f0'.repeat(32)}` }], [place])).toEqual([]);
    }
  });
});
