import type { Outbound } from '../lib/outbound';
import { readRevokeAnswer, type Revoked } from './answers';
import type { Credentials } from './credentials';
import type { DataCenterCode } from './data-centers';
import { ZohoError } from './errors';
import type { ZohoHosts } from './hosts';
import { type Call, send } from './send';

const deadline = 8;
const paths = { older: '/oauth/v2/token/revoke', newer: '/oauth/v2/revoke/token' } as const;

/** Ends a refresh token and its access tokens; one that Zoho no longer knows counts as ended. Throws a ZohoError. */
export async function revoke(
  outbound: Outbound,
  hosts: ZohoHosts,
  client: Credentials | null,
  dataCenter: DataCenterCode,
  refreshToken: string,
): Promise<void> {
  const accountsUrl = hosts.accountsUrl(dataCenter);
  // The older path needs the token alone; the newer one needs the client, and is asked when that did not settle it.
  const first = await revokeBy('older', outbound, accountsUrl, { form: { token: refreshToken } });
  if (first === 'yes' || (first === 'perhaps' && client === null)) return;
  if (client === null) throw first;
  const form = { token: refreshToken, token_type: 'refresh_token' };
  const second = await revokeBy('newer', outbound, accountsUrl, { form, client });
  if (second instanceof ZohoError && first instanceof ZohoError) throw first;
}

/** A refusal is returned, since the other path may still do it; all other failures are thrown. */
async function revokeBy(
  path: keyof typeof paths,
  outbound: Outbound,
  accountsUrl: string,
  call: Pick<Call, 'form' | 'client'>,
): Promise<Revoked | ZohoError> {
  const answer = await send(outbound, { operation: 'revoke', url: accountsUrl + paths[path], ...call, deadline });
  try {
    return readRevokeAnswer(answer, path);
  } catch (error) {
    const isRefusal = answer.status >= 400 && answer.status < 500;
    if (isRefusal && error instanceof ZohoError && error.kind !== 'wait') return error;
    throw error;
  }
}
