import express, { type Express, type Request } from 'express';
import { ipIn } from '../lib/addresses';

/**
 * Makes `req.ip` an IP address always: some proxies write `ip:port` into X-Forwarded-For, and anything can stand there.
 * Whoever hides theirs is counted as the proxy that let it through.
 */
export function tidyCallerIp(app: Express): void {
  Object.defineProperty(app.request, 'ip', {
    get(this: Request): string | undefined {
      const named: unknown = Reflect.get(express.request, 'ip', this);
      const direct = this.socket.remoteAddress;
      return (typeof named === 'string' ? ipIn(named) : null) ?? direct;
    },
  });
}
