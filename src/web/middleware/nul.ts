import type { RequestHandler } from 'express';
import { Problem } from '../../lib/problem';

/**
 * Refuses a NUL in the address, and in the body where that has been read. PostgreSQL takes no text with one, and no name,
 * word or token of ours has any.
 */
export const noNul: RequestHandler = (req, _res, next) => {
  // In an address it can only be written in this way.
  if (!req.originalUrl.includes('%00') && !holdsNul(req.body)) return next();
  throw new Problem(400, 'invalid_request', 'The request holds a NUL character.', 'Send it without.');
};

function holdsNul(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0');
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, inner]) => name.includes('\0') || holdsNul(inner));
}
