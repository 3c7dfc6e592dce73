import { addSeconds, iso } from '../lib/time';
import type { TokenExport } from './connection-export';

/** Scripts add this to `created_at`, whatever life Zoho gave the token. */
const hour = 3600;

/** The file of scripts that read `access_token` and take it for good until an hour after `created_at`. */
export function tokenJson({ accessToken, expiresAt }: TokenExport): string {
  const createdAt = iso(addSeconds(new Date(expiresAt), -hour))
    .slice(0, 19)
    .replace('T', ' ');
  return `${JSON.stringify({ access_token: accessToken, created_at: createdAt, expires_at: expiresAt })}\n`;
}
