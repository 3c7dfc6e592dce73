import { createHash } from 'node:crypto';
import { type Identity, isAnswered, readOrganisation, readUser } from './account';
import { readRevokeAnswer, readTokenAnswer, type Revoked, type TokenAnswer } from './answers';
import type { Outbound } from '../lib/outbound';
import type { DataCenterCode } from './data-centers';
import { ZohoError } from './errors';
import type { ZohoHosts } from './hosts';
import { type Call, send as sendOut } from './send';

/** A registration at Zoho's API console. */
export interface Client {
  readonly clientId: string;
  readonly secret: string;
  /** Where it is registered, and so where people consent. */
  readonly dataCenter: DataCenterCode;
}

export interface AuthorizationRequest {
  readonly dataCenter: DataCenterCode;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string;
  /** PKCE verifier; null leaves PKCE out. */
  readonly verifier: string | null;
}

// Shorter than a refresh lease, so that a lease outlives the call it protects.
const refreshDeadline = 10;
const exchangeDeadline = 12;
const revokeDeadline = 8;
// Long enough for a second IP address, when the first one leads nowhere.
const accountDeadline = 6;

const revokePaths = { older: '/oauth/v2/token/revoke', newer: '/oauth/v2/revoke/token' } as const;

export type Zoho = ReturnType<typeof createZoho>;

/** Zoho's OAuth endpoints, a function for each step of the protocol. Calls throw a ZohoError. */
export function createZoho(hosts: ZohoHosts, outbound: Outbound) {
  const send = (call: Call) => sendOut(outbound, call);
  return { hosts, authorizationUrl, exchangeCode, refresh, revoke, account };

  /** Where to send the browser for consent. Always asks for a refresh token and for the consent page that brings one. */
  function authorizationUrl(request: AuthorizationRequest): string {
    const url = new URL('/oauth/v2/auth', hosts.accountsUrl(request.dataCenter));
    url.search = new URLSearchParams({
      scope: request.scopes.join(','),
      client_id: request.clientId,
      response_type: 'code',
      access_type: 'offline',
      prompt: 'consent',
      redirect_uri: request.redirectUri,
      state: request.state,
      ...(request.verifier !== null && {
        code_challenge: createHash('sha256').update(request.verifier).digest('base64url'),
        code_challenge_method: 'S256',
      }),
    }).toString();
    return url.href;
  }

  /**
   * Exchanges a grant code at the data centre that the callback named. A code works once, so the request is repeated
   * only when it cannot have reached Zoho.
   */
  async function exchangeCode(
    client: Client,
    dataCenter: DataCenterCode,
    grant: { code: string; redirectUri: string; verifier: string | null },
  ): Promise<TokenAnswer> {
    const form = {
      grant_type: 'authorization_code',
      client_id: client.clientId,
      client_secret: client.secret,
      redirect_uri: grant.redirectUri,
      code: grant.code,
      ...(grant.verifier !== null && { code_verifier: grant.verifier }),
    };
    const call = { operation: 'connect', url: tokenUrl(dataCenter), form, deadline: exchangeDeadline } as const;
    const answer = await send(call).catch((error: unknown) => {
      if (error instanceof ZohoError && error.nothingSent) return send(call);
      throw error;
    });
    return readTokenAnswer(answer, 'connect');
  }

  /** A new access token. Zoho does not send the refresh token again. */
  async function refresh(client: Client, dataCenter: DataCenterCode, refreshToken: string): Promise<TokenAnswer> {
    const form = {
      grant_type: 'refresh_token',
      client_id: client.clientId,
      client_secret: client.secret,
      refresh_token: refreshToken,
    };
    const answer = await send({ operation: 'refresh', url: tokenUrl(dataCenter), form, deadline: refreshDeadline });
    return readTokenAnswer(answer, 'refresh');
  }

  /**
   * Ends a refresh token and its access tokens; one that Zoho no longer knows counts as ended. First by the path that
   * needs the token alone, then, when that did not settle it, by the newer one that needs the client.
   */
  async function revoke(client: Client | null, dataCenter: DataCenterCode, refreshToken: string): Promise<void> {
    const first = await revokeBy('older', dataCenter, { form: { token: refreshToken } });
    if (first === 'yes' || (first === 'perhaps' && client === null)) return;
    if (client === null) throw first;
    const form = { token: refreshToken, token_type: 'refresh_token' };
    const second = await revokeBy('newer', dataCenter, { form, client });
    if (second instanceof ZohoError && first instanceof ZohoError) throw first;
  }

  /** A refusal is returned, since the other path may still do it; all other failures are thrown. */
  async function revokeBy(
    path: keyof typeof revokePaths,
    dataCenter: DataCenterCode,
    call: { form: Readonly<Record<string, string>>; client?: Client },
  ): Promise<Revoked | ZohoError> {
    const url = hosts.accountsUrl(dataCenter) + revokePaths[path];
    const answer = await send({ operation: 'revoke', url, ...call, deadline: revokeDeadline });
    try {
      return readRevokeAnswer(answer, path);
    } catch (error) {
      const isRefusal = answer.status >= 400 && answer.status < 500;
      if (isRefusal && error instanceof ZohoError && error.kind !== 'wait') return error;
      throw error;
    }
  }

  /** Who consented, as far as the scopes allow to ask. Never throws: a connection is good without it. */
  async function account(
    dataCenter: DataCenterCode,
    apiDomain: string,
    accessToken: string,
    scopes: readonly string[],
  ): Promise<Identity> {
    const ask = async (url: string) =>
      send({ operation: 'account', url, accessToken, deadline: accountDeadline }).catch(() => null);
    const asksUser = allows(scopes, /^aaaserver\.profile\./i);
    const asksOrganisation = allows(scopes, /^zohocrm\.org\./i);
    const [user, organisation] = await Promise.all([
      asksUser ? ask(`${hosts.accountsUrl(dataCenter)}/oauth/user/info`) : null,
      asksOrganisation ? ask(`${apiDomain}/crm/v8/org`) : null,
    ]);
    return {
      ...readUser(user),
      ...readOrganisation(organisation),
      unclear: asksUser && !isAnswered(user),
      asksOrganisation,
    };
  }

  function tokenUrl(dataCenter: DataCenterCode): string {
    return `${hosts.accountsUrl(dataCenter)}/oauth/v2/token`;
  }
}

function allows(scopes: readonly string[], pattern: RegExp): boolean {
  return scopes.some((scope) => pattern.test(scope));
}
