import type { Request, RequestHandler } from 'express';
import type { Keeper } from '../keeper';
import { parseKey } from '../auth/key-format';
import { maySee, programActor } from '../auth/api-keys';
import { isConnectionName } from '../connections/names';
import { notFound, Problem } from '../lib/problem';
import type { Actor } from '../store/events';
import type { ApiKeyRow } from '../store/schema';
import { strangerEvents } from '../audit';
import { failureLimit } from '../lib/failure-limit';

const callers = new WeakMap<Request, ApiKeyRow>();

/** Lets requests with a good `Authorization: Bearer <api key>` through. No cookie counts. Throws a Problem otherwise. */
export function authentication({ keys, store, now }: Keeper): RequestHandler {
  const countFailure = failureLimit(now);
  const record = strangerEvents({ store, now });
  return async (req, _res, next) => {
    const text = bearerOf(req);
    try {
      if (text === null) throw missing();
      callers.set(req, await keys.verify(text));
    } catch (error) {
      if (error instanceof Problem && error.status === 401) await countRefusal(req, text);
      throw error;
    }
    next();
  };

  async function countRefusal(req: Request, text: string | null): Promise<void> {
    const { failures, tooMany, retryAfter } = countFailure(req.ip ?? '');
    // One line a minute tells as much as a thousand.
    if (failures === 1 && text !== null) {
      await record(strangerOf(req), { action: 'key_refused', subject: parseKey(text)?.id ?? null });
    }
    if (!tooMany) return;
    const sentence = 'This address has sent too many requests without a valid API key.';
    throw new Problem(429, 'too_many_failures', sentence, 'Wait a minute and send the right key.', retryAfter);
  }
}

/** Refuses keys and tokens in the address, which ends up in logs and histories. Recorded without its value. */
export function noSecretsInAddress({ store, now }: Keeper): RequestHandler {
  const countFailure = failureLimit(now);
  const record = strangerEvents({ store, now });
  return async (req, _res, next) => {
    const found = Object.keys(req.query).some((name) => /^(access_?token|api_?key)$/i.test(name));
    if (!found) return next();
    if (countFailure(req.ip ?? '').failures === 1) {
      await record(strangerOf(req), { action: 'secret_in_address', subject: null });
    }
    const sentence = 'A key or token in the address is not accepted: addresses end up in logs.';
    const advice = 'Send it as “Authorization: Bearer <api key>”, and make a new key, as this one has been exposed.';
    throw new Problem(400, 'invalid_request', sentence, advice);
  };
}

/** The key of an authenticated request. */
export function keyOf(req: Request): ApiKeyRow {
  const key = callers.get(req);
  if (!key) throw missing();
  return key;
}

/** Who is acting, for the audit log. */
export function actorOf(req: Request): Actor {
  return programActor(keyOf(req), req.ip ?? null);
}

/** The connection that the address names. Throws the same Problem when it cannot exist and when the key may not see it. */
export function connectionNameOf(req: Request<{ name: string }>): string {
  const { name } = req.params;
  if (!isConnectionName(name) || !maySee(keyOf(req), name)) throw notFound(name);
  return name;
}

/** Throws a Problem when the key may only read. */
export function requireRefreshRight(req: Request): void {
  if (keyOf(req).rights === 'refresh') return;
  const sentence = 'This API key may read tokens, but not force refreshes.';
  throw new Problem(403, 'forbidden', sentence, 'Use GET …/token, or a key with the right to refresh.');
}

function bearerOf(req: Request): string | null {
  return /^bearer +(\S+) *$/i.exec(req.headers.authorization ?? '')?.[1] ?? null;
}

function missing(): Problem {
  const next = 'Send “Authorization: Bearer <api key>”; keys are made on the page Programs.';
  return new Problem(401, 'unauthorized', 'This call needs an API key.', next);
}

function strangerOf(req: Request): Actor {
  return { name: 'unknown program', address: req.ip ?? null };
}
