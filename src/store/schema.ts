import type { Generated, Selectable } from 'kysely';
import type { DataCenterCode, Environment } from '../zoho/data-centers';
import type { AlertTable, BreakageTable, DeliveryTable, StandingAlertTable, TargetTable } from './schema-alerts';
import type { FlowTable, LinkTable } from './schema-flows';
import type { FormerNameTable, TokenTotalTable, TokenUseTable } from './schema-uses';

export type { FlowStatus, StoredLinkStatus } from './schema-flows';

/** Text and integers only, which both databases treat alike: times are ISO 8601 UTC, lists are separated by spaces. */
export interface Database {
  meta: MetaTable;
  clients: ClientTable;
  client_secrets: ClientSecretTable;
  flows: FlowTable;
  links: LinkTable;
  connections: ConnectionTable;
  connection_tags: ConnectionTagTable;
  connection_search: ConnectionSearchTable;
  refreshes: RefreshTable;
  revocations: RevocationTable;
  sessions: SessionTable;
  events: EventTable;
  event_seals: EventSealTable;
  api_keys: ApiKeyTable;
  failed_sign_ins: FailedSignInTable;
  provider_accounts: ProviderAccountTable;
  token_uses: TokenUseTable;
  token_totals: TokenTotalTable;
  former_names: FormerNameTable;
  breakages: BreakageTable;
  alerts: AlertTable;
  alert_targets: TargetTable;
  standing_alerts: StandingAlertTable;
  deliveries: DeliveryTable;
}

interface MetaTable {
  key: string;
  value: string;
}

interface ClientTable {
  client_id: string;
  data_center: DataCenterCode;
  secret_sealed: string;
  saved_at: string;
  /** Empty for one that never was the default; of the others, the latest is. */
  default_since: string;
}

/** Secrets that a client has in single data centres; everywhere else it uses the one in its own row. */
interface ClientSecretTable {
  id: string;
  client_id: string;
  data_center: DataCenterCode;
  secret_sealed: string;
  saved_at: string;
}

/** Stored in the database, do not change. `throttled` is not stored: it follows from `throttled_until`. */
export type ConnectionStatus = 'active' | 'needs_reconnect' | 'revoked';

/** Stored in the database, do not change: what asked for a token. */
export type RequestedBy = 'connect' | 'person' | 'program' | 'schedule';

interface ConnectionTable {
  id: string;
  name: string;
  client_id: string;
  data_center: DataCenterCode;
  asked_data_center: DataCenterCode | null;
  api_domain: string;
  /** Which of Zoho's environments the tokens are for; null for connections of before this column. */
  environment: Environment | null;
  scopes: string;
  /** As they were asked for, which Zoho writes otherwise; null for connections of before this column. */
  asked_scopes: string | null;
  zuid: string | null;
  user_name: string | null;
  user_email: string | null;
  organisation: string | null;
  organisation_id: string | null;
  status: ConnectionStatus;
  /** Stands for the refresh token, for which budget and ledger count; a new one has a new id. */
  refresh_token_id: string;
  refresh_token_sealed: string | null;
  access_token_sealed: string | null;
  access_token_expires_at: string | null;
  access_token_life: number;
  /** Its end, or up to a quarter of its life before, by the minute: what was made together must not end together. */
  renew_by: string | null;
  /** Until then an instance of the schedule is about to work on it. Holds nobody off: that is what the lease is for. */
  claimed_until: string | null;
  /** End of the last access token that was given out; null when none of this refresh token was. */
  given_out_until: string | null;
  refreshed_at: string | null;
  refreshed_by: RequestedBy | null;
  /** The last failed refresh, cleared by the next good one. */
  error_code: string | null;
  failed_at: string | null;
  failures: number;
  /** When Zoho first said that the refresh token is bad; the second time, a minute later, is believed. */
  refused_at: string | null;
  retry_at: string | null;
  throttled_until: string | null;
  lease_owner: string | null;
  lease_until: string | null;
  /** Grows with every claim, save and reconnect: a late writer finds it changed and gives up. */
  seq: number;
  connected_at: string;
  used_at: string | null;
  checked_at: string | null;
  /** What people write on it. Tags are 1 to 32 of a-z 0-9 . _ - each. */
  label: Generated<string>;
  note: Generated<string>;
  tags: Generated<string>;
}

