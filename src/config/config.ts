import { readFileSync } from 'node:fs';
import { type DataCenterCode, dataCenterCodes, isDataCenterCode } from '../zoho/data-centers';
import { type BackupPlan, readBackups } from './backups';
import { type DoorConfig, readDoor } from './auth';
import { isLoopback } from '../lib/addresses';
import { isScope, parseScopes } from '../zoho/scopes';

type Environment = Readonly<Record<string, string | undefined>>;
type Urls = Readonly<Partial<Record<DataCenterCode, string>>>;

export interface Config extends DoorConfig {
  /** The client that the environment names; null leaves it to the set-up page. */
  readonly client: { readonly id: string; readonly secret: string } | null;
  readonly dataCenter: DataCenterCode;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly host: string;
  readonly port: number;
  readonly baseUrl: string;
  readonly databaseUrl: string;
  readonly encryptionKeys: string | null;
  readonly backups: BackupPlan | null;
  readonly logLevel: (typeof logLevels)[number];
  readonly pkce: boolean;
  readonly accountsUrls: Urls;
  readonly apiUrls: Urls;
}

/** Everything that is wrong with the environment, one sentence a problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;

/**
 * The settings of this process from environment variables (and the files that `NAME_FILE` variables point at).
 * Throws a ConfigError that lists every problem at once.
 */
