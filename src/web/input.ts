import type { Request } from 'express';
import { Problem } from '../lib/problem';
import type { Actor } from '../audit';

/** A form field as typed, trimmed; empty when absent. Throws a Problem when it was sent more than once. */
export function field(req: Request, name: string): string {
  return only(req.body, name)?.trim() ?? '';
}

/** All values of a field that may be sent more than once, such as checkboxes of one name. */
export function fields(req: Request, name: string): string[] {
  const body: unknown = req.body;
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return [];
  const value: unknown = Reflect.get(body, name);
  return [value].flat().filter((one) => typeof one === 'string');
}

/** A query parameter. Throws a Problem when it was sent more than once. */
export function parameter(req: Request, name: string): string | undefined {
  return only(req.query, name);
}

function only(from: unknown, name: string): string | undefined {
  if (typeof from !== 'object' || from === null || !Object.hasOwn(from, name)) return undefined;
  const value: unknown = Reflect.get(from, name);
  if (typeof value === 'string') return value;
  const sentence = `The request has more than one “${name}”.`;
  throw new Problem(400, 'invalid_request', sentence, 'Go back to the dashboard and start again.');
}

/** Who is acting, for the audit log: `person` where the dashboard needs no sign-in. */
export function personOf(req: Request): Actor {
  return { name: req.session?.signedIn?.name ?? 'person', ip: req.ip ?? null };
}
