import type { Request, Response } from 'express';
import { csrfToken, takeFlash } from './session';

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
  };
  setup: SetupView;
  reveal: {
    connectionName: string;
    /** 'access token' or 'refresh token' */
    kind: string;
    token: string;
  };
  error: ErrorView;
}

export type Tone = 'good' | 'wait' | 'bad' | 'off';

/** A moment: `iso` for <time datetime> and the scripts, `words` for people without script, e.g. "in 52 minutes". */
export interface Moment {
  iso: string;
  words: string;
}

export interface ConnectionView {
  name: string;
  href: string;
  status: { code: 'active' | 'needs_reconnect' | 'revoked' | 'throttled'; words: string; tone: Tone };
  /** End of the access token; null when there is none. `living` is false once it has passed. */
  expires: (Moment & { living: boolean; ofSeconds: number }) | null;
  /** The last successful refresh (or the connect) and what asked for it: "4 minutes ago, by a person". */
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
  csrf: string;
  flash: { tone: Tone; sentence: string; next?: string } | null;
  /** True when the dashboard has a password and this person has signed in. */
  signedIn: boolean;
}

/** Renders one page; the compiler checks that it gets what it shows. */
export function show<Page extends keyof Pages>(res: Response, page: Page, model: Pages[Page]): void {
  res.render(page, { ...frameOf(res.req, page), ...model });
}

function frameOf(req: Request, page: keyof Pages): PageFrame {
  // An error page takes nothing from the session and makes none: anybody can cause one.
  if (page === 'error') return { csrf: req.session?.csrf ?? '', flash: null, signedIn: false };
  return { csrf: csrfToken(req), flash: takeFlash(req), signedIn: false };
}
