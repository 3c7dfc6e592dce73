import type { DataCenterCode } from '../zoho/data-centers';
import { dirname, resolve } from 'node:path';
import { sqliteFileOf } from '../store/database';
import { type AuthConfig, readAuth } from './auth';
import { inFolder } from './database-url';
import type { Values } from './options';
import type { Urls } from './parsers';
import { createReader, type Environment, type Read } from './reader';
import { conflicts } from './rules';
import { type Source, sourceOf } from './source';

export interface BackupPlan {
  readonly folder: string;
  readonly keep: number;
}

export interface EventsPlan {
  readonly keepDays: number;
  /** Where older ones go; null where there is no place for them, so that they stay. */
  readonly folder: string | null;
}

export interface KeptFile {
  readonly connection: string;
  /** A name of the table of formats, which the settings do not know. */
  readonly format: string;
  readonly path: string;
}

export interface MailConfig {
  /** smtp: or smtps:, with user and password where the server wants them. */
  readonly url: string;
  readonly from: string;
  readonly alertEmails: readonly string[];
}

export interface RemoteKeeper {
  readonly url: string;
  readonly key: string;
}

export interface Config extends AuthConfig {
  readonly source: Pick<Source, 'folder' | 'envFile' | 'warnings'>;
  readonly client: { readonly id: string; readonly secret: string } | null;
  readonly dataCenter: DataCenterCode;
  readonly scopes: readonly string[];
  readonly redirectUri: string;
  readonly hosts: readonly string[];
  readonly port: number;
  readonly baseUrl: string;
  readonly keepAliveSeconds: number;
  /** To one data centre, by this process. */
  readonly callsAtOnce: number;
  readonly outboundProxy: string | null;
  /** Variables that name a proxy for other programs, and are not followed here. */
  readonly ignoredProxies: readonly string[];
  /** NODE_TLS_REJECT_UNAUTHORIZED=0 is set, and means nothing here. */
  readonly ignoresTlsSwitch: boolean;
  readonly databaseUrl: string;
  /** Connections to PostgreSQL at the most. */
  readonly databasePool: number;
  readonly encryptionKeys: string | null;
  readonly backups: BackupPlan | null;
  /** Null keeps the activity for ever. */
  readonly events: EventsPlan | null;
  readonly mail: MailConfig | null;
  readonly keptFiles: readonly KeptFile[];
  /** The Keeper elsewhere that commands work against; null leaves them to the database. */
  readonly remote: RemoteKeeper | null;
  readonly logLevel: Values['LOG_LEVEL'];
  /** Each line of the audit log is written to the log, too. */
  readonly logEvents: boolean;
  readonly pkce: boolean;
  readonly accountsUrls: Urls;
  readonly apiUrls: Urls;
  /** The first page of a demo's simulated Zoho; null where nothing is simulated. */
  readonly demoZohoUrl: string | null;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

export function readConfig(env: Environment): Config {
  return readConfigFrom(sourceOf(env));
}

/** Reads also the files that `NAME_FILE` variables name. Throws a ConfigError that lists every problem at once. */
export function readConfigFrom(source: Source): Config {
  const { folder, envFile, warnings } = source;
  const { read, given, problems } = createReader(source.env, folder);
  const port = read('PORT');
  const databaseUrl = inFolder(read('DATABASE_URL'), folder);
  const backups = readBackups(read, folder);
  const baseUrl = read('BASE_URL') ?? `http://localhost:${port}`;
  const config: Config = {
    source: { folder, envFile, warnings },
    client: readClient(read),
    dataCenter: read('ZOHO_DATA_CENTER'),
    scopes: read('ZOHO_SCOPES'),
    redirectUri: read('ZOHO_REDIRECT_URI') ?? `${baseUrl}/oauth/callback`,
    hosts: readHosts(read),
    port,
    baseUrl,
    ...readAuth(read),
    keepAliveSeconds: read('KEEP_ALIVE_SECONDS'),
    callsAtOnce: read('ZOHO_CALLS_AT_ONCE'),
    outboundProxy: read('OUTBOUND_PROXY'),
    ignoredProxies: Object.keys(source.env).filter((name) => /^(https?|all)_proxy$/i.test(name) && source.env[name]),
    ignoresTlsSwitch: Object.entries(source.env).some(
      ([name, value]) => name === 'NODE_TLS_REJECT_UNAUTHORIZED' && value === '0',
    ),
    databaseUrl,
    databasePool: read('DATABASE_POOL'),
    encryptionKeys: read('ENCRYPTION_KEYS'),
    backups,
    events: readEvents(read, folder, backups?.folder ?? folderOf(databaseUrl)),
    mail: readMail(read),
    keptFiles: read('KEEP_FILES'),
    remote: readRemote(read),
    logLevel: read('LOG_LEVEL'),
    logEvents: read('LOG_EVENTS'),
    pkce: read('ZOHO_PKCE'),
    accountsUrls: read('ZOHO_ACCOUNTS_URLS'),
    apiUrls: read('ZOHO_API_URLS'),
    demoZohoUrl: null,
  };
  const replacesHosts = read('ZOHO_ALLOW_REPLACED_HOSTS');
  const all = [...source.problems, ...problems, ...conflicts(given, { ...config, replacesHosts })];
  if (all.length > 0) throw new ConfigError(all);
  return Object.freeze(config);
}

/** Programs find "localhost" at either address, Node 17 and 18 at ::1 only. */
const loopback = ['127.0.0.1', '::1'];

function readHosts(read: Read): readonly string[] {
  const host = read('HOST');
  return host === null || host.toLowerCase() === 'localhost' ? loopback : [host];
}

function readMail(read: Read): MailConfig | null {
  const [url, from, alertEmails] = [read('SMTP_URL'), read('ALERT_FROM'), read('ALERT_EMAILS')];
  return url === null || from === null ? null : { url, from, alertEmails };
}

function readRemote(read: Read): RemoteKeeper | null {
  const [url, key] = [read('KEEPER_URL'), read('KEEPER_KEY')];
  return url === null || key === null ? null : { url, key };
}

function readClient(read: Read): Config['client'] {
  const [id, secret] = [read('ZOHO_CLIENT_ID'), read('ZOHO_CLIENT_SECRET')];
  return id === null || secret === null ? null : { id, secret };
}

function readBackups(read: Read, start: string): BackupPlan | null {
  const [folder, keep] = [read('BACKUP_DIR'), read('BACKUP_KEEP')];
  return folder === null ? null : { folder: resolve(start, folder), keep };
}

function readEvents(read: Read, start: string, usual: string | null): EventsPlan | null {
  const [keepDays, folder] = [read('EVENTS_KEEP_DAYS'), read('EVENTS_DIR')];
  return keepDays === 0 ? null : { keepDays, folder: folder === null ? usual : resolve(start, folder) };
}

function folderOf(databaseUrl: string): string | null {
  const file = sqliteFileOf(databaseUrl);
  return file === null ? null : dirname(file);
}