/** The tags of connections once more, so that those with one are found and counted without reading the others. */
interface ConnectionTagTable {
  tag: string;
  /** The connection's; follows it when it is renamed or deleted. */
  name: string;
}

/** What connections are found by. */
interface ConnectionSearchTable {
  name: string;
  /** Name, label, account and tags in lower case, cut at 500 characters. */
  words: string;
}

interface RefreshTable {
  id: string;
  connection_id: string;
  refresh_token_id: string;
  started_at: string;
  requested_by: RequestedBy;
  /** `pending`, `ok`, or a code of zoho/messages. */
  result: string;
  took_ms: number | null;
}

/** Refresh tokens that are no longer ours to use and still have to be ended at Zoho. */
interface RevocationTable {
  id: string;
  connection_name: string;
  client_id: string | null;
  data_center: DataCenterCode;
  /** Whose token it is, and when it was made; null where that was not known. */
  zuid: string | null;
  made_at: string | null;
  token_sealed: string;
  attempts: number;
  retry_at: string;
  created_at: string;
}

interface SessionTable {
  id_digest: string;
  data_sealed: string;
  created_at: string;
  expires_at: string;
}

interface EventTable {
  id: string;
  at: string;
  actor: string;
  ip: string | null;
  action: string;
  subject: string | null;
  detail: string | null;
  /** Null until it is sealed. */
  seal: string | null;
}

/** Digests of the events by which a removed or changed one shows, in the order of their ids. */
interface EventSealTable {
  /** A number with leading zeros. */
  id: string;
  first_at: string;
  chain_sealed: string;
}

/** Stored in the database, do not change: `refresh` may do all that `read` may, and force refreshes. */
export type KeyRights = 'read' | 'refresh';

interface ApiKeyTable {
  id: string;
  /** SHA-256 of the secret part, which is 32 random bytes: nothing slower is needed. */
  secret_digest: string;
  name: string;
  /** `*`, or the names of connections. */
  connections: string;
  rights: KeyRights;
  expires_at: string | null;
  created_at: string;
  /** To the minute. */
  last_used_at: string | null;
  revoked_at: string | null;
  /** All that the key is and may do, sealed: a row that says otherwise opens nothing. Null once it was revoked. */
  proof_sealed: string | null;
}

/** Wrong passwords from one network address, kept until a right one or a day without any. */
interface FailedSignInTable {
  network: string;
  attempts: number;
  wait_until: string;
  updated_at: string;
}

/** Which account of the OpenID Connect provider an e-mail address belongs to: the first that came with it. */
interface ProviderAccountTable {
  issuer: string;
  email: string;
  sub_digest: string;
  first_at: string;
}

export type { AlertType, BreakageState, TargetEvent, TargetKind } from './schema-alerts';

export type ConnectionRow = Selectable<ConnectionTable>;
export type FlowRow = Selectable<FlowTable>;
export type LinkRow = Selectable<LinkTable>;
export type RefreshRow = Selectable<RefreshTable>;
export type RevocationRow = Selectable<RevocationTable>;
export type EventRow = Selectable<EventTable>;
export type ApiKeyRow = Selectable<ApiKeyTable>;
export type TokenUseRow = Selectable<TokenUseTable>;
export type FailedSignInRow = Selectable<FailedSignInTable>;
export type BreakageRow = Selectable<BreakageTable>;
export type AlertRow = Selectable<AlertTable>;
export type TargetRow = Selectable<TargetTable>;
export type DeliveryRow = Selectable<DeliveryTable>;
