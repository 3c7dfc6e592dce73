import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import type { Store } from '../store/store';
import { readSession, removeSession, writeSession } from '../store/sessions';
import { type Clock, iso, later } from '../time';
import type { PageFrame } from './pages';
import { foreignForm } from './security';

declare module 'express-session' {
  interface SessionData {
    csrf: string;
    flash: NonNullable<PageFrame['flash']>;
  }
}

/** How long a session lasts without being used, in seconds. */
const idleSeconds = 12 * 3600;

/** Sessions in the database, so that they survive a restart and are shared by instances. */
export function sessions(store: Store, baseUrl: string, now: Clock): RequestHandler {
  const secure = baseUrl.startsWith('https:');
  return session({
    // Cookies ignore the port, so two Keepers on one computer need names of their own.
    name: secure ? '__Host-keeper' : `keeper-${new URL(baseUrl).port || '80'}`,
    secret: store.cipher.derive('session cookie'),
    store: new DatabaseSessions(store, now),
    resave: false,
    saveUninitialized: false,
    rolling: true,
    // Zoho's redirect back is a navigation from another site, which SameSite=Strict would strip of the cookie.
    cookie: { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: idleSeconds * 1000 },
    // TLS ends at the proxy in front; BASE_URL says that it is there.
    ...(secure && { proxy: true }),
  });
}

type Callback<Value = void> = (error: unknown, value?: Value) => void;

class DatabaseSessions extends session.Store {
  private readonly database: Store;
  private readonly now: Clock;

  constructor(database: Store, now: Clock) {
    super();
    this.database = database;
    this.now = now;
  }

  override get(id: string, done: Callback<session.SessionData | null>): void {
    readSession(this.database, id, iso(this.now())).then(
      (text) => done(null, text === null ? null : (JSON.parse(text) as session.SessionData)),
      (error: unknown) => done(error),
    );
  }

  override set(id: string, data: session.SessionData, done: Callback = () => undefined): void {
    const now = this.now();
    const times = { now: iso(now), expiresAt: iso(later(now, idleSeconds)) };
    writeSession(this.database, id, JSON.stringify(data), times).then(
      () => done(null),
      (error: unknown) => done(error),
    );
  }

  override touch(id: string, data: session.SessionData, done: () => void = () => undefined): void {
    this.set(id, data, () => done());
  }

  override destroy(id: string, done: Callback = () => undefined): void {
    removeSession(this.database, id).then(
      () => done(null),
      (error: unknown) => done(error),
    );
  }
}

/** This session's token for forms, made when first asked for. */
export function csrfToken(req: Request): string {
  req.session.csrf ??= randomBytes(32).toString('base64url');
  return req.session.csrf;
}

/** The sentence for the next page, once. */
export function takeFlash(req: Request): PageFrame['flash'] {
  const { flash } = req.session;
  delete req.session.flash;
  return flash ?? null;
}

/** Shows a sentence on the next page. */
export function flash(req: Request, message: NonNullable<PageFrame['flash']>): void {
  req.session.flash = message;
}

/** The second lock on changes: the form's hidden field must hold this session's token. */
export const ownForms: RequestHandler = (req, _res, next) => {
  if (['GET', 'HEAD', 'OPTIONS'].includes(req.method)) return next();
  const body: unknown = req.body;
  const given = typeof body === 'object' && body !== null && '_csrf' in body ? body._csrf : undefined;
  const expected = req.session.csrf;
  if (typeof given === 'string' && expected !== undefined && equal(given, expected)) return next();
  throw foreignForm();
};

function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
