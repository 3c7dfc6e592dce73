import { hash, randomBytes } from 'node:crypto';

/** 32 random bytes as text that fits into a URL. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** For states, session ids and API keys, which only have to be recognised. They are random, so a fast hash does. */
export function digest(value: string): string {
  return hash('sha256', value, 'base64url');
}
