import type { Request } from 'express';
import { Problem } from '../lib/problem';

/** Throws a Problem when the query parameter was sent more than once. */
export function parameter(req: Request, name: string): string | undefined {
  const value: unknown = Object.hasOwn(req.query, name) ? req.query[name] : undefined;
  if (value === undefined || typeof value === 'string') return value;
  throw new Problem(400, 'invalid_request', `${name} was sent more than once.`, 'Send it once.');
}

/** Null when the query parameter is absent. Throws a Problem when it is no whole number from `least` to `most`. */
export function wholeNumber(req: Request, name: string, least: number, most: number): number | null {
  const text = parameter(req, name);
  if (text === undefined) return null;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  const sentence = `${name} is not a whole number from ${least} to ${most}.`;
  throw new Problem(400, 'invalid_request', sentence, 'Correct it or leave it out.');
}

/** Whether a body comes with this request, or should. */
export function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