export function readConfig(env: Environment): Config {
  const problems: string[] = [];
  const complain = (problem: string): void => void problems.push(problem);
  const text = (name: string): string | null => env[name]?.trim() || null;
  const secret = (name: string): string | null => readSecret(env, name, complain);

  const port = readPort(text('PORT'), complain);
  const host = text('HOST') ?? '127.0.0.1';
  const baseUrl = readOrigin('BASE_URL', text('BASE_URL') ?? `http://localhost:${port}`, complain);
  const databaseUrl = readDatabaseUrl(secret('DATABASE_URL') ?? 'sqlite:data/keeper.db', complain);
  const config: Config = {
    client: readClient(text('ZOHO_CLIENT_ID'), secret('ZOHO_CLIENT_SECRET'), complain),
    dataCenter: readDataCenter(text('ZOHO_DATA_CENTER') ?? 'us', complain),
    scopes: readScopes(text('ZOHO_SCOPES') ?? 'ZohoCRM.modules.ALL,AaaServer.profile.Read', complain),
    redirectUri: readRedirectUri(text('ZOHO_REDIRECT_URI') ?? `${baseUrl}/oauth/callback`, complain),
    host,
    port,
    baseUrl,
    ...readDoor({ text, secret, complain }, host),
    databaseUrl,
    encryptionKeys: secret('ENCRYPTION_KEYS'),
    backups: readBackups({ text, complain }, databaseUrl),
    logLevel: oneOf('LOG_LEVEL', text('LOG_LEVEL'), logLevels, 'info', complain),
    pkce: oneOf('ZOHO_PKCE', text('ZOHO_PKCE'), ['on', 'off'], 'on', complain) === 'on',
    accountsUrls: readUrls('ZOHO_ACCOUNTS_URLS', text('ZOHO_ACCOUNTS_URLS'), complain),
    apiUrls: readUrls('ZOHO_API_URLS', text('ZOHO_API_URLS'), complain),
  };
  if (config.databaseUrl.startsWith('postgres') && config.encryptionKeys === null) {
    complain(
      'ENCRYPTION_KEYS is needed with PostgreSQL: set it to id:base64 of 32 random bytes, the same on every instance',
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

type Complain = (problem: string) => void;

function readSecret(env: Environment, name: string, complain: Complain): string | null {
  const value = env[name]?.trim() || null;
  const file = env[`${name}_FILE`]?.trim() || null;
  if (file === null) return value;
  if (value !== null) complain(`${name} and ${name}_FILE are both set: keep one`);
  try {
    const text = readFileSync(file, 'utf8').trim();
    // Taken for not set, it would open a door that somebody meant to close.
    if (text === '') complain(`${name}_FILE names a file that is empty: ${file}`);
    return text || null;
  } catch (error) {
    complain(`${name}_FILE names a file that cannot be read (${errorCode(error)}): ${file}`);
    return null;
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
}

function readClient(id: string | null, secret: string | null, complain: Complain): Config['client'] {
  if (id === null && secret === null) return null;
  if (id === null || secret === null) {
    complain(
      `${id === null ? 'ZOHO_CLIENT_ID' : 'ZOHO_CLIENT_SECRET'} is missing: set both, or neither and use the set-up page`,
    );
    return null;
  }
  if (!/^[\w.-]{1,200}$/.test(id))
    complain('ZOHO_CLIENT_ID does not look like a client ID: copy it from the API console, e.g. 1000.ABC…');
  return { id, secret };
}

function readDataCenter(value: string, complain: Complain): DataCenterCode {
  if (isDataCenterCode(value)) return value;
  complain(`ZOHO_DATA_CENTER is "${value}": use one of ${dataCenterCodes.join(' ')}`);
  return 'us';
}

function readScopes(value: string, complain: Complain): string[] {
  const scopes = parseScopes(value);
  if (scopes !== null) return scopes;
  const bad = value.split(',').find((scope) => scope.trim() !== '' && !isScope(scope.trim()));
  complain(
    bad === undefined
      ? 'ZOHO_SCOPES names no scope: e.g. ZohoCRM.modules.ALL'
      : `ZOHO_SCOPES has "${bad.trim()}": separate scopes by commas, without spaces inside`,
  );
  return [];
}

function readPort(value: string | null, complain: Complain): number {
  const port = Number(value ?? '3000');
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  complain(`PORT is "${value}": use a number from 1 to 65535`);
  return 3000;
}

function parseUrl(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null;
}

function readOrigin(name: string, value: string, complain: Complain): string {
  const url = parseUrl(value);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '') {
    complain(`${name} is "${value}": use the address that browsers see, e.g. https://tokens.example.com`);
    return 'http://localhost:3000';
  }
  if (url.pathname !== '/') complain(`${name} has a path (${url.pathname}): the Keeper needs a host name of its own`);
  return url.origin;
}

function readRedirectUri(value: string, complain: Complain): string {
  const url = parseUrl(value);
  if (!url || !/^https?:$/.test(url.protocol) || url.hash !== '' || url.search !== '' || url.username !== '') {
    complain(
      `ZOHO_REDIRECT_URI is "${value}": use the http(s) address that is registered at Zoho, e.g. http://localhost:3000/oauth/callback`,
    );
  }
  // Zoho compares character by character, so what was written is kept as it is.
  return value;
}

function readDatabaseUrl(value: string, complain: Complain): string {
  if (/^sqlite:./.test(value) || /^postgres(ql)?:\/\/./.test(value)) return value;
  // The value is not repeated: it may hold a password.
  complain('DATABASE_URL must begin with sqlite: (a file) or postgres:// (a server)');
  return 'sqlite:data/keeper.db';
}

function oneOf<Value extends string>(
  name: string,
  value: string | null,
  allowed: readonly Value[],
  fallback: NoInfer<Value>,
  complain: Complain,
): Value {
  if (value === null) return fallback;
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) complain(`${name} is "${value}": use one of ${allowed.join(', ')}`);
  return found ?? fallback;
}

function readUrls(name: string, value: string | null, complain: Complain): Urls {
  const urls: Partial<Record<DataCenterCode, string>> = {};
  for (const part of value?.split(',') ?? []) {
    const [code, address = ''] = part.trim().split(/=(.*)/s);
    const url = parseUrl(address);
    if (!isDataCenterCode(code) || !url || (url.pathname !== '/' && url.pathname !== '') || url.search !== '') {
      complain(`${name} has "${part.trim()}": write e.g. us=http://127.0.0.1:4001,eu=http://127.0.0.1:4002`);
    } else if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
      complain(`${name} sends secrets to ${url.host} without encryption: use https, plain http is for loopback only`);
    } else {
      urls[code] = url.origin;
    }
  }
  return urls;
}
