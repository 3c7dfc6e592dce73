import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

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
  seal(plain: string, place: Place): string;
  /** Decrypts what was sealed for this very place. Throws a DamagedSecret when it was changed, moved or has no key. */
  open(sealed: string, place: Place): string;
  /** A secret of its own for another purpose, one for each key, the sealing key's first. */
  derive(purpose: string): string[];
  readonly keyIds: readonly string[];
}

export type Keys = readonly [Key, ...Key[]];

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

/** A value's column and row are authenticated with it. `changed` gives the keys when another process rotated them. */
export function createCipher(initial: Keys, changed: () => Keys | null = () => null): Cipher {
  let keys = initial;
  // A key that was seen opens for as long as the process lives: a row read before a rotation may be opened after it.
  const derived = new Map<string, Buffer>();
  learn(initial);

  return {
    seal,
    open,
    derive: (purpose) => keys.map((key) => derive(key.bytes, purpose).toString('base64url')),
    get keyIds() {
      catchUp();
      return keys.map((key) => key.id);
    },
  };

  function learn(current: Keys): void {
    keys = current;
    for (const { id, bytes } of current) if (!derived.has(id)) derived.set(id, derive(bytes, 'database'));
  }

  function catchUp(): void {
    const current = changed();
    if (current) learn(current);
  }

  function seal(plain: string, place: Place): string {
    catchUp();
    const [{ id }] = keys;
    return `v1.${id}.${encrypt(plain, keyBytes(id, place), binding(id, place)).toString('base64url')}`;
  }

  function open(sealed: string, place: Place): string {
    const [version, id, text] = sealed.split('.');
    if (version !== 'v1' || id === undefined || text === undefined) throw new DamagedSecret(place.column);
    try {
      return decrypt(Buffer.from(text, 'base64url'), keyBytes(id, place), binding(id, place));
    } catch {
      throw new DamagedSecret(place.column);
    }
  }

  function keyBytes(id: string, place: Place): Buffer {
    if (!derived.has(id)) catchUp();
    const bytes = derived.get(id);
    if (!bytes) throw new DamagedSecret(place.column);
    return bytes;
  }
}

function encrypt(plain: string, key: Buffer, bound: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength });
  cipher.setAAD(bound);
  return Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(bytes: Buffer, key: Buffer, bound: Buffer): string {
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength });
  decipher.setAAD(bound);
  decipher.setAuthTag(bytes.subarray(-authTagLength));
  const plain = decipher.update(bytes.subarray(nonceBytes, -authTagLength));
  // GCM keeps nothing back, so this adds no bytes: it throws where something was changed.
  decipher.final();
  return plain.toString('utf8');
}

function binding(keyId: string, place: Place): Buffer {
  return Buffer.from(`v1|${keyId}|${place.column}|${place.row}`);
}

function derive(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `zoho-token-keeper ${purpose}`, 32));
}

/** A damaged secret is as good as none where it was about to be replaced or forgotten. */
export function openOrNull(open: () => string | null): string | null {
  try {
    return open();
  } catch (error) {
    if (error instanceof DamagedSecret) return null;
    throw error;
  }
}
