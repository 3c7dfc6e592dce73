import { randomBytes } from 'node:crypto';
import { digest } from '../../../src/lib/secrets';
import { type Cipher, createCipher, DamagedSecret } from '../../../src/store/encryption/cipher';

const place = { column: 'connections.refresh_token', row: 'row-1' };
const plain = '1000.0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210';

describe('the cipher', () => {
  const key = someKey('k1');
  const cipher = createCipher([key]);

  it('opens what it sealed, whatever the text', () => {
    for (const text of ['', plain, 'Ümläut 田中 \u{1f511}', 'x'.repeat(5000)]) {
      expect(cipher.open(cipher.seal(text, place), place)).toBe(text);
    }
  });

  it('never seals a text twice to the same value', () => {
    const sealed = new Set(Array.from({ length: 100 }, () => cipher.seal(plain, place)));
    expect(sealed.size).toBe(100);
  });

  it('refuses a value that was moved to another row or column', () => {
    const sealed = cipher.seal(plain, place);
    refuses(cipher, sealed, { ...place, row: 'row-2' });
    refuses(cipher, sealed, { ...place, column: 'connections.access_token' });
  });

  it('refuses a value with any one byte changed', () => {
    const sealed = cipher.seal(plain, place);
    const head = sealed.slice(0, sealed.lastIndexOf('.') + 1);
    const bytes = Buffer.from(sealed.slice(head.length), 'base64url');
    for (let position = 0; position < bytes.length; position++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(position) ^ 1, position);
      refuses(cipher, head + changed.toString('base64url'));
    }
  });

  it('refuses a value with any one character of its text changed or cut', () => {
    const sealed = cipher.seal(plain, place);
    for (let position = 0; position < sealed.length - 1; position++) {
      refuses(cipher, sealed.slice(0, position) + (sealed[position] === 'A' ? 'B' : 'A') + sealed.slice(position + 1));
      refuses(cipher, sealed.slice(0, position));
    }
  });

  it('refuses a value whose tag was shortened to four bytes', () => {
    const sealed = cipher.seal(plain, place);
    const [version, id, text = ''] = sealed.split('.');
    const bytes = Buffer.from(text, 'base64url');
    const short = bytes.subarray(0, bytes.length - 12).toString('base64url');
    refuses(cipher, `${version}.${id}.${short}`);
  });

  it('refuses values of another key, also under the same id', () => {
    refuses(createCipher([someKey('k1')]), cipher.seal(plain, place));
    refuses(createCipher([someKey('k2')]), cipher.seal(plain, place));
    refuses(cipher, cipher.seal(plain, place).replace('v1.k1.', 'v1.k2.'));
  });

  it.each(['', 'v1', 'v1.k1', 'v1.k1.', 'v2.k1.AAAA', plain, 'v1.__proto__.AAAA'])('refuses %j', (value) => {
    refuses(cipher, value);
  });

  it('seals with the first of several keys and opens with all', () => {
    const before = cipher.seal(plain, place);
    const both = createCipher([someKey('k2'), key]);
    expect(both.open(before, place)).toBe(plain);
    expect(both.seal(plain, place)).toMatch(/^v1\.k2\./);
    expect(both.keyIds).toEqual(['k2', 'k1']);
  });

  it('says nothing about the secret when it refuses', () => {
    expect(() => cipher.open(plain, place)).toThrow(/connections\.refresh_token/);
    expect(() => cipher.open(plain, place)).not.toThrow(plain);
  });

  it('derives another secret for each purpose and key, always the same', () => {
    const derived = [
      ...cipher.derive('cookie'),
      ...cipher.derive('other'),
      ...createCipher([someKey('k1')]).derive('cookie'),
    ];
    expect(new Set(derived).size).toBe(3);
    expect(createCipher([key]).derive('cookie')).toEqual(cipher.derive('cookie'));
  });

  it('fingerprints equal values equally and others differently', () => {
    expect(digest('state')).toBe(digest('state'));
    expect(digest('state')).not.toBe(digest('State'));
    expect(digest('state')).not.toContain('state');
  });
});

function refuses(cipher: Cipher, sealed: string, where = place): void {
  expect(() => cipher.open(sealed, where)).toThrow(DamagedSecret);
}

function someKey(id: string) {
  return { id, bytes: randomBytes(32) };
}
