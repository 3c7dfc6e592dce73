import type { Request, Response } from 'express';
import { type Flash, takeFlash } from './middleware/session';
import type { Moment, Tone } from './words';

/** What each page in views/ is given: finished words and dates, so that a view needs only if, for and include. */
export interface Pages {
  dashboard: {
    connections: ConnectionView[];
    unfinished: UnfinishedView[];
    form: ConnectForm;
  };
  connection: {
    connection: ConnectionView;
    history: RefreshView[];
    budget: BudgetView;
    /** Products that the connection has scopes for; `missing` names the scope that the call would need. */
    tries: { code: string; name: string; missing: string | null }[];
  };
  setup: SetupView;
  reveal: {
    connectionName: string;
    /** 'access token' or 'refresh token' */
    kind: string;
    token: string;
  };
  login: LoginView;
  events: EventsView;
  keys: KeysView;
  alerts: AlertsView;
  try: TryView;
  error: ErrorView;
}

export interface ConnectionView {
  name: string;
  href: string;
  status: { code: 'active' | 'needs_reconnect' | 'revoked' | 'throttled'; words: string; tone: Tone };
  /** End of the access token; null when there is none. `valid` is false once it has passed. */
  expires: (Moment & { valid: boolean; ofSeconds: number }) | null;
  /** The last successful refresh (or the connect) and what asked for it: "4 minutes ago, by hand". */
  refreshed: (Moment & { by: string }) | null;
  connected: Moment;
  dataCenter: { code: string; country: string };
  apiDomain: string;
  scopes: string[];
  /** Who consented, as far as the scopes let us ask. */
  account: { user: string | null; email: string | null; organisation: string | null };
  /** Why the last refresh failed or what needs doing; null when all is well. */
  problem: { sentence: string; next: string } | null;
  hasRefreshToken: boolean;
  hasAccessToken: boolean;
}

export interface RefreshView {
  at: Moment;
  by: string;
  ok: boolean;
  words: string;
  took: string;
}

/** An attempt to connect that did not end: being finished just now, or interrupted by a crash. */
export interface UnfinishedView {
  id: string;
  connectionName: string;
  started: Moment;
  sentence: string;
  /** True when only the person can go on (connect again); then the notice can be dismissed. */
  interrupted: boolean;
}

export interface ConnectForm {
  /** False when no client is set up: the page then leads to /setup. */
  ready: boolean;
  name: string;
  namePlaceholder: string;
  scopes: string;
  dataCenter: string;
  dataCenters: DataCenterChoice[];
  /** Reasons by field, after a submission that could not be used. */
  problems: { name?: string; scopes?: string; dataCenter?: string };
}

export interface DataCenterChoice {
  code: string;
  label: string;
  consoleUrl: string;
}

export interface SetupView {
  /** Set when the environment names the client: then nothing can be typed here. */
  fromEnvironment: boolean;
  clientId: string;
  hasSecret: boolean;
  dataCenter: string;
  dataCenters: DataCenterChoice[];
  homepageUrl: string;
  redirectUri: string;
  problems: { clientId?: string; clientSecret?: string; dataCenter?: string };
  /** Null as long as there is no client. */
  ownSecrets: OwnSecretsView | null;
}

/** Data centres where the client has a secret of its own. */
export interface OwnSecretsView {
  /** `used` is false in the client's home data centre, where its main secret is used. */
  list: { dataCenter: string; country: string; saved: Moment; used: boolean }[];
  /** Where it can have one. */
  choices: DataCenterChoice[];
  form: { dataCenter: string; problems: { dataCenter?: string; secret?: string } };
}

export interface EventsView {
  events: EventView[];
  filter: { action: string; subject: string; actor: string; since: string };
  /** What is wrong with the filter's time. */
  problem: string | null;
  actions: { value: string; label: string }[];
  /** Addresses of the page after this one, of the first page, and of the same events as JSON lines. */
  older: string | null;
  newest: string | null;
  lines: string;
  canSignOutAll: boolean;
}

export interface EventView {
  at: Moment;
  /** "2026-11-23 10:36:56", UTC */
  time: string;
  words: string;
  detail: string | null;
  subject: { name: string; href: string } | null;
  actor: string;
  ip: string | null;
}

export interface LoginView {
  withPassword: boolean;
  /** Host of the OpenID Connect provider; null when none is set. */
  provider: string | null;
  /** Why somebody stands here, for example because their session ended. */
  notice: { tone: Tone; sentence: string; next?: string } | null;
  /** What was wrong with the password. */
  problem: string | null;
}

export interface BudgetView {
  /** Of which time this is. */
  window: 'ten_minutes' | 'hour';
  used: number;
  limit: number;
  /** When the next refresh is possible; null when one is now. */
  next: Moment | null;
}

export interface TryView {
  connectionName: string;
  product: string;
  /** Method and path; null when Zoho was not asked. */
  call: string | null;
  status: number | null;
  tone: Tone;
  sentence: string;
  next: string;
  text: string;
}

export interface AlertsView {
  webhooks: { id: string; url: string; added: Moment }[];
  form: { url: string; problem: string | null };
  /** A webhook that was added just now; its secret is shown this once. */
  made: { url: string; secret: string } | null;
  /** The latest alerts, the newest first, with their ways to the webhooks. */
  alerts: {
    at: Moment;
    title: { words: string; tone: Tone };
    /** Null in a test. */
    connection: { name: string; href: string } | null;
    sentence: string;
    deliveries: { host: string; tone: Tone; words: string; tried: Moment | null }[];
  }[];
}

export interface KeysView {
  /** All keys, the newest first. */
  keys: {
    id: string;
    name: string;
    connections: string;
    rights: string;
    status: { words: string; tone: Tone };
    /** Whether it can be revoked. */
    valid: boolean;
    created: Moment;
    expires: Moment | null;
    used: Moment | null;
  }[];
  /** Names of the connections that there are. */
  connections: string[];
  form: KeyForm;
  /** A key that was made just now, the only time that it is shown. */
  made: { text: string; name: string } | null;
  examples: { id: string; label: string; value: string }[];
}

export interface KeyForm {
  readonly name: string;
  readonly all: boolean;
  readonly chosen: readonly string[];
  readonly rights: 'read' | 'refresh';
  readonly days: string;
  /** Reasons by field, after a submission that could not be used. */
  readonly problems: { name?: string; connections?: string; days?: string };
}

export interface ErrorView {
  status: number;
  title: string;
  sentence: string;
  /** What to do about it. */
  hint: string;
  next: { href: string; label: string };
  requestId: string;
}

/** Given to every page beside its own model. */
export interface PageFrame {
  flash: Flash | null;
  /** True when the dashboard has a password and this person has signed in. */
  signedIn: boolean;
}

/** Renders one page; the compiler checks that it gets what it shows. */
export function show<Page extends keyof Pages>(res: Response, page: Page, model: Pages[Page]): void {
  res.render(page, { ...frameOf(res.req, page), ...model });
}

function frameOf(req: Request, page: keyof Pages): PageFrame {
  const signedIn = req.res?.locals['signedIn'] === true;
  // A sentence waits for a page that it belongs to.
  const isAside = page === 'error' || page === 'login';
  return { flash: isAside ? null : takeFlash(req), signedIn };
}
