import { recordRefused } from '../audit';
import type { OidcConfig } from '../config/auth';
import type { Context } from '../context';
import type { Log } from '../lib/log';
import { limitBody, type Outbound } from '../lib/outbound';
import { Problem } from '../lib/problem';
import { randomSecret } from '../lib/secrets';
import { addSeconds, iso } from '../lib/time';
import { openCookie, sealCookie } from './sealed-cookies';

/** How long somebody may take at the provider, in seconds. */
export const stateLife = 600;

const timeoutSeconds = 10;
const clockToleranceSeconds = 30;

interface OidcState {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly landing: string;
}

// openid-client is an ES module, and few installations need it.
const load = () => import('openid-client');
type Openid = Awaited<ReturnType<typeof load>>;
type Provider = Awaited<ReturnType<Openid['discovery']>>;

export interface ProviderAccount {
  readonly email: string;
  /** Stays the same when the address is given to somebody else. */
  readonly sub: string;
}

/** An answer has some kilobytes. */
const mostBytes = 256 * 1024;

export type Oidc = ReturnType<typeof createOidc>;

export function createOidc(context: Context, config: OidcConfig) {
  const { store, outbound, now, log } = context;
  const redirectUri = `${context.config.baseUrl}/login/callback`;
  let discovered: Promise<Provider> | null = null;
  return { host: new URL(config.issuer).host, begin, finish, landingOf };

  /**
   * The provider's address to send the browser to, and a sealed text that the browser keeps. `landing`, without blanks, is
   * the page to go on to afterwards. Throws a Problem.
   */
  async function begin(landing: string): Promise<{ url: string; sealed: string }> {
    const { openid, provider } = await prepare();
    const [state, nonce, verifier] = [randomSecret(), randomSecret(), randomSecret()];
    const url = openid.buildAuthorizationUrl(provider, {
      redirect_uri: redirectUri,
      scope: 'openid email',
      state,
      nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const until = iso(addSeconds(now(), stateLife));
    return { url: url.href, sealed: sealCookie(store, 'login', [state, nonce, verifier, until, landing].join(' ')) };
  }

  /** Whom the provider vouches for. Throws a Problem with a code that the login page explains. */
  async function finish(pathAndQuery: string, sealed: string | null, ip: string | null): Promise<ProviderAccount> {
    const callback = new URL(redirectUri.replace(/\/login\/callback$/, '') + pathAndQuery);
    const expected = parseState(context, sealed);
    if (expected === null || callback.searchParams.get('state') !== expected.state) throw await foreign(context, ip);
    const { openid, provider } = await prepare();
    try {
      const account = await verifiedAccount(openid, provider, callback, expected);
      if (account !== null) return account;
    } catch (error) {
      throw refusalOf(error, config.issuer, log);
    }
    throw problem(403, 'unverified');
  }

  /** The landing that this attempt began with; undefined when it is none of ours. */
  function landingOf(sealed: string | null): string | undefined {
    return parseState(context, sealed)?.landing;
  }

  async function prepare(): Promise<{ openid: Openid; provider: Provider }> {
    const openid = await load();
    discovered ??= discover(openid, config, outbound);
    try {
      return { openid, provider: await discovered };
    } catch (error) {
      discovered = null;
      log.warn({ issuer: config.issuer, ...describe(error) }, 'the sign-in provider could not be reached');
      throw problem(503, 'provider_unreachable');
    }
  }
}

async function foreign(context: Context, ip: string | null): Promise<Problem> {
  const event = { action: 'callback_refused', subject: null, detail: 'foreign_sign_in' };
  await recordRefused(context, { name: 'person', ip }, event);
  return problem(400, 'foreign');
}

function parseState({ store, now }: Context, sealed: string | null): OidcState | null {
  const [state, nonce, verifier, until, landing = '/'] = openCookie(store, 'login', sealed)?.split(' ') ?? [];
  if (!state || !nonce || !verifier || !until || until <= iso(now())) return null;
  return { state, nonce, verifier, landing };
}

async function verifiedAccount(
  openid: Openid,
  provider: Provider,
  callback: URL,
  { state, nonce, verifier }: OidcState,
): Promise<ProviderAccount | null> {
  const tokens = await openid.authorizationCodeGrant(provider, callback, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (!claims) throw new Error('no ID token');
  const { email, email_verified: verified } =
    claims.email === undefined ? await openid.fetchUserInfo(provider, tokens.access_token, claims.sub) : claims;
  // Some providers send the word and not the truth value.
  return typeof email === 'string' && (verified === true || verified === 'true') ? { email, sub: claims.sub } : null;
}

function discover(openid: Openid, config: OidcConfig, { fetch }: Outbound): Promise<Provider> {
  const issuer = new URL(config.issuer);
  const tolerant = { [openid.clockTolerance]: clockToleranceSeconds };
  // Without being told, the library trusts the connection alone and leaves the ID token's signature unread.
  const execute = [openid.enableNonRepudiationChecks];
  if (issuer.protocol === 'http:') execute.push(openid.allowInsecureRequests);
  return openid.discovery(issuer, config.clientId, tolerant, clientAuthentication(openid, config.clientSecret), {
    execute,
    timeout: timeoutSeconds,
    [openid.customFetch]: async (url, { body = null, ...options }) =>
      limitBody(await fetch(url, { body, ...options }), mostBytes),
  });
}

/** The secret goes where the provider wants it; where it does not say, the standard says: into the header. */
function clientAuthentication(openid: Openid, clientSecret: string): ReturnType<Openid['ClientSecretPost']> {
  const [basic, post] = [openid.ClientSecretBasic(clientSecret), openid.ClientSecretPost(clientSecret)];
  return (server, client, body, headers) => {
    const inBody = server.token_endpoint_auth_methods_supported?.includes('client_secret_post') ?? false;
    return (inBody ? post : basic)(server, client, body, headers);
  };
}

function refusalOf(error: unknown, issuer: string, log: Log): Problem {
  if (wordOf(error, 'error') === 'access_denied') return problem(403, 'declined');
  log.warn({ issuer, ...describe(error) }, 'the sign-in provider refused');
  return problem(502, error instanceof TypeError ? 'provider_unreachable' : 'provider_refused');
}

function problem(status: number, code: string): Problem {
  return new Problem(status, code, 'Signing in through the provider did not work.', 'Try again.');
}

/** Errors of the library hold requests and answers; only their kinds are let out. */
function describe(error: unknown): Record<string, unknown> {
  const name = error instanceof Error ? error.name : typeof error;
  return { error: name, code: wordOf(error, 'code'), answer: wordOf(error, 'error') };
}

function wordOf(error: unknown, name: string): string | undefined {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' && /^[\w.-]{1,60}$/.test(value) ? value : undefined;
}
