import type { IncomingHttpHeaders } from 'node:http';
import type { Response } from 'express';
import type { Headers } from '../zoho/forward';

// All other headers pass in both directions: products have ones that nobody listed, and some decide which record is changed.
const betweenNeighbours = 'connection keep-alive te trailer transfer-encoding upgrade http2-settings';
const keptHere = new Set(
  (
    `${betweenNeighbours} host expect authorization cookie cookie2 x-api-key ` +
    // Who called, and from where, is no business of Zoho's.
    'forwarded via origin referer user-agent x-real-ip x-client-ip x-cluster-client-ip true-client-ip cf-connecting-ip'
  ).split(' '),
);
const keptHereFamilies = /^(proxy-|x-forwarded-|sec-)/;

const leftThere = new Set(
  (
    `${betweenNeighbours} location set-cookie set-cookie2 server via ` +
    // These speak for a whole host name, and here that would be the Keeper's.
    'strict-transport-security public-key-pins expect-ct clear-site-data alt-svc nel report-to reporting-endpoints ' +
    'service-worker-allowed origin-agent-cluster refresh'
  ).split(' '),
);
const leftThereFamilies = /^(proxy-|access-control-)/;

/** What goes on to Zoho of a request's headers. */
export function passedOn(headers: IncomingHttpHeaders): Headers {
  const named = namedBy(headers.connection);
  const entries = Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    const stays = keptHere.has(name) || keptHereFamilies.test(name) || named.has(name);
    return typeof value === 'string' && !stays ? [[name, value]] : [];
  });
  return Object.fromEntries(entries);
}

/** Gives an answer the headers that Zoho's had. Those that all answers of the Keeper have stay as they are. */
export function passBackHeaders(res: Response, headers: Headers): void {
  const named = namedBy(headers['connection']);
  for (const [name, value] of Object.entries(headers)) {
    const stays = leftThere.has(name) || leftThereFamilies.test(name) || named.has(name);
    if (!stays && !res.hasHeader(name)) res.setHeader(name, value);
  }
}

/** The headers that `Connection` says are for the next neighbour only. */
function namedBy(connection = ''): ReadonlySet<string> {
  return new Set(connection.toLowerCase().split(/[\s,]+/));
}
