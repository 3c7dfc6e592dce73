import type { Request } from 'express';
import { isLoopback } from '../lib/addresses';

/** Where a browser is, and where Zoho sends it back to. */
export interface Elsewhere {
  readonly here: string;
  readonly back: string;
}

/** Null when the browser comes back to where it is, as far as can be told. Otherwise a mapped port or a tunnel is likely. */
export function elsewhere(req: Request, redirectUri: string): Elsewhere | null {
  const back = new URL(redirectUri);
  // TLS that ends at a proxy shows only where the proxy is trusted.
  const here = new URL(`${req.secure ? 'https:' : back.protocol}//${req.headers.host}`);
  if (here.origin === back.origin) return null;
  // A proxy may have dropped the port, though hardly one on this computer.
  const lacksPort = here.port === '' && !isLoopback(here.hostname);
  if (lacksPort && here.protocol === back.protocol && here.hostname === back.hostname) return null;
  return { here: here.origin, back: back.origin };
}
