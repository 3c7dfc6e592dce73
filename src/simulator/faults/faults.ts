import type { DataCenterCode } from '../../zoho/data-centers';
import { createChance, drawDelay, isWait, longestWait, type Delay } from './chance';
import { faultTable, isFaultKind, isRefusalKind, type FaultKind } from './kinds';
import { InputError } from '../http/input';
import { covers, type Endpoint } from '../state/endpoints';

/** Where faults can strike, see EndpointGroup. */
export const faultEndpoints = ['token', 'refresh', 'exchange', 'revoke', 'userinfo', 'api', 'device', 'any'] as const;
export type FaultEndpoint = (typeof faultEndpoints)[number];

export const killMoments = ['before_processing', 'after_processing', 'after_first_byte', 'after_last_byte'] as const;
export type KillMoment = (typeof killMoments)[number];

export interface Fault extends Delay {
  endpoint: FaultEndpoint;
  kind: FaultKind;
  /** How many requests it hits; when absent 1, with `percent` all. Infinity allowed. */
  times?: number | undefined;
  dataCenter?: DataCenterCode | undefined;
  /** Only requests of this client, those with its tokens among them. */
  clientId?: string | undefined;
  /** Only refreshes and revocations of this refresh token, and calls with its access tokens. */
  refreshToken?: string | undefined;
  /** Of 100 requests that fit, how many it hits. */
  percent?: number | undefined;
  /** Of what is left to chance, default 1: the same seed brings the same faults. */
  seed?: number | undefined;
  /** Do the work, then fail to answer. By default these faults strike before anything is changed. */
  processed?: boolean | undefined;
  /** Of the kind `error`: Zoho's word, in the form of the endpoint. */
  error?: string | undefined;
  /** Target of the redirects; default a foreign address that nothing listens on. */
  url?: string | undefined;
  pid?: number | undefined;
  moment?: KillMoment | undefined;
}

/** What faults can tell requests apart by. */
export interface Asking {
  readonly endpoint: Endpoint;
  readonly dataCenter: DataCenterCode;
  readonly clientId?: string | undefined;
  readonly refreshToken?: string | undefined;
}

export interface Faults {
  /** Returns what takes it back. Throws InputError when the fault makes no sense. */
  inject(fault: Fault): () => void;
  clear(): void;
  /** The fault for this request, if any: the first injected one that fits, counted down. */
  take(asking: Asking): Fault | undefined;
  waiting(): readonly Fault[];
}

export function createFaults(): Faults {
  let queue: (Fault & { times: number; chance: () => number })[] = [];
  return {
    inject(fault) {
      checkFault(fault);
      const { times = fault.percent === undefined ? 1 : Infinity, seed = 1 } = fault;
      const added = { ...fault, times, chance: createChance(seed) };
      queue.push(added);
      return () => void (queue = queue.filter((one) => one !== added));
    },
    clear() {
      queue = [];
    },
    take(asking) {
      const hit = queue.find((one) => fits(one, asking) && one.chance() * 100 < (one.percent ?? 100));
      if (hit === undefined) return undefined;
      hit.times -= 1;
      queue = queue.filter((one) => one.times > 0);
      const { chance, ...fault } = hit;
      return fault.kind === 'slow' ? { ...fault, delay_ms: drawDelay(fault, chance) } : fault;
    },
    waiting: () => queue.map(({ chance: _chance, ...fault }) => fault),
  };
}

function fits(fault: Fault, { endpoint, dataCenter, clientId, refreshToken }: Asking): boolean {
  return (
    covers(fault.endpoint, endpoint) &&
    (fault.dataCenter ?? dataCenter) === dataCenter &&
    (fault.clientId ?? clientId) === clientId &&
    (fault.refreshToken ?? refreshToken) === refreshToken
  );
}

/** Whether the request is processed before the fault strikes. */
export function processes(fault: Fault): boolean {
  if (fault.kind === 'kill') return fault.moment !== 'before_processing';
  return faultTable[fault.kind] === 'always' || fault.processed === true;
}

export function checkFault({ kind, endpoint, times = 1, percent = 100, pid, moment, error, ...delay }: Fault): void {
  if (!isFaultKind(kind)) throw new InputError('kind', `has to be a kind of fault, not ${String(kind)}`);
  if (!faultEndpoints.includes(endpoint)) throw new InputError('endpoint', `cannot be ${endpoint}`);
  if (!(times > 0)) throw new InputError('times', 'has to be above 0');
  if (!(percent > 0 && percent <= 100)) throw new InputError('percent', 'has to be above 0 and at most 100');
  // A pid of 0 or below would signal whole process groups.
  if (kind === 'kill' && !(Number.isInteger(pid) && Number(pid) > 0))
    throw new InputError('pid', 'has to be that of a process for kill');
  if (kind === 'kill' && (moment === undefined || !killMoments.includes(moment)))
    throw new InputError('moment', `has to be one of ${killMoments.join(', ')} for kill`);
  if (isRefusalKind(kind) && endpoint !== 'api' && endpoint !== 'userinfo')
    throw new InputError('endpoint', `has to be api or userinfo for ${kind}`);
  if (kind === 'error' && (error === undefined || ['api', 'userinfo', 'any'].includes(endpoint)))
    throw new InputError('error', 'has to be a word of an accounts endpoint, such as token');
  checkDelay(delay);
}

function checkDelay({ delay_ms: delay = 1000, delay_max_ms: max = delay, delay_p99_ms: p99 }: Delay): void {
  if (!isWait(delay)) throw new InputError('delay_ms', `has to be from 0 to ${longestWait}`);
  if (!(max >= delay && isWait(max))) throw new InputError('delay_max_ms', 'has to be at least delay_ms');
  if (p99 !== undefined && !(delay > 0 && p99 >= delay && p99 < Infinity))
    throw new InputError('delay_p99_ms', 'has to be at least delay_ms, and that above 0');
}
