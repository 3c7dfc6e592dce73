import type { CookieOptions, Request, Response } from 'express';
import { openCookie, sealCookie } from '../auth/sealed-cookies';
import type { Keeper } from '../keeper';
import { type Clock, iso } from '../lib/time';
import { cookieFor, readCookie } from './cookies';
import type { Tone } from './words';

/** What came of a form, for the page that comes next. */
export interface Flash {
  readonly tone: Tone;
  readonly sentence: string;
  /** Left out, as `next` is, where the page says the same. */
  readonly reason?: string;
  readonly next?: string;
  /** To what the sentence speaks of; left out on that very page. */
  readonly link?: Link;
}

export interface Link {
  readonly words: string;
  readonly href: string;
}

/** With the time that it tells of. */
export type TimedFlash = Flash & { readonly at: string };

declare module 'express-serve-static-core' {
  interface Locals {
    /** Set in app.ts. */
    flashes: Flashes;
    now: Clock;
  }
}

type Flashes = ReturnType<typeof createFlashes>;

/** Bytes. Longer texts are cut, as browsers drop a cookie of more than 4 kB, and nginx an answer with such headers. */
const longest = 400;

/** The browser keeps them, sealed: in the session they would cost two commits, each a wait for the disk. */
export function createFlashes({ store, config, now }: Keeper) {
  const { name, ...where } = cookieFor('flash', config.baseUrl);
  const options: CookieOptions = { httpOnly: true, sameSite: 'lax', ...where };
  return {
    put(res: Response, message: Flash): void {
      const timed: TimedFlash = { ...message, at: iso(now()) };
      const text = JSON.stringify(timed, (_key, value: unknown) => (typeof value === 'string' ? cut(value) : value));
      res.cookie(name, sealCookie(store, 'flash', text), options);
    },
    take(res: Response): TimedFlash | null {
      const sealed = readCookie(res.req, name);
      if (sealed === null) return null;
      res.clearCookie(name, options);
      const text = openCookie(store, 'flash', sealed);
      return text === null ? null : JSON.parse(text);
    },
  };
}

function cut(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length > longest
    ? `${bytes
        .subarray(0, longest)
        .toString()
        .replace(/\uFFFD$/, '')}…`
    : text;
}

export function linkTo(connection: string): Link {
  return { words: `Open ${connection}`, href: `/connections/${connection}` };
}

export function flash(res: Response, message: Flash): void {
  res.app.locals.flashes.put(res, message);
}

export function takeFlash(res: Response): TimedFlash | null {
  return isForScript(res.req) ? null : res.app.locals.flashes.take(res);
}

/** True for what public/live.js asks for: nobody may be looking, so it takes nothing that is shown once. */
export function isForScript(req: Request): boolean {
  return req.path === '/live' || req.get('X-Requested-With') === 'XMLHttpRequest';
}
