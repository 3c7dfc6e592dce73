import { randomBytes, randomInt } from 'node:crypto';

export type SecretKind =
  | 'code'
  | 'access_token'
  | 'refresh_token'
  | 'enhance_token'
  | 'device_code'
  | 'user_code'
  | 'id_token'
  | 'client_secret';

export interface MintedSecret {
  readonly kind: SecretKind;
  readonly value: string;
}

/** Makes every secret of the simulator and remembers it, so that a leak scan knows what to look for. */
export interface Mint {
  /** `1000.<32 hex>.<32 hex>`: codes, access and refresh tokens cannot be told apart by shape. */
  token(kind: SecretKind, prefix: string): string;
  clientSecret(): string;
  clientId(prefix: string): string;
  userCode(): string;
  /** Remembers a secret that was made elsewhere. */
  remember(kind: SecretKind, value: string): void;
  minted(): readonly MintedSecret[];
}

const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
/** No letters that people mistake for digits: a user code is typed by hand. */
const typeable = 'BCDFGHJKLMNPQRSTVWXZ';

export function createMint(): Mint {
  const all: MintedSecret[] = [];

  function remember(kind: SecretKind, value: string): string {
    all.push({ kind, value });
    return value;
  }

  return {
    token: (kind, prefix) => remember(kind, `${prefix}.${hex(16)}.${hex(16)}`),
    clientSecret: () => remember('client_secret', hex(21)),
    clientId: (prefix) => `${prefix}.${pick(capitals, 30)}`,
    userCode: () => remember('user_code', `${pick(typeable, 4)}-${pick(typeable, 4)}`),
    remember,
    minted: () => all.slice(),
  };
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

function pick(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');
}
