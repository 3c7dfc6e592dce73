import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import type { Actor } from '../audit';
import { missingKey } from '../auth/authentication';
import { programActor } from '../auth/key-limits';
import { isConnectionName } from '../connections/names';
import type { Keeper } from '../keeper';
import { Problem } from '../lib/problem';
import type { ApiKeyRow } from '../store/schema';
import { NoSuchAddress } from './errors';

declare global {
  namespace Express {
    interface Request {
      /** Read it by `keyOf`. */
      apiKey?: ApiKeyRow;
    }
  }
}

/** An API key in the headers; no cookie counts. */
export function requireApiKey({ authentication }: Keeper): RequestHandler {
  return async (req, _res, next) => {
    req.apiKey = await authentication.authenticate(keyTextOf(req), req.ip ?? null);
    next();
  };
}

/** URLs end up in logs and histories. */
export function noSecretsInAddress({ authentication }: Keeper): RequestHandler {
  return (req, _res, next) => {
    const isFound = Object.keys(req.query).some((name) => /^(access_?token|api_?key)$/i.test(name));
    if (!isFound) return next();
    return authentication.refuseSecretInAddress(req.ip ?? null);
  };
}

export function keyOf(req: Request): ApiKeyRow {
  if (!req.apiKey) throw missingKey();
  return req.apiKey;
}

export function actorOf(req: Request): Actor {
  return programActor(keyOf(req), req.ip ?? null);
}

/** For a program that asks under the name of before a rename, and may access the connection. */
export function tellNewName({ keyLimits }: Keeper): ErrorRequestHandler {
  return async (error: unknown, req, _res, next) => {
    const isMissing = error instanceof Problem && error.code === 'not_found' && !(error instanceof NoSuchAddress);
    const name = req.params['name'];
    if (!isMissing || !req.apiKey || typeof name !== 'string' || !isConnectionName(name)) return next(error);
    const newName = await keyLimits.newNameOf(req.apiKey, name);
    next(
      newName === null ? error : new NoSuchAddress(`“${name}” is called “${newName}” now.`, `Ask for “${newName}”.`),
    );
  };
}

/** Throws a Problem when the key may not see the connection. */
export async function connectionNameOf({ keyLimits }: Keeper, req: Request<{ name: string }>): Promise<string> {
  const { name } = req.params;
  await keyLimits.requireAccess(keyOf(req), name, req.ip ?? null);
  return name;
}

/**
 * The key in `Authorization: Bearer`, in `Authorization: Zoho-oauthtoken`, which Zoho's own programs send, or in `X-API-Key`,
 * which leaves room for another server's `Basic`. Throws a Problem when there are several: it is not ours to choose.
 */
function keyTextOf({ headersDistinct: headers }: Request): string | null {
  const schemes = (headers['authorization'] ?? []).flatMap(
    (text) => /^(?:bearer|zoho-oauthtoken) +(\S+) *$/i.exec(text)?.[1] ?? [],
  );
  const plain = (headers['x-api-key'] ?? []).map((text) => text.trim()).filter(Boolean);
  const [text = null, ...others] = new Set([...schemes, ...plain]);
  if (others.length === 0) return text;
  throw new Problem(400, 'invalid_request', 'This request has more than one API key.', 'Send one of them.');
}
