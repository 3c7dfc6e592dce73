import { randomBytes } from 'node:crypto';
import type { OidcConfig } from '../config/auth';
import type { Log } from '../lib/log';
import { Problem } from '../lib/problem';

/** What must be remembered between leaving for the provider and coming back. */
export interface OidcAttempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

const timeoutSeconds = 10;
/** How far the provider's clock may be off. */
const clockSeconds = 30;

// openid-client is an ES module, and few installations need it.
const load = () => import('openid-client');
type Openid = Awaited<ReturnType<typeof load>>;
type Configuration = Awaited<ReturnType<Openid['discovery']>>;

export type Oidc = ReturnType<typeof createOidc>;

/** Sign-in through an OpenID Connect provider: authorization code with PKCE, state and nonce. */
export function createOidc(config: OidcConfig, redirectUri: string, log: Log) {
  let discovered: Promise<Configuration> | null = null;
  return { host: new URL(config.issuer).host, begin, finish };

  /** The provider's address to send the browser to, and what to keep meanwhile. Throws a Problem. */
  async function begin(): Promise<{ address: string; attempt: OidcAttempt }> {
    const { openid, provider } = await prepare();
    const attempt = { state: secret(), nonce: secret(), verifier: secret() };
    const address = openid.buildAuthorizationUrl(provider, {
      redirect_uri: redirectUri,
      scope: 'openid email',
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
    });
    return { address: address.href, attempt };
  }

  /** The e-mail address that the provider vouches for. Throws a Problem, with a code that the login page explains. */
  async function finish(callback: URL, attempt: OidcAttempt): Promise<string> {
    const { openid, provider } = await prepare();
    const checks = {
      pkceCodeVerifier: attempt.verifier,
      expectedState: attempt.state,
      expectedNonce: attempt.nonce,
      idTokenExpected: true,
    };
    try {
      const tokens = await openid.authorizationCodeGrant(provider, callback, checks);
      const claims = tokens.claims();
      if (!claims) throw new Error('no ID token');
      const { email, email_verified: verified } =
        claims.email === undefined ? await openid.fetchUserInfo(provider, tokens.access_token, claims.sub) : claims;
      // Some providers send the word and not the truth value.
      if (typeof email === 'string' && (verified === true || verified === 'true')) return email;
    } catch (error) {
      throw refusal(error);
    }
    throw problem(403, 'unverified');
  }

  async function prepare(): Promise<{ openid: Openid; provider: Configuration }> {
    const openid = await load();
    discovered ??= discover(openid);
    try {
      return { openid, provider: await discovered };
    } catch (error) {
      discovered = null;
      log.warn({ issuer: config.issuer, ...describe(error) }, 'the sign-in provider could not be reached');
      throw problem(503, 'provider_unreachable');
    }
  }

  function discover(openid: Openid): Promise<Configuration> {
    const issuer = new URL(config.issuer);
    const tolerant = { [openid.clockTolerance]: clockSeconds };
    // Without being told, the library trusts the connection alone and leaves the ID token's signature unread.
    const execute = [openid.enableNonRepudiationChecks];
    if (issuer.protocol === 'http:') execute.push(openid.allowInsecureRequests);
    return openid.discovery(issuer, config.clientId, tolerant, authentication(openid), {
      execute,
      timeout: timeoutSeconds,
    });
  }

  /** The secret goes where the provider wants it; where it does not say, the standard says: into the header. */
  function authentication(openid: Openid): ReturnType<Openid['ClientSecretPost']> {
    const [basic, post] = [openid.ClientSecretBasic(config.clientSecret), openid.ClientSecretPost(config.clientSecret)];
    return (server, client, body, headers) => {
      const inBody = server.token_endpoint_auth_methods_supported?.includes('client_secret_post') ?? false;
      return (inBody ? post : basic)(server, client, body, headers);
    };
  }

  function refusal(error: unknown): Problem {
    if (textOf(error, 'error') === 'access_denied') return problem(403, 'declined');
    log.warn({ issuer: config.issuer, ...describe(error) }, 'the sign-in provider refused');
    return problem(502, error instanceof TypeError ? 'provider_unreachable' : 'provider_refused');
  }
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}

function problem(status: number, code: string): Problem {
  return new Problem(status, code, 'Signing in through the provider did not work.', 'Try again.');
}

/** Errors of the library hold requests and answers; only their kinds are let out. */
function describe(error: unknown): Record<string, unknown> {
  return {
    problem: error instanceof Error ? error.name : typeof error,
    code: textOf(error, 'code'),
    answer: textOf(error, 'error'),
  };
}

function textOf(error: unknown, name: string): string | undefined {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
  return typeof value === 'string' && /^[\w.-]{1,60}$/.test(value) ? value : undefined;
}
