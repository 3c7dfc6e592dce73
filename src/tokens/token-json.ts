import { storedScopes } from '../zoho/scopes';
import type { FreshToken } from './fresh-token';
import { lifeOf } from './serve';

export interface TokenJson {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_at: string | null;
  readonly expires_in: number;
  readonly api_domain: string;
  readonly scopes: readonly string[];
  readonly connection: string;
}

export function tokenJson(fresh: FreshToken, now: Date): TokenJson {
  const { accessToken, connection } = fresh;
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_at: connection.access_token_expires_at,
    expires_in: lifeOf(fresh, now),
    api_domain: connection.api_domain,
    scopes: storedScopes(connection.scopes),
    connection: connection.name,
  };
}
