import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Whether a host name or IP address can be reached from this computer only. Takes `::1` with or without brackets. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || parseIp(name)?.range() === 'loopback';
}

/** The IP address in `192.0.2.1`, `192.0.2.1:443`, `[2001:db8::1]` or `[2001:db8::1]:443`; null for anything else. */
export function ipIn(text: string): string | null {
  const bare = text.replace(/^\[([^\]]*)\](:\d{1,5})?$/, '$1').replace(/^([\d.]+):\d{1,5}$/, '$1');
  return isIp(bare) ? bare : null;
}

/** What counts as one IP address: of IPv6 the first 64 bits, since a single customer gets all the rest. */
export function networkOf(ip: string): string {
  const parsed = parseIp(ip);
  if (parsed === null) return ip;
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  const groups = parsed.parts.slice(0, 4).map((group) => group.toString(16));
  return `${groups.join(':')}::/64`;
}

/** Whether this is an IP address or a range such as `10.0.0.0/24`. One of length 0 is everybody, so it is none. */
export function isIpRange(text: string): boolean {
  const [ip = ''] = text.split('/');
  if (!isIp(ip)) return false;
  if (ip === text) return true;
  try {
    const [, length] = ipaddr.parseCIDR(text);
    return length > 0;
  } catch {
    return false;
  }
}

/** Null for what is no IP address. IPv4 written as IPv6 (`::ffff:192.0.2.1`) becomes IPv4. */
function parseIp(text: string): ipaddr.IPv4 | ipaddr.IPv6 | null {
  const withoutZone = text.replace(/%.*$/, '');
  return isIp(withoutZone) ? ipaddr.process(withoutZone) : null;
}

/** Both must agree: the library takes `1` and `0x7f.0.0.1` too, and Node some spellings that the library throws at. */
function isIp(text: string): boolean {
  return isIP(text) !== 0 && ipaddr.isValid(text);
}
