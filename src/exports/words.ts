import type { SecretKind } from './formats';

/** "the client secret and the refresh token". */
export function secretsInWords(holds: readonly SecretKind[]): string {
  return new Intl.ListFormat('en-GB').format(holds.map((secret) => `the ${secret}`));
}
