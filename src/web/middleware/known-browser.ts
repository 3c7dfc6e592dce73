import type { Request, Response } from 'express';
import { knownSeconds } from '../../auth/known-browser';
import type { Keeper } from '../../keeper';
import { cookieName } from './session';

/** What rememberBrowser gave this browser at an earlier sign-in; empty when it has none. */
export function browserMarkOf({ config }: Keeper, req: Request): string {
  const start = `${cookieName('known', config.baseUrl)}=`;
  const cookies = (req.headers.cookie ?? '').split(/; */);
  return cookies.find((cookie) => cookie.startsWith(start))?.slice(start.length) ?? '';
}

export function rememberBrowser({ config, signIn }: Keeper, res: Response): void {
  const { baseUrl } = config;
  const secure = baseUrl.startsWith('https:');
  res.cookie(cookieName('known', baseUrl), signIn.markOfBrowser(), {
    httpOnly: true,
    sameSite: 'strict',
    secure,
    path: '/',
    maxAge: knownSeconds * 1000,
  });
}
