import type { Request } from 'express';
import type { Actor } from '../audit';
import { isConnectionName } from '../connections/names';
import { notFound } from '../errors';
import { Problem } from '../lib/problem';

/** Trimmed; `absent` when it was not sent. Throws a Problem when the field was sent more than once or holds a NUL. */
export function field(req: Request, name: string, absent = ''): string {
  return only(req.body, name)?.trim() ?? absent;
}

/** A form field to the letter, as passwords are compared. Throws the same. */
export function exactField(req: Request, name: string): string {
  return only(req.body, name) ?? '';
}

/** A file in a form field; empty when absent. Files of PHP hold NULs, which mean nothing to whoever reads them here. */
export function pasted(req: Request, name: string): string {
  const value: unknown = typeof req.body === 'object' && req.body !== null ? Reflect.get(req.body, name) : undefined;
  return typeof value === 'string' ? value.replaceAll('\0', '') : '';
}

/** All values of a field that may be sent more than once, such as checkboxes. Throws a Problem on a NUL. */
export function fields(req: Request, name: string): string[] {
  const body: unknown = req.body;
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return [];
  const value: unknown = Reflect.get(body, name);
  const texts = [value].flat().filter((one) => typeof one === 'string');
  texts.forEach(refuseNul);
  return texts;
}

/** Throws a Problem when the query parameter was sent more than once or holds a NUL. */
export function parameter(req: Request, name: string): string | undefined {
  return only(req.query, name);
}

function only(from: unknown, name: string): string | undefined {
  if (typeof from !== 'object' || from === null || !Object.hasOwn(from, name)) return undefined;
  const value: unknown = Reflect.get(from, name);
  if (typeof value === 'string') {
    refuseNul(value);
    return value;
  }
  const sentence = `The request has more than one “${name}”.`;
  throw new Problem(400, 'invalid_request', sentence, 'Go back to the dashboard and start again.');
}

/** PostgreSQL takes no text that holds one. */
function refuseNul(text: string): void {
  if (!text.includes('\0')) return;
  throw new Problem(400, 'invalid_request', 'The request holds a NUL character.', 'Send it without.');
}

export function nameOf(req: Request<{ name: string }>): string {
  const { name } = req.params;
  if (!isConnectionName(name)) throw notFound(name);
  return name;
}

export function idOf(req: Request<{ id: string }>): string {
  const { id } = req.params;
  if (/^[\w-]{1,43}$/.test(id)) return id;
  throw new Problem(404, 'not_found', 'There is nothing at this address.', 'Go back, reload the page and try again.');
}

/** `person` where the dashboard needs no sign-in. */
export function personOf(req: Request): Actor {
  return { name: req.session?.signedIn?.name ?? 'person', ip: req.ip ?? null };
}
