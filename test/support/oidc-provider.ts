import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { freePort } from './site';

export const oidcClient = { id: 'keeper', secret: 'the-secret-of-the-keeper-at-the-provider' };

export interface Account {
  email: string;
  /** Default: the address in lower case. */
  sub?: string;
  verified?: boolean | string;
}

/** What the next ID token gets wrong. */
export interface Forgery {
  nonce?: string;
  iss?: string;
  aud?: string;
  exp?: number;
  /** Signs with a key that is not in the key set. */
  strangeKey?: boolean;
  /** Leaves the address to the userinfo endpoint. */
  withoutEmail?: boolean;
  /** Makes the answer of the token endpoint so many characters longer. */
  padding?: number;
}

export interface OidcProvider {
  readonly issuer: string;
  /** What a browser does at the authorization address: where it is sent after the person agreed. */
  authorize(address: string, account: Account, forgery?: Forgery): string;
  /** Bodies of the token requests so far. */
  readonly exchanges: URLSearchParams[];
  /** Every code and token that was given out. */
  readonly secrets: string[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface Grant {
  account: Account;
  forgery: Forgery;
  challenge: string;
  nonce: string;
  redirectUri: string;
}

/** A small OpenID Connect provider on loopback: authorization code with PKCE, RS256, secrets in header or body. */
export async function oidcProvider(method: 'client_secret_basic' | 'client_secret_post'): Promise<OidcProvider> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const [key, strange] = [1, 2].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));
  const grants = new Map<string, Grant>();
  const accounts = new Map<string, Account>();
  const exchanges: URLSearchParams[] = [];
  const secrets: string[] = [];
  let server: ReturnType<typeof createServer> | null = null;
  const provider: OidcProvider = { issuer, authorize, exchanges, secrets, start, stop };
  await start();
  return provider;

  function authorize(address: string, account: Account, forgery: Forgery = {}): string {
    const { searchParams } = new URL(address);
    const [redirectUri = '', state = '', nonce = '', challenge = ''] = [
      'redirect_uri',
      'state',
      'nonce',
      'code_challenge',
    ].map((name) => searchParams.get(name) ?? undefined);
    const code = remember(`code-${randomUUID()}`);
    grants.set(code, { account, forgery, challenge, nonce, redirectUri });
    return `${redirectUri}?${new URLSearchParams({ code, state }).toString()}`;
  }

  function remember(secret: string): string {
    secrets.push(secret);
    return secret;
  }

  async function start(): Promise<void> {
    const listening = createServer((req, res) => {
      void (async () => {
        const { status = 200, body } = await answer(req);
        res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
      })();
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(port, '127.0.0.1', resolve));
  }

  async function stop(): Promise<void> {
    const ending = server;
    server = null;
    ending?.closeAllConnections();
    await new Promise((resolve) => (ending ? ending.close(resolve) : resolve(null)));
  }

  async function answer(req: IncomingMessage): Promise<{ status?: number; body: object }> {
    switch (req.url) {
      case '/.well-known/openid-configuration':
        return { body: discovery() };
      case '/jwks':
        return {
          body: { keys: [{ ...key?.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }] },
        };
      case '/token':
        return exchange(new URLSearchParams(await text(req)), req.headers.authorization);
      case '/userinfo':
        return { body: claims(accounts.get(req.headers.authorization?.slice(7) ?? '')) };
      default:
        return { status: 404, body: {} };
    }
  }

  function discovery(): object {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      token_endpoint_auth_methods_supported: [method],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
    };
  }

  function exchange(form: URLSearchParams, authorization: string | undefined): { status?: number; body: object } {
    exchanges.push(form);
    const { id, secret } = oidcClient;
    const header = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString();
    const [givenId, givenSecret] = header.split(':').map(decodeURIComponent);
    const inHeader = givenId === id && givenSecret === secret && !form.has('client_secret');
    const inBody = authorization === undefined && form.get('client_secret') === secret;
    const known = method === 'client_secret_basic' ? inHeader : inBody;
    if (!known) return { status: 401, body: { error: 'invalid_client' } };
    const grant = grants.get(form.get('code') ?? '');
    grants.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (!grant || grant.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri')) {
      return { status: 400, body: { error: 'invalid_grant' } };
    }
    const access = remember(`access-${randomUUID()}`);
    accounts.set(access, grant.account);
    const padding = 'x'.repeat(grant.forgery.padding ?? 0);
    const body = {
      access_token: access,
      token_type: 'Bearer',
      expires_in: 60,
      id_token: remember(idToken(grant)),
      padding,
    };
    return { body };
  }

  function idToken({ account, forgery, nonce }: Grant): string {
    const { strangeKey, withoutEmail, padding: _padding, ...wrong } = forgery;
    const now = Math.floor(Date.now() / 1000);
    const right = { iss: issuer, aud: oidcClient.id, sub: subOf(account), iat: now, exp: now + 60, nonce };
    const payload = { ...right, ...(withoutEmail ? {} : claims(account)), ...wrong };
    const parts = [{ alg: 'RS256', kid: 'k1' }, payload].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const signer = strangeKey ? strange : key;
    if (!signer) throw new Error('no key');
    return `${parts.join('.')}.${sign('sha256', Buffer.from(parts.join('.')), signer.privateKey).toString('base64url')}`;
  }
}

function claims(account: Account | undefined): object {
  return { sub: subOf(account), email: account?.email, email_verified: account?.verified ?? true };
}

function subOf(account: Account | undefined): string {
  return account?.sub ?? account?.email.toLowerCase() ?? 'nobody';
}
