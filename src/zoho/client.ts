import { createHash } from 'node:crypto';
import type { Patience } from '../lib/concurrency';
import type { Outbound } from '../lib/outbound';
import { account } from './account';
import { readTokenAnswer, type TokenAnswer } from './answers';
import type { Credentials } from './credentials';
import type { DataCenterCode } from './data-centers';
import { type DeviceRequest, pollDevice, requestDevice } from './device';
import { ZohoError } from './errors';
import { createGate } from './gate';
import type { ZohoHosts } from './hosts';
import { revoke } from './revoke';
import { send } from './send';

/** A registration at Zoho's API console. */
export interface Client extends Credentials {
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

export interface CodeGrant {
  readonly code: string;
  readonly redirectUri: string;
  readonly verifier: string | null;
}

// Shorter than a refresh lease, so that a lease outlives the call it protects.
const refreshDeadline = 10;
const exchangeDeadline = 12;

export type Zoho = ReturnType<typeof createZoho>;

/** Zoho's OAuth endpoints, a function for each step of the protocol. Calls wait for their turn and throw a ZohoError. */
export function createZoho(hosts: ZohoHosts, outbound: Outbound, callsAtOnce = 50) {
  const inTurn = createGate(callsAtOnce);
  return {
    hosts,
    authorizationUrl: authorizationUrl.bind(null, hosts),
    exchangeCode: (client: Client, at: DataCenterCode, grant: CodeGrant) =>
      inTurn(at, () => exchangeCode(outbound, hosts, client, at, grant)),
    refresh: (client: Client, at: DataCenterCode, refreshToken: string) =>
      inTurn(at, () => refresh(outbound, hosts, at, client, refreshToken)),
    refreshInTurn,
    // Nobody needs to wait for a token to end.
    revoke: (client: Credentials | null, at: DataCenterCode, token: string) =>
      inTurn(at, () => revoke(outbound, hosts, client, at, token), { isPatient: true }),
    account: (at: DataCenterCode, apiDomain: string, accessToken: string, scopes: readonly string[]) =>
      inTurn(at, () => account(outbound, hosts, at, apiDomain, accessToken, scopes)),
    requestDevice: (at: DataCenterCode, request: DeviceRequest) =>
      inTurn(at, () => requestDevice(outbound, hosts, at, request)),
    pollDevice: (client: Credentials, at: DataCenterCode, code: string) =>
      inTurn(at, () => pollDevice(outbound, hosts, client, at, code)),
  };

  /**
   * What belongs to a refresh and must not be begun before its turn, such as its lease, which would be over by then. Throws
   * a Problem when the turn does not come in time.
   */
  function refreshInTurn<Result>(
    at: DataCenterCode,
    patience: Patience,
    work: (refresh: (client: Client, refreshToken: string) => Promise<TokenAnswer>) => Promise<Result>,
  ): Promise<Result> {
    return inTurn(at, () => work(refresh.bind(null, outbound, hosts, at)), patience);
  }
}

/** Always asks for a refresh token and for the consent page that brings one. */
function authorizationUrl(hosts: ZohoHosts, request: AuthorizationRequest): string {
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

/** A code works once, so the request is repeated only when it cannot have reached Zoho. */
async function exchangeCode(
  outbound: Outbound,
  hosts: ZohoHosts,
  client: Client,
  dataCenter: DataCenterCode,
  grant: CodeGrant,
): Promise<TokenAnswer> {
  const form = {
    grant_type: 'authorization_code',
    client_id: client.clientId,
    client_secret: client.secret,
    // Codes that a self client's owner makes in the console belong to none.
    ...(grant.redirectUri !== '' && { redirect_uri: grant.redirectUri }),
    code: grant.code,
    ...(grant.verifier !== null && { code_verifier: grant.verifier }),
  };
  const call = { operation: 'connect', url: tokenUrl(hosts, dataCenter), form, deadline: exchangeDeadline } as const;
  const answer = await send(outbound, call).catch((error: unknown) => {
    if (error instanceof ZohoError && error.nothingSent) return send(outbound, call);
    throw error;
  });
  return readTokenAnswer(answer, 'connect');
}

/** A new access token. Zoho does not send the refresh token again. */
async function refresh(
  outbound: Outbound,
  hosts: ZohoHosts,
  dataCenter: DataCenterCode,
  client: Client,
  refreshToken: string,
): Promise<TokenAnswer> {
  const form = {
    grant_type: 'refresh_token',
    client_id: client.clientId,
    client_secret: client.secret,
    refresh_token: refreshToken,
  };
  const call = { operation: 'refresh', url: tokenUrl(hosts, dataCenter), form, deadline: refreshDeadline } as const;
  return readTokenAnswer(await send(outbound, call), 'refresh');
}

function tokenUrl(hosts: ZohoHosts, dataCenter: DataCenterCode): string {
  return `${hosts.accountsUrl(dataCenter)}/oauth/v2/token`;
}
