import { randomBytes, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The two parts of an API key: `id` is public and finds it, `secret` proves it. */
export interface KeyParts {
  readonly id: string;
  readonly secret: string;
}

const idAlphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
const idLength = 10;
const secretBytes = 32;
const shape = /^(zt_([a-z0-9]{10})_([\w-]{43}))_([\w-]{6})$/;

export function newKey(): KeyParts {
  const id = Array.from({ length: idLength }, () => idAlphabet[randomInt(idAlphabet.length)]).join('');
  return { id, secret: randomBytes(secretBytes).toString('base64url') };
}

/** `zt_<id>_<secret>_<checksum>`: easy to recognise for scanners that look for secrets in repositories. */
export function keyText({ id, secret }: KeyParts): string {
  const body = `zt_${id}_${secret}`;
  return `${body}_${checksum(body)}`;
}

/** The parts of a key as a program sent it; null when it is not a key, or was mistyped or cut off. */
export function parseKey(text: string): KeyParts | null {
  const [, body, id, secret, sum] = shape.exec(text) ?? [];
  if (body === undefined || id === undefined || secret === undefined) return null;
  return checksum(body) === sum ? { id, secret } : null;
}

/** Tells a typing error from an unknown key without asking the database. It proves nothing. */
function checksum(body: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64url');
}
