import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import type { SignedIn } from '../../auth/sign-in';
import { Problem } from '../../lib/problem';
import type { Keeper } from '../../keeper';
import { DatabaseSessions, keptSeconds } from '../../auth/sessions';
import { foreignForm } from './csrf';
import type { Tone } from '../words';

/** A sentence for the next page. */
export interface Flash {
  readonly tone: Tone;
  readonly sentence: string;
  readonly next?: string;
}

declare module 'express-session' {
  interface SessionData {
    csrf: string;
    flash: Flash;
    /** When it was first stored; a session without it is new. */
    began: string;
    signedIn: SignedIn;
  }
}

/** Gives each browser a session once something is to be remembered of it. */
export function sessions({ store, config, now }: Keeper): RequestHandler {
  const { baseUrl } = config;
  const secure = baseUrl.startsWith('https:');
  const handler = session({
    name: cookieName('keeper', baseUrl),
    secret: store.cipher.derive('session cookie'),
    store: new DatabaseSessions(store, now),
    resave: false,
    saveUninitialized: false,
    rolling: true,
    // Zoho's redirect back is a navigation from another site, which SameSite=Strict would strip of the cookie.
    cookie: { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: keptSeconds * 1000 },
  });
  if (!secure) return handler;
  return (req, res, next) => {
    // TLS ends at the proxy in front. BASE_URL says that it is there, so no header has to be believed for it.
    Object.defineProperty(req, 'secure', { value: true });
    handler(req, res, next);
  };
}

/** Cookies ignore the port, so two Keepers on one computer need names of their own. */
export function cookieName(name: string, baseUrl: string): string {
  const { protocol, port } = new URL(baseUrl);
  return protocol === 'https:' ? `__Host-${name}` : `${name}-${port || '80'}`;
}

/** A new session under a new id for somebody who just proved who they are; what the old one held is gone. */
export async function beginSession(req: Request, signedIn: SignedIn): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.session.regenerate((error: unknown) => (error ? reject(error) : resolve()));
  });
  req.session.signedIn = signedIn;
}

export function endSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.destroy((error: unknown) => (error ? reject(error) : resolve()));
  });
}

/** This session's token for forms, made when first asked for. */
export function csrfToken(req: Request): string {
  req.session.csrf ??= randomBytes(32).toString('base64url');
  return req.session.csrf;
}

/** The sentence for the next page, once. */
export function takeFlash(req: Request): Flash | null {
  const { flash } = req.session;
  delete req.session.flash;
  return flash ?? null;
}

/** Shows a sentence on the next page. */
export function flash(req: Request, message: Flash): void {
  req.session.flash = message;
}

/** The second lock on changes: the form's hidden field must hold this session's token. */
export const ownForms: RequestHandler = (req, _res, next) => {
  if (['GET', 'HEAD', 'OPTIONS'].includes(req.method)) return next();
  const body: unknown = req.body;
  const given = typeof body === 'object' && body !== null && '_csrf' in body ? body._csrf : undefined;
  const expected = req.session.csrf;
  if (typeof given === 'string' && expected !== undefined && given === expected) return next();
  throw req.headers.cookie === undefined ? noCookie() : foreignForm();
};

function noCookie(): Problem {
  const sentence = 'Your browser sent no cookie with this form.';
  const next = 'Allow cookies for this site, open it under the address that the set-up page shows, and try again.';
  return new Problem(403, 'no_cookie', sentence, next);
}
