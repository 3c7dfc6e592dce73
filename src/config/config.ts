import type { DataCenterCode } from '../zoho/data-centers';
import { type AuthConfig, readAuth } from './auth';
import type { Values } from './options';
import type { Urls } from './parsers';
import { createReader, type Environment, type Read } from './reader';
import { conflicts } from './rules';

/** Where the daily backups go, and how many of them are kept. */
export interface BackupPlan {
  readonly folder: string;
  readonly keep: number;
}

export interface Config extends AuthConfig {
  /** The client that the environment names; null leaves it to the setup page. */
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
  readonly logLevel: Values['LOG_LEVEL'];
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

/**
 * The settings of this process from environment variables (and the files that `NAME_FILE` variables point at).
 * Throws a ConfigError that lists every problem at once.
 */
export function readConfig(env: Environment): Config {
  const { read, given, problems } = createReader(env);
  const port = read('PORT');
  const baseUrl = read('BASE_URL') ?? `http://localhost:${port}`;
  const config: Config = {
    client: readClient(read),
    dataCenter: read('ZOHO_DATA_CENTER'),
    scopes: read('ZOHO_SCOPES'),
    redirectUri: read('ZOHO_REDIRECT_URI') ?? `${baseUrl}/oauth/callback`,
    host: read('HOST'),
    port,
    baseUrl,
    ...readAuth(read),
    databaseUrl: read('DATABASE_URL'),
    encryptionKeys: read('ENCRYPTION_KEYS'),
    backups: readBackups(read),
    logLevel: read('LOG_LEVEL'),
    pkce: read('ZOHO_PKCE'),
    accountsUrls: read('ZOHO_ACCOUNTS_URLS'),
    apiUrls: read('ZOHO_API_URLS'),
  };
  problems.push(...conflicts(given, config));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

function readClient(read: Read): Config['client'] {
  const [id, secret] = [read('ZOHO_CLIENT_ID'), read('ZOHO_CLIENT_SECRET')];
  return id === null || secret === null ? null : { id, secret };
}

function readBackups(read: Read): BackupPlan | null {
  const [folder, keep] = [read('BACKUP_DIR'), read('BACKUP_KEEP')];
  return folder === null ? null : { folder, keep };
}
