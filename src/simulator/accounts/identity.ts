import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { Code } from '../state/codes';
import type { SimulatedUser } from '../state/users';
import { urlOf, type World } from '../state/world';

const keyId = 'simulator-1';
const keys = lazily(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));

/** RS256 id_token for codes granted with `openid`; undefined for all others. */
export function identityToken(world: World, code: Code, accessToken: string): string | undefined {
  if (!code.scopes.includes('openid')) return undefined;
  const now = Math.floor(world.clock.now() / 1000);
  const token = signed({
    iss: urlOf(world, code.dataCenter),
    aud: code.clientId,
    iat: now,
    exp: now + 3600,
    at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
    ...(code.nonce === undefined ? {} : { nonce: code.nonce }),
    ...claimsOf(world.users.get(code.zuid), code.scopes),
  });
  world.mint.remember('id_token', token);
  return token;
}

/** What OpenID Connect tells about a person, as far as the scopes go. */
export function claimsOf(user: SimulatedUser, scopes: readonly string[]): Record<string, string | boolean> {
  return {
    sub: String(user.zuid),
    ...(scopes.includes('email') ? { email: user.email, email_verified: true } : {}),
    ...(scopes.includes('profile')
      ? { name: user.displayName, first_name: user.firstName, last_name: user.lastName }
      : {}),
  };
}

/** The public key as a JSON web key set. */
export function keySet(): { keys: object[] } {
  return { keys: [{ ...keys().publicKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', alg: 'RS256' }] };
}

function signed(claims: object): string {
  const head = { alg: 'RS256', typ: 'JWT', kid: keyId };
  const text = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('sha256', Buffer.from(text), keys().privateKey).toString('base64url')}`;
}

/** Making an RSA key takes a while, and few callers want one. */
function lazily<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
