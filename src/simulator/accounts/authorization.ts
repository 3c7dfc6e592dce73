import type { DataCenterCode } from '../../zoho/data-centers';
import { apiUrlFor, chosenOrganisation } from './organisations';
import { prefixOf, type Client } from '../state/clients';
import type { Challenge } from '../state/codes';
import type { Fields } from '../http/received';
import { readScopes } from '../state/scopes';
import type { AccessToken } from '../state/tokens';
import type { SimulatedUser } from '../state/users';
import { urlOf, type World } from '../state/world';

/** A request to authorise that passed the checks. */
export interface Authorization {
  readonly client: Client;
  readonly redirectUri: string;
  readonly responseType: 'code' | 'token';
  readonly scopes: readonly string[];
  readonly state?: string;
  readonly nonce?: string;
  readonly challenge?: Challenge;
  readonly offline: boolean;
  readonly promptConsent: boolean;
}

/** Zoho shows these as a page and does not redirect. */
export class AuthorizationRefused extends Error {
  override readonly name = 'AuthorizationRefused';
  readonly title: string;
  readonly status: number;

  constructor(title: string, sentence: string, status = 400) {
    super(sentence);
    this.title = title;
    this.status = status;
  }
}

/**
 * Throws AuthorizationRefused, with the first thing wrong in Zoho's order of checks.
 * @param portal where the page is a portal's
 */
export function readAuthorization(
  world: World,
  dataCenter: DataCenterCode,
  query: Partial<Fields>,
  portal?: string,
): Authorization {
  const { response_type: responseType, state, nonce } = query;
  if (!query.client_id || !responseType) {
    throw new AuthorizationRefused('Invalid response type', 'The client ID or the response type is missing.');
  }
  if (responseType !== 'code' && responseType !== 'token') throw anErrorOccurred();
  const { client, redirectUri } = registeredAt(world, dataCenter, query, portal);
  const scopes = readScopes(query.scope, world.settings);
  if (scopes === undefined) throw new AuthorizationRefused('Invalid OAuth Scope', 'Scope does not exist.');
  const challenge = challengeOf(query);
  return {
    client,
    redirectUri,
    responseType,
    scopes,
    ...(state === undefined ? {} : { state }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(challenge === undefined ? {} : { challenge }),
    offline: query.access_type === 'offline',
    promptConsent: query.prompt === 'consent',
  };
}

/** The client that a page was called for, and where it goes on. Throws AuthorizationRefused. */
export function registeredAt(
  world: World,
  dataCenter: DataCenterCode,
  { client_id: id, redirect_uri: redirectUri }: Partial<Fields>,
  portal?: string,
): { client: Client; redirectUri: string } {
  const client = world.clients.find(id);
  if (client === undefined || !client.enabled.has(dataCenter) || client.portal !== portal) throw invalidClient();
  // Compared character by character.
  if (redirectUri === undefined || !client.redirectUris.includes(redirectUri)) {
    throw new AuthorizationRefused(
      'Invalid Redirect Uri',
      'Redirect URI passed does not match with the one configured.',
    );
  }
  return { client, redirectUri };
}

/** Whether the person has to be asked: not when they agreed to the same scopes before and nobody insists. */
export function needsConsent(
  world: World,
  user: SimulatedUser,
  { client, scopes, promptConsent }: Authorization,
): boolean {
  return promptConsent || !world.consents.covers(user.zuid, client.id, scopes);
}

/**
 * The URL that the person's browser goes to after Accept, or at once where consent was given before.
 * Throws AuthorizationRefused when the client is not enabled in the person's data centre.
 * @param orgId the organisation that they chose; the first where nothing is said
 */
export function accept(world: World, user: SimulatedUser, request: Authorization, orgId?: string): string {
  const { client, scopes, redirectUri } = request;
  const { dataCenter, zuid } = user;
  if (!client.enabled.has(dataCenter) || world.urls[dataCenter] === undefined) throw invalidClient();
  const chosen = chosenOrganisation(user, scopes, orgId);
  if (!world.window.admit(`codes ${client.id}`, world.settings.codesPerWindow, world.settings.windowSeconds)) {
    return refuse(world, user, request);
  }
  const asked = needsConsent(world, user, request);
  world.consents.add(zuid, client.id, scopes);
  const grant = { clientId: client.id, zuid, dataCenter, scopes, orgId: chosen };
  if (request.responseType === 'token') {
    const token = world.tokens.addAccess(grant, prefixOf(client));
    return `${redirectUri}#${fragmentOf(world, token, request)}`;
  }
  const code = world.mint.token('code', prefixOf(client));
  world.codes.add({
    ...grant,
    value: code,
    expiresAt: world.clock.now() + world.settings.codeLife * 1000,
    // A refresh token comes with a consent that was really asked for, never with a silent repetition.
    refreshable: request.offline && asked,
    redirectUri,
    ...(request.challenge === undefined ? {} : { challenge: request.challenge }),
    ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
  });
  const end = world.settings.trailingAmpersand ? '&' : '';
  return `${redirectUri}${separator(redirectUri)}${[...stateOf(request), `code=${code}`, ...placeOf(world, user)].join('&')}${end}`;
}

/** The URL after Reject. */
export function refuse(world: World, user: SimulatedUser, request: Authorization): string {
  const place = world.settings.refusalCarriesLocation ? placeOf(world, user) : [];
  const mark = request.responseType === 'token' ? '#' : separator(request.redirectUri);
  return `${request.redirectUri}${mark}${[...stateOf(request), 'error=access_denied', ...place].join('&')}`;
}

function stateOf({ state }: Authorization): string[] {
  return state === undefined ? [] : [`state=${encodeURIComponent(state)}`];
}

function placeOf(world: World, { dataCenter }: SimulatedUser): string[] {
  return [`location=${dataCenter}`, `accounts-server=${encodeURIComponent(urlOf(world, dataCenter))}`];
}

function fragmentOf(world: World, token: AccessToken, request: Authorization): string {
  const apiDomain = encodeURIComponent(world.settings.apiDomain ?? apiUrlFor(world, token));
  const place = `location=${token.dataCenter}`;
  const life = world.settings.accessTokenLife;
  const members = [`access_token=${token.value}`, `expires_in=${life}`, place, `api_domain=${apiDomain}`];
  return [...stateOf(request), ...members].join('&');
}

export function separator(redirectUri: string): string {
  return redirectUri.includes('?') ? '&' : '?';
}

function challengeOf({
  code_challenge: value,
  code_challenge_method: method = 'plain',
}: Partial<Fields>): Challenge | undefined {
  if (value === undefined || value === '') return undefined;
  if (method !== 'S256' && method !== 'plain') throw anErrorOccurred();
  return { value, method };
}

function invalidClient(): AuthorizationRefused {
  return new AuthorizationRefused('Invalid Client', 'The transmitted client ID does not exist.');
}

function anErrorOccurred(): AuthorizationRefused {
  return new AuthorizationRefused('An error occurred', 'The request could not be processed.', 500);
}
