import type { Request, Response } from 'express';
import { knownSeconds } from '../../auth/known-browser';
import type { Keeper } from '../../keeper';
import { cookieFor, readCookie } from '../cookies';

/** What rememberBrowser gave this browser at an earlier sign-in; empty when it has none. */
export function browserMarkOf({ config }: Keeper, req: Request): string {
  return readCookie(req, cookieFor('known', config.baseUrl).name) ?? '';
}

export function rememberBrowser({ config, signIn }: Keeper, res: Response): void {
  const { name, ...place } = cookieFor('known', config.baseUrl);
  res.cookie(name, signIn.markOfBrowser(), {
    httpOnly: true,
    sameSite: 'strict',
    ...place,
    maxAge: knownSeconds * 1000,
  });
}
