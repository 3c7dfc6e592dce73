import type { Outbound } from '../lib/outbound';
import { readBody, readTokenAnswer, type TokenAnswer } from './answers';
import type { Credentials } from './credentials';
import { type DataCenterCode, isDataCenterCode } from './data-centers';
import { ZohoError } from './errors';
import type { ZohoHosts } from './hosts';
import { explain } from './messages';
import { send } from './send';

const deadline = 10;

export interface DeviceRequest {
  readonly clientId: string;
  readonly scopes: readonly string[];
}

export interface DeviceCode {
  readonly deviceCode: string;
  /** What the person types at `verificationUrl`, which is one of Zoho's. */
  readonly userCode: string;
  readonly verificationUrl: string;
  /** Between two polls, in seconds. */
  readonly interval: number;
  /** Of both codes, in seconds. */
  readonly life: number;
}

/** What Zoho says of a device code: tokens, that nobody has decided yet, or that the person lives elsewhere. */
export type DevicePoll =
  | { readonly kind: 'tokens'; readonly answer: TokenAnswer }
  | { readonly kind: 'pending' }
  | { readonly kind: 'slow_down' }
  | { readonly kind: 'elsewhere'; readonly dataCenter: DataCenterCode }
  /** With a code of zoho/messages. */
  | { readonly kind: 'ended'; readonly errorCode: string };

/** Begins a device flow. Throws a ZohoError. */
export async function requestDevice(
  outbound: Outbound,
  hosts: ZohoHosts,
  dataCenter: DataCenterCode,
  { clientId, scopes }: DeviceRequest,
): Promise<DeviceCode> {
  const form = {
    grant_type: 'device_request',
    client_id: clientId,
    scope: scopes.join(','),
    access_type: 'offline',
    prompt: 'consent',
  };
  const url = `${hosts.accountsUrl(dataCenter)}/oauth/v3/device/code`;
  const answer = await send(outbound, { operation: 'connect', url, form, deadline });
  const body = readBody(answer, 'connect');
  // Whatever else it says, a device code in it can be used.
  if (typeof body['device_code'] !== 'string') readTokenAnswer(answer, 'connect');
  return {
    deviceCode: text(body['device_code'], 2048),
    userCode: text(body['user_code'], 40),
    verificationUrl: verificationUrl(hosts, dataCenter, body['verification_url']),
    interval: Math.min(Math.max(seconds(body['interval']), shortestInterval), 120),
    life: Math.min(Math.max(seconds(body['expires_in'] ?? 300), 60), 1800),
  };
}

/** Asks what has become of a device code, at the data centre where the person is thought to live. Throws a ZohoError. */
export async function pollDevice(
  outbound: Outbound,
  hosts: ZohoHosts,
  client: Credentials,
  dataCenter: DataCenterCode,
  deviceCode: string,
): Promise<DevicePoll> {
  const form = {
    grant_type: 'device_token',
    client_id: client.clientId,
    client_secret: client.secret,
    code: deviceCode,
  };
  const url = `${hosts.accountsUrl(dataCenter)}/oauth/v3/device/token`;
  const answer = await send(outbound, { operation: 'connect', url, form, deadline });
  const body = readBody(answer, 'connect');
  const word = answer.status < 500 && typeof body['error'] === 'string' ? body['error'].toLowerCase() : '';
  if (word === 'authorization_pending') return { kind: 'pending' };
  if (word === 'slow_down') return { kind: 'slow_down' };
  if (word === 'other_dc') return elsewhere(hosts, body['user_location'] ?? body['dc']);
  const errorCode = ends.get(word);
  if (errorCode !== undefined) return { kind: 'ended', errorCode };
  return { kind: 'tokens', answer: readTokenAnswer(answer, 'connect') };
}

/** Zoho names 5 s and answers slow_down to whoever asks again within 30 (docs/zoho.md, "Device flow"). */
const shortestInterval = 31;

const ends: ReadonlyMap<string, string> = new Map([
  // With a blank in it, the word means too many requests.
  ['access_denied', 'device_declined'],
  ['expired', 'device_expired'],
  ['expired_token', 'device_expired'],
  ['invalid_code', 'device_code_refused'],
]);

function elsewhere(hosts: ZohoHosts, told: unknown): DevicePoll {
  const location = typeof told === 'string' ? told.trim() : '';
  const code = location.toLowerCase();
  const dataCenter = isDataCenterCode(code) ? code : hosts.locate(location);
  if (dataCenter === undefined) return { kind: 'ended', errorCode: 'unknown_data_center' };
  return { kind: 'elsewhere', dataCenter };
}

/** Shown as a link, so it has to be at one of Zoho's accounts servers. */
function verificationUrl(hosts: ZohoHosts, dataCenter: DataCenterCode, told: unknown): string {
  const url = typeof told === 'string' && URL.canParse(told) ? new URL(told) : null;
  if (url !== null && hosts.locate(url.origin) !== undefined) return url.href;
  return `${hosts.accountsUrl(dataCenter)}/oauth/v3/device`;
}

/** Documented as milliseconds, and reported as seconds. */
function seconds(told: unknown): number {
  const number = Number(told);
  if (!Number.isFinite(number)) return 0;
  return Math.ceil(number > 3000 ? number / 1000 : number);
}

function text(value: unknown, longest: number): string {
  if (typeof value === 'string' && value.length <= longest && /^[\x21-\x7e]+$/.test(value)) return value;
  throw new ZohoError(explain('unexpected_answer', 'connect'));
}
