import { answerToken, tokenEndpointOf } from '../../src/simulator/accounts/grants';
import { answerClientRevoke, answerRevoke } from '../../src/simulator/accounts/revoke';
import { answerUserInfo } from '../../src/simulator/accounts/user-info';
import { createControl } from '../../src/simulator/control';
import { type Answer, html, json } from '../../src/simulator/http/answer';
import type { Fields, Received } from '../../src/simulator/http/received';
import { peopleOf } from '../../src/simulator/state/people';
import { createWorld, type World } from '../../src/simulator/state/world';
import { testClient } from '../support/site';

export const zohoUrl = 'http://127.0.0.1:9001';
export const redirectUri = 'http://localhost:3000/oauth/callback';

export type Endpoint = 'refresh' | 'exchange' | 'revoke' | 'account' | 'other';

/** What Zoho knows of a refresh token. Times are Zoho's, in milliseconds. */
export interface Grant {
  readonly zuid: number;
  readonly code: string;
  readonly mintedAt: number;
  endedAt: number | null;
  endedBy: 'keeper' | 'user' | null;
}

export interface Minted {
  readonly refreshToken: string;
  readonly mintedAt: number;
  readonly expiresAt: number;
}

export type SimulatedZoho = ReturnType<typeof createSimulatedZoho>;

/** The simulator without its servers: a request goes in, an answer comes out, and what was made is remembered. */
export function createSimulatedZoho(people: number) {
  const [somebody] = peopleOf(['us']);
  if (!somebody) throw new Error('nobody lives in us');
  const users = Array.from({ length: people }, (_, n) => ({
    ...somebody,
    zuid: somebody.zuid + n,
    email: `p${n}@a.b`,
  }));
  const world = createWorld(users, ['us']);
  world.clients.add({ ...testClient, redirectUris: [redirectUri], dataCenter: 'us', name: 'Simulation' });
  world.urls.us = zohoUrl;
  // Crashes leave tokens behind that nobody knows of; that they push others out one day is Zoho's rule and another story.
  Object.assign(world.settings, { codesPerWindow: 1e6, livingRefreshTokens: 1e6 });
  const control = createControl(world);
  const { grants, minted } = remember(world);
  return { world, control, grants, minted, zuids: users.map(({ zuid }) => zuid), answer, endByUser, isAlive };

  function answer(received: Received): Answer {
    switch (endpointOf(received)) {
      case 'refresh':
      case 'exchange':
        return answerToken(world, received);
      case 'revoke':
        return revoke(received);
      case 'account':
        return answerUserInfo(world, received);
      default:
        return html('Not found', 'There is no such page.', 404);
    }
  }

  function revoke(received: Received): Answer {
    const answer = received.path === '/oauth/v2/token/revoke' ? answerRevoke : answerClientRevoke;
    return answer(world, received);
  }

  /** What a person does under Connected Apps. */
  function endByUser(zuid: number): void {
    control.removeApp(zuid, testClient.id);
    for (const [token, grant] of grants) {
      const isOver = grant.endedAt === null && world.tokens.findRefresh(token) === undefined;
      if (grant.zuid === zuid && isOver) Object.assign(grant, { endedAt: control.now(), endedBy: 'user' });
    }
  }

  function isAlive(token: string): boolean {
    return (world.tokens.findRefresh(token) ?? world.tokens.findAccess(token)) !== undefined;
  }
}

/** Writes down what is made and ended, whichever way the request came. */
function remember({ tokens, clock }: World) {
  const grants = new Map<string, Grant>();
  const minted = new Map<string, Minted>();
  const { addRefresh, addAccess, end } = tokens;
  tokens.addRefresh = (grant, prefix) => {
    const token = addRefresh(grant, prefix);
    const code = 'value' in grant ? String(grant.value) : '';
    grants.set(token.value, { zuid: grant.zuid, code, mintedAt: clock.now(), endedAt: null, endedBy: null });
    return token;
  };
  tokens.addAccess = (grant, prefix, refreshToken = '') => {
    const token = addAccess(grant, prefix, refreshToken);
    minted.set(token.value, { refreshToken, mintedAt: clock.now(), expiresAt: token.expiresAt });
    return token;
  };
  tokens.end = (value) => {
    const grant = grants.get(value);
    const lived = end(value);
    if (grant?.endedAt === null) Object.assign(grant, { endedAt: clock.now(), endedBy: 'keeper' });
    return lived;
  };
  return { grants, minted };
}

export function endpointOf(received: Received): Endpoint {
  if (received.path === '/oauth/v2/token') {
    const endpoint = tokenEndpointOf(received);
    return endpoint === 'refresh' || endpoint === 'exchange' ? endpoint : 'other';
  }
  if (received.path.includes('revoke')) return 'revoke';
  return received.path === '/oauth/user/info' ? 'account' : 'other';
}

export function receivedOf(url: string, method: string, data: unknown, headers: Fields): Received {
  const { pathname: path, searchParams } = new URL(url);
  const form = Object.fromEntries(new URLSearchParams(typeof data === 'string' ? data : ''));
  const query = Object.fromEntries(searchParams);
  return { dataCenter: 'us', method, path, search: '', query, form, headers, body: Buffer.alloc(0) };
}

/** Answers that Zoho, or whoever stands before it, gives without having done anything. */
export const refusals = {
  unavailable: html('Service Unavailable', 'Try again later.', 503),
  throttle: json({ error: 'Access Denied', error_description: 'too many requests', status: 'failure' }, 400),
  false_refusal: json({ error: 'invalid_code' }),
} as const;
export const badGateway = html('Bad Gateway', 'Try again later.', 502);
