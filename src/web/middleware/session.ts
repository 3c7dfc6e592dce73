import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import type { SignedIn } from '../../auth/sign-in';
import { browserWords } from '../browser-words';
import type { Keeper } from '../../keeper';
import { DatabaseSessions, keptSeconds } from '../../auth/sessions';
import { cookieFor } from '../cookies';
import { isForScript } from '../flash';

/** Secrets made just now. Sealed with the session until the page that shows them takes them out. */
interface ShownOnce {
  createdKey: { id: string; text: string };
  createdLink: { url: string; name: string; expiresAt: string };
  addedWebhook: { url: string; secret: string };
}

declare module 'express-session' {
  interface SessionData extends ShownOnce {
    /** Set where a session that holds nothing yet is needed: an empty one would not be stored. */
    kept: true;
    /** Tokens of the links by which this browser set out for Zoho, each behind the link's id; the last ones only. */
    links: [id: string, token: string][];
  }
}

export function sessions({ store, config, now }: Keeper): RequestHandler {
  const { name, secure, path } = cookieFor('keeper', config.baseUrl);
  const handler = session({
    name,
    secret: store.cipher.derive('session cookie'),
    store: new DatabaseSessions(store, now),
    resave: false,
    saveUninitialized: false,
    rolling: true,
    // Zoho's redirect back is a navigation from another site, which SameSite=Strict would strip of the cookie.
    cookie: { httpOnly: true, sameSite: 'lax', secure, path, maxAge: keptSeconds * 1000 },
  });
  if (!secure) return handler;
  return (req, res, next) => {
    // TLS ends at the proxy in front. BASE_URL says that it is there, so no header has to be believed for it.
    Object.defineProperty(req, 'secure', { value: true });
    handler(req, res, next);
  };
}

/** Under a new id, against session fixation; what the old session held is gone. */
export async function beginSession(req: Request, signedIn: SignedIn): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.session.regenerate((error: unknown) => (error ? reject(error) : resolve()));
  });
  noteUse(req, signedIn);
}

export function noteUse(req: Request, signedIn: SignedIn): void {
  req.session.signedIn = signedIn;
  req.session.seenFrom = { ip: req.ip ?? null, browser: browserWords(req.headers['user-agent'] ?? '') };
}

export function endSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.destroy((error: unknown) => (error ? reject(error) : resolve()));
  });
}

/** Makes sure that there is a session with a cookie: a flow belongs to the session that began it. */
export function keepSession(req: Request): void {
  if (req.session.began === undefined) req.session.kept = true;
}

/** Whose attempts to connect to show: all of them to whoever has signed in, and to others those of their own session. */
export function sessionOf(req: Request): string | null {
  return req.session.signedIn === undefined ? req.sessionID : null;
}

/** Null from the second time on. */
export function takeOnce<Name extends keyof ShownOnce>(req: Request, name: Name): ShownOnce[Name] | null {
  if (isForScript(req)) return null;
  const session: Partial<ShownOnce> = req.session;
  const taken = session[name];
  delete session[name];
  return taken ?? null;
}
