import type { Request } from 'express';
import { basePathOf } from '../lib/base-path';

/** Cookies ignore the port, so two Keepers on one computer need names of their own. Browsers take `__Host-` for a whole host only. */
export function cookieFor(name: string, baseUrl: string): { name: string; secure: boolean; path: string } {
  const { protocol, port } = new URL(baseUrl);
  const path = basePathOf(baseUrl) || '/';
  if (protocol !== 'https:') return { name: `${name}-${port || '80'}`, secure: false, path };
  return { name: `${path === '/' ? '__Host' : '__Secure'}-${name}`, secure: true, path };
}

/** What the browser has sent under this name, or null. */
export function readCookie(req: Request, name: string): string | null {
  const start = `${name}=`;
  const cookies = (req.headers.cookie ?? '').split(/; */);
  return cookies.find((cookie) => cookie.startsWith(start))?.slice(start.length) ?? null;
}
