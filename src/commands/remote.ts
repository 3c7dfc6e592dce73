import type { RemoteKeeper } from '../config/config';
import { codeOf } from '../lib/errors';
import type { Format } from '../exports/formats';
import type { Outbound } from '../lib/outbound';
import type { ConnectionJson } from '../tokens/connection-json';
import type { TokenJson } from '../tokens/token-json';
import { secretsInWords } from '../exports/words';
import { verdictOf } from '../zoho/token-verdict';
import { type Access, type ExportedText, requireCheck } from './access';
import { CommandError } from './output';

/** Seconds for one answer, which may need a refresh and a queue at the other Keeper. */
const patience = 90;
const page = 200;

/** A Keeper elsewhere, by the API for programs. Once `ended` fires, what is being asked is given up. */
export function remoteAccess(outbound: Outbound, { url, key }: RemoteKeeper, ended?: AbortSignal): Access {
  const remote = { outbound, url, key, ended };
  return {
    async token(name, minTtl) {
      const query = minTtl === null ? '' : `?min_ttl=${minTtl}`;
      return readJson(remote, `${pathOf(name)}/token${query}`, isToken);
    },
    async connections() {
      const all: ConnectionJson[] = [];
      let after: string | null = '';
      while (after !== null) {
        const query: string = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
        const answer = await readJson(remote, `/api/v1/connections?limit=${page}${query}`, isConnections);
        all.push(...answer.connections);
        after = answer.next;
      }
      return all;
    },
    export: (name, format) => exportFrom(remote, name, format),
    async check(name, productCode) {
      const { scopes } = await readJson(remote, pathOf(name), isConnection);
      const check = requireCheck(scopes, productCode);
      if (check?.path === null) return { check, answer: null };
      if (check === null || check.product.host === 'accounts') {
        await readJson(remote, `${pathOf(name)}/token`, isToken);
        return null;
      }
      const { product, path } = check;
      const word = product.host === 'api' ? '' : `/~${product.code}`;
      const { status, text } = await ask(remote, `${pathOf(name)}/proxy${word}${path}`);
      return { check, answer: { status, text, verdict: verdictOf(Buffer.from(text), undefined) } };
    },
  };
}

interface Remote extends RemoteKeeper {
  readonly outbound: Outbound;
  readonly ended: AbortSignal | undefined;
}

/** An API key gives access tokens and nothing that lives longer. */
async function exportFrom(remote: Remote, connection: string, format: Format): Promise<ExportedText> {
  if (format.needsClient) throw needsClient(format, connection);
  const { url: keeperUrl } = remote;
  if (format.holds === null) {
    await readJson(remote, pathOf(connection), isConnection);
    return { text: format.make({ connection, keeperUrl }), holds: [] };
  }
  const token = await readJson(remote, `${pathOf(connection)}/token`, isToken);
  const { data_center: dataCenter, user } = await readJson(remote, pathOf(connection), isConnection);
  const text = format.make({
    connection,
    keeperUrl,
    apiDomain: token.api_domain,
    dataCenter,
    scopes: token.scopes,
    userEmail: user.email,
    accessToken: token.access_token,
    expiresAt: token.expires_at,
    clientId: null,
    clientSecret: null,
    refreshToken: null,
    accountsUrl: null,
    redirectUri: null,
  });
  return { text, holds: ['access token'] };
}

function needsClient({ name, holds }: Format, connection: string): CommandError {
  return new CommandError(
    `${name} needs ${secretsInWords((holds ?? []).filter((secret) => secret !== 'access token'))}, which no API key gives: ` +
      `run export on the Keeper’s own computer, or download it on its page of “${connection}”.`,
  );
}

function pathOf(name: string): string {
  return `/api/v1/connections/${encodeURIComponent(name)}`;
}

async function readJson<Wanted>(
  remote: Remote,
  path: string,
  isWanted: (body: unknown) => body is Wanted,
): Promise<Wanted> {
  const { status, text } = await ask(remote, path);
  const body = parse(text);
  if (status === 200 && isWanted(body)) return body;
  throw noKeeper(remote, `answers ${status}`);
}

/** The answer to a GET. Throws a CommandError when there is none, and when it is a refusal of the Keeper's own. */
async function ask(remote: Remote, path: string): Promise<{ status: number; text: string }> {
  const { outbound, url, key } = remote;
  try {
    const headers = { authorization: `Bearer ${key}`, accept: 'application/json', 'user-agent': 'zoho-token-keeper' };
    const signals = [AbortSignal.timeout(patience * 1000), ...(remote.ended ? [remote.ended] : [])];
    const response = await outbound.fetch(url + path, { headers, signal: AbortSignal.any(signals) });
    const { status } = response;
    const text = await response.text();
    if (status >= 300 && status < 400) throw noKeeper(remote, `redirects to ${originOf(response, url)}`);
    if (!/^application\/problem\+json/.test(response.headers.get('content-type') ?? '')) return { status, text };
    throw new CommandError(`${url}: ${detailOf(text) ?? `refused with ${status}.`}`);
  } catch (error) {
    throw error instanceof CommandError ? error : unreachable(url, error);
  }
}

function originOf(response: Response, url: string): string {
  const location = response.headers.get('location') ?? '';
  return URL.canParse(location, url) ? new URL(location, url).origin : 'nowhere';
}

function noKeeper({ url }: Remote, what: string): CommandError {
  return new CommandError(`${url} ${what}, and not as a Keeper does: check KEEPER_URL.`);
}

function unreachable(url: string, error: unknown): CommandError {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  const code = codeOf(cause);
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new CommandError(`${url} did not answer within ${patience} seconds: try again.`);
  }
  if (code.startsWith('PROXY_')) {
    return new CommandError(`${url} could not be reached through the proxy in OUTBOUND_PROXY (${code}): check both.`);
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new CommandError(
      `${url} could not be reached: its host name was not found. Check KEEPER_URL and the network.`,
    );
  }
  if (/SSL|TLS|EPROTO/.test(code) && !/CERT/.test(code)) {
    return new CommandError(`${url} does not speak TLS (${code}): check the port in KEEPER_URL.`);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return new CommandError(
      `${url} could not prove who it is: its certificate is not trusted (${code}). ` +
        'With a certificate authority of your own, name its file in NODE_EXTRA_CA_CERTS.',
    );
  }
  return new CommandError(
    `${url} could not be reached (${code || 'no connection'}): check that the Keeper runs, and KEEPER_URL.`,
  );
}

function detailOf(text: string): string | null {
  const detail = memberOf(parse(text), 'detail');
  return typeof detail === 'string' ? detail : null;
}

function isToken(body: unknown): body is TokenJson & { expires_at: string } {
  const texts = ['access_token', 'api_domain', 'expires_at'].every((name) => typeof memberOf(body, name) === 'string');
  return texts && Array.isArray(memberOf(body, 'scopes'));
}

function isConnection(body: unknown): body is ConnectionJson {
  const texts = ['name', 'status', 'data_center'].every((name) => typeof memberOf(body, name) === 'string');
  return texts && Array.isArray(memberOf(body, 'scopes')) && typeof memberOf(body, 'user') === 'object';
}

function isConnections(body: unknown): body is { connections: ConnectionJson[]; next: string | null } {
  const [connections, next] = [memberOf(body, 'connections'), memberOf(body, 'next')];
  return Array.isArray(connections) && connections.every(isConnection) && (next === null || typeof next === 'string');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function memberOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
}
