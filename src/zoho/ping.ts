import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { TLSSocket } from 'node:tls';
import type { Outbound } from '../lib/outbound';
import type { DataCenterCode } from './data-centers';
import { ZohoError } from './errors';
import type { ZohoHosts } from './hosts';
import { explain } from './messages';
import { transportCode } from './transport';

const deadline = 5;

export interface Reached {
  /** The clock of the accounts server; null when it tells no time. */
  readonly date: Date | null;
  /** Where the connection led to: the server, or the proxy in between. */
  readonly ip: string | null;
  /** Null without TLS, as at a simulator. */
  readonly tls: { readonly protocol: string; readonly issuer: string; readonly validTo: string } | null;
  readonly ms: number;
}

/** Asks the accounts server anything; any answer will do. Throws a ZohoError without one. */
export async function ping(outbound: Outbound, hosts: ZohoHosts, dataCenter: DataCenterCode): Promise<Reached> {
  const url = new URL('/oauth/serverinfo', hosts.accountsUrl(dataCenter));
  const signal = AbortSignal.timeout(deadline * 1000);
  const begun = performance.now();
  const { httpAgent, httpsAgent } = outbound.fresh;
  try {
    const options = { signal, headers: { 'User-Agent': 'zoho-token-keeper' } };
    const request =
      url.protocol === 'http:'
        ? http.get(url, { ...options, agent: httpAgent })
        : https.get(url, { ...options, agent: httpsAgent });
    const [answer]: IncomingMessage[] = await once(request, 'response');
    // What goes wrong after its head is no matter.
    request.on('error', () => undefined);
    const date = new Date(answer?.headers.date ?? '');
    const reached = {
      date: Number.isNaN(date.getTime()) ? null : date,
      ip: answer?.socket.remoteAddress ?? null,
      tls: tlsOf(answer?.socket),
      ms: Math.round(performance.now() - begun),
    };
    answer?.destroy();
    return reached;
  } catch (error) {
    throw new ZohoError(explain(signal.aborted ? 'timed_out' : transportCode(error), 'account'));
  }
}

function tlsOf(socket: IncomingMessage['socket'] | undefined): Reached['tls'] {
  if (!(socket instanceof TLSSocket)) return null;
  const { issuer, valid_to: validTo } = socket.getPeerCertificate();
  return { protocol: socket.getProtocol() ?? '', issuer: [issuer.O ?? issuer.CN].flat().join(', '), validTo };
}
