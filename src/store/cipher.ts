import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** A key of the cipher. The first one of a keyring seals, all of them open. */
export interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

/** Where a sealed value lives; it opens nowhere else. */
export interface Place {
  /** `table.column` */
  readonly column: string;
  readonly row: string;
}

export interface Cipher {
  /** Encrypts for one place in the database. */
  seal(plain: string, place: Place): string;
  /** Decrypts what was sealed for this very place. Throws a DamagedSecret when it was changed, moved or has no key. */
  open(sealed: string, place: Place): string;
  /** A secret of its own for another purpose, one for each key, the sealing key's first. */
  derive(purpose: string): string[];
  readonly keyIds: readonly string[];
}

/** A stored secret that no key opens: changed, moved, or sealed with a key that is not there. */
export class DamagedSecret extends Error {
  override readonly name = 'DamagedSecret';

  constructor(column: string) {
    super(`A stored secret (${column}) cannot be decrypted: it was changed, or its key is missing.`);
  }
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
// Without an explicit length Node accepts a tag of 4 bytes, which can be guessed.
const authTagLength = 16;

/** AES-256-GCM; the value's column and row are authenticated with it. */
export function createCipher(keys: readonly [Key, ...Key[]]): Cipher {
  const derived = new Map(keys.map((key) => [key.id, derive(key.bytes, 'database')]));
  const [first] = keys;

  return { seal, open, derive: deriveAll, keyIds: keys.map((key) => key.id) };

  function seal(plain: string, place: Place): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, keyBytes(first.id, place), nonce, { authTagLength });
    cipher.setAAD(binding(first.id, place));
    const text = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `v1.${first.id}.${text.toString('base64url')}`;
  }

  function open(sealed: string, place: Place): string {
    const [version, id, text] = sealed.split('.');
    if (version !== 'v1' || id === undefined || text === undefined) throw new DamagedSecret(place.column);
    const bytes = Buffer.from(text, 'base64url');
    try {
      const decipher = createDecipheriv(algorithm, keyBytes(id, place), bytes.subarray(0, nonceBytes), {
        authTagLength,
      });
      decipher.setAAD(binding(id, place));
      decipher.setAuthTag(bytes.subarray(-authTagLength));
      const body = bytes.subarray(nonceBytes, -authTagLength);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    } catch {
      throw new DamagedSecret(place.column);
    }
  }

  function keyBytes(id: string, place: Place): Buffer {
    const bytes = derived.get(id);
    if (!bytes) throw new DamagedSecret(place.column);
    return bytes;
  }

  function deriveAll(purpose: string): string[] {
    return keys.map((key) => derive(key.bytes, purpose).toString('base64url'));
  }
}

function binding(keyId: string, place: Place): Buffer {
  return Buffer.from(`v1|${keyId}|${place.column}|${place.row}`);
}

function derive(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `zoho-token-keeper ${purpose}`, 32));
}

/** For values that only have to be recognised again: states, session ids. They are random, so a fast hash does. */
export function fingerprint(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}
