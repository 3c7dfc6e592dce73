import type { Config } from '../config/config';
import type { OpenContext } from '../context';
import type { DataCenterCode } from '../zoho/data-centers';
import { ZohoError } from '../zoho/errors';
import { ping, type Reached } from '../zoho/ping';
import { type Finding, found } from './findings';

/** Seconds. A clock that is further off makes expired tokens look valid. */
const clockTolerance = 60;

/** Name, connection and certificate of each accounts server, and our clock against theirs. */
export async function serverFindings(
  { zoho, outbound, now }: OpenContext,
  dataCenters: readonly DataCenterCode[],
): Promise<Finding[]> {
  const answers = await Promise.all(
    dataCenters.map(async (code) => {
      const { host } = new URL(zoho.hosts.accountsUrl(code));
      try {
        const reached = await ping(outbound, zoho.hosts, code);
        return { finding: found(true, `Zoho in ${code}`, `${host} (${described(reached)}) answers.`), reached };
      } catch (error) {
        if (!(error instanceof ZohoError)) throw error;
        return { finding: found(false, `Zoho in ${code}`, `${host}: ${error.message}`), reached: null };
      }
    }),
  );
  const date = answers.find(({ reached }) => reached?.date)?.reached?.date ?? null;
  return [...answers.map(({ finding }) => finding), ...(date === null ? [] : [clockFinding(date, now())])];
}

function described({ ip, tls, ms }: Reached): string {
  const safe = tls === null ? 'without TLS' : `${tls.protocol}, certificate of ${tls.issuer} until ${tls.validTo}`;
  return [ip, safe, `${ms} ms`].filter(Boolean).join(', ');
}

function clockFinding(zohoTime: Date, now: Date): Finding {
  const seconds = Math.round((now.getTime() - zohoTime.getTime()) / 1000);
  if (Math.abs(seconds) <= clockTolerance) return found(true, 'Clock', 'agrees with Zoho’s.');
  const off = `${Math.abs(seconds)} seconds ${seconds > 0 ? 'ahead of' : 'behind'} Zoho’s`;
  return found(false, 'Clock', `${off}: switch on time synchronisation (NTP) on this computer.`);
}

/** A request as it came in. */
export interface Seen {
  /** Who connected: the browser, or a proxy. */
  readonly peer: string;
  /** Who it is taken to be from. */
  readonly ip: string;
  /** Whether the peer is one of TRUSTED_PROXIES. */
  readonly isTrusted: boolean;
  readonly headers: Readonly<Record<string, unknown>>;
}

const forwarding = /^(x-forwarded-.*|forwarded|x-real-ip|via)$/;

/** What a proxy in between says of the browser, and whether it is believed. */
export function proxyHeadersFinding({ baseUrl }: Config, { peer, ip, isTrusted, headers }: Seen): Finding {
  const sent = Object.entries(headers).filter(([name]) => forwarding.test(name));
  const host = `Host: ${String(headers['host'])}`;
  if (sent.length === 0) return found(true, 'Proxy headers', `none; this page was asked for by ${peer} with ${host}.`);
  const list = [host, ...sent.map(([name, value]) => `${name}: ${String(value)}`)].join(', ');
  if (!isTrusted) {
    const next = `If ${peer} is your proxy, set TRUSTED_PROXIES=${peer}: until then all who come through it count as one.`;
    return found(false, 'Proxy headers', `${list}; not believed, since TRUSTED_PROXIES does not name ${peer}. ${next}`);
  }
  const wanted = new URL(baseUrl).protocol.slice(0, -1);
  const proto = headers['x-forwarded-proto'];
  if (typeof proto === 'string' && proto !== wanted) {
    const words = `${list}; the browser used ${proto}, and BASE_URL is ${baseUrl}: let both be the same.`;
    return found(false, 'Proxy headers', words);
  }
  return found(true, 'Proxy headers', `${list}; ${peer} is trusted, so the browser is taken to be at ${ip}.`);
}
