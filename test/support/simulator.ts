import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator';
import type { DataCenterCode } from '../../src/zoho/data-centers';

export const client = { id: '1000.AAAABBBBCCCCDDDDEEEEFFFFGGGG00', secret: 'ab'.repeat(21) };
export const redirectUri = 'http://localhost:3000/oauth/callback';
export const fullScope = 'ZohoCRM.users.READ,ZohoCRM.org.READ,AaaServer.profile.READ';

export type Fields = Readonly<Record<string, string>>;

/** A simulator with one client, registered in us and enabled everywhere. */
export function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const registered = { ...client, redirectUris: [redirectUri], dataCenter: 'us' as const, name: 'Trial & Error' };
  return startSimulator({ clients: [registered], ...options });
}

export function at(simulator: Simulator, dataCenter: DataCenterCode = 'us'): string {
  const url = simulator.urls[dataCenter];
  if (url === undefined) throw new Error(`${dataCenter} is not simulated`);
  return url;
}

/** Somebody of this data centre. */
export function somebody(simulator: Simulator, dataCenter: DataCenterCode): number {
  const user = simulator.control.users().find((one) => one.dataCenter === dataCenter);
  if (user === undefined) throw new Error(`nobody lives in ${dataCenter}`);
  return user.zuid;
}

export function authorizeUrl(simulator: Simulator, query: Fields = {}, dataCenter: DataCenterCode = 'us'): string {
  const parameters = {
    client_id: client.id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: fullScope,
    access_type: 'offline',
    prompt: 'consent',
    ...query,
  };
  return `${at(simulator, dataCenter)}/oauth/v2/auth?${new URLSearchParams(parameters).toString()}`;
}

export function codeOf(callback: string): string {
  return new URL(callback).searchParams.get('code') ?? '';
}

export function post(url: string, fields: Fields, headers: Fields = {}, signal?: AbortSignal): Promise<Response> {
  const body = new URLSearchParams(fields);
  return fetch(url, { method: 'POST', body, headers, redirect: 'manual', ...(signal === undefined ? {} : { signal }) });
}

export const credentials = { client_id: client.id, client_secret: client.secret };

export function exchange(simulator: Simulator, code: string, dataCenter: DataCenterCode = 'us'): Promise<Response> {
  const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...credentials };
  return post(`${at(simulator, dataCenter)}/oauth/v2/token`, fields);
}

export function refresh(
  simulator: Simulator,
  token: string,
  dataCenter: DataCenterCode = 'us',
  signal?: AbortSignal,
): Promise<Response> {
  const fields = { grant_type: 'refresh_token', refresh_token: token, ...credentials };
  return post(`${at(simulator, dataCenter)}/oauth/v2/token`, fields, {}, signal);
}

export async function members(response: Response | Promise<Response>): Promise<Record<string, unknown>> {
  const body: unknown = await (await response).json();
  return typeof body === 'object' && body !== null ? Object.fromEntries(Object.entries(body)) : {};
}

export interface Tokens {
  access: string;
  refresh: string;
}

/** Consent and exchange in one go; the user's data centre answers. */
export async function connect(simulator: Simulator, query: Fields = {}, zuid?: number): Promise<Tokens> {
  const callback = simulator.control.authorize(authorizeUrl(simulator, query), zuid === undefined ? {} : { zuid });
  const home = new URL(callback).searchParams.get('location');
  const body = await members(exchange(simulator, codeOf(callback), home === 'eu' || home === 'in' ? home : 'us'));
  return { access: String(body.access_token), refresh: String(body.refresh_token) };
}

export function call(
  simulator: Simulator,
  path: string,
  token?: string,
  scheme = 'Zoho-oauthtoken',
): Promise<Response> {
  const headers = token === undefined ? undefined : { authorization: `${scheme} ${token}` };
  return fetch(at(simulator) + path, headers === undefined ? {} : { headers });
}
