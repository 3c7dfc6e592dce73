import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { Keeper } from '../keeper';
import { Problem } from '../lib/problem';
import type { Forwarded } from '../zoho/forward';
import { fileHosts, hostOfWord, products } from '../zoho/products';
import { actorOf, connectionNameOf } from './authentication';
import { takeYourTime } from './body-deadline';
import { hasBody } from './input';
import { NoSuchAddress } from './errors';
import { passBackHeaders, passedOn } from './proxy-headers';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

type Proxied = Request<{ name: string }>;

export function proxy(keeper: Keeper): (req: Proxied, res: Response) => Promise<void> {
  return async (req, res) => {
    const name = await connectionNameOf(keeper, req);
    if (!methods.includes(req.method)) throw notPassedOn(res);
    const target = targetOf(req);
    takeYourTime(req);
    const caller = new AbortController();
    res.once('close', () => caller.abort());
    // Gone while the key was looked up.
    if (res.destroyed) caller.abort();
    try {
      await ask(req, res, name, target, caller.signal);
    } catch (error) {
      // Nobody is left to hear about it.
      if (!caller.signal.aborted) throw error;
    } finally {
      drain(req);
    }
  };

  function ask(req: Proxied, res: Response, name: string, target: Target, signal: AbortSignal): Promise<void> {
    const { method } = req;
    const { host, path, prefix } = target;
    const body = hasBody(req) ? req : null;
    const call = { method, host, path, headers: passedOn(req.headers), body, signal };
    return keeper.calls.callForProgram(name, call, actorOf(req), (answer) => passBack(res, answer, prefix));
  }
}

function notPassedOn(res: Response): Problem {
  res.set('Allow', methods.join(', '));
  const next = 'The header Allow has those that are.';
  return new Problem(405, 'method_not_allowed', 'That method is not passed on.', next);
}

interface Target {
  readonly host: string;
  readonly path: string;
  /** Where that host's paths begin here. */
  readonly prefix: string;
}

/** In `…/proxy/~desk/api/v1/tickets` the tilde, however written, names a host: no other one may be reached. */
function targetOf(req: Request): Target {
  const [, prefix = '', sent = ''] = /^(.*?\/api\/v1\/connections\/[^/]+\/proxy)(\/.*)$/is.exec(req.originalUrl) ?? [];
  const rest = withSlashes(sent);
  const [, word, path = ''] = /^\/(?:~|%7e)([^/?]*)(.*)$/is.exec(rest) ?? [];
  if (word === undefined) return { host: 'api', path: rest, prefix };
  const host = hostOfWord(word);
  if (host !== undefined) return { host, path, prefix: `${prefix}/~${word}` };
  throw new NoSuchAddress('There is no such word for a product behind the ~.', `Known are ${words.join(', ')}.`);
}

const own = products.filter(({ host }) => host !== 'api' && host !== 'accounts').map(({ code }) => code);
const words = [...own, ...fileHosts].map((word) => `~${word}`);

/** Clients that were generated encode the path as a whole. No call of Zoho's has one part only, so each %2F was a slash. */
function withSlashes(sent: string): string {
  const [, part, query = ''] = /^(\/[^/?]*)(\?.*)?$/s.exec(sent) ?? [];
  return part === undefined ? sent : part.replace(/%2f/gi, '/') + query;
}

/** What Zoho did not want to read any more is in the way of the next request on the same connection. */
function drain(req: Request): void {
  if (req.complete) return;
  req.removeAllListeners('readable');
  req.resume();
}

async function passBack(res: Response, { url, status, headers, body }: Forwarded, prefix: string): Promise<void> {
  res.status(status);
  passBackHeaders(res, headers);
  // A redirect within the same host goes on through here; one that leads elsewhere would take the caller's key along.
  const { location = '' } = headers;
  const next = URL.canParse(location, url.href) ? new URL(location, url.href) : null;
  if (location !== '' && next?.origin === url.origin)
    res.setHeader('location', `${prefix}${next.pathname}${next.search}`);
  try {
    await pipeline(body, res);
  } catch {
    // Cut off by Zoho or by the caller, whom the broken connection tells enough.
    res.destroy();
  }
}
