import type { DataCenterCode } from '../../zoho/data-centers';
import { faultTable, isFaultKind, type FaultKind } from './kinds';
import { covers, type Endpoint } from '../state/endpoints';

/** Where faults can strike, see EndpointGroup. */
export const faultEndpoints = ['token', 'refresh', 'exchange', 'revoke', 'userinfo', 'api', 'device', 'any'] as const;
export type FaultEndpoint = (typeof faultEndpoints)[number];

export const killMoments = ['before_processing', 'after_processing', 'after_first_byte', 'after_last_byte'] as const;
export type KillMoment = (typeof killMoments)[number];

export interface Fault {
  endpoint: FaultEndpoint;
  kind: FaultKind;
  /** How many requests it hits, 1 when absent; Infinity allowed. */
  times?: number | undefined;
  dataCenter?: DataCenterCode | undefined;
  /** Do the work, then fail to answer. By default these faults strike before anything is changed. */
  processed?: boolean | undefined;
  /** Of `slow` (default 1000) and of `kill`, between the moment and the signal (default 0). */
  delay_ms?: number | undefined;
  /** Target of the redirects; default a foreign address that nothing listens on. */
  url?: string | undefined;
  pid?: number | undefined;
  moment?: KillMoment | undefined;
}

export interface Faults {
  /** Returns what takes it back. Throws TypeError when the fault makes no sense. */
  inject(fault: Fault): () => void;
  clear(): void;
  /** The fault for this request, if any: the first injected one that fits, counted down. */
  take(endpoint: Endpoint, dataCenter: DataCenterCode): Fault | undefined;
  waiting(): readonly Fault[];
}

export function createFaults(): Faults {
  let queue: (Fault & { times: number })[] = [];
  return {
    inject(fault) {
      check(fault);
      const added = { ...fault, times: fault.times ?? 1 };
      queue.push(added);
      return () => void (queue = queue.filter((one) => one !== added));
    },
    clear() {
      queue = [];
    },
    take(endpoint, dataCenter) {
      const fault = queue.find(
        (one) => covers(one.endpoint, endpoint) && (one.dataCenter ?? dataCenter) === dataCenter,
      );
      if (fault === undefined) return undefined;
      fault.times -= 1;
      queue = queue.filter((one) => one.times > 0);
      return fault;
    },
    waiting: () => queue.map((fault) => ({ ...fault })),
  };
}

/** Whether the request is processed before the fault strikes. */
export function processes(fault: Fault): boolean {
  if (fault.kind === 'kill') return fault.moment !== 'before_processing';
  return faultTable[fault.kind] === 'always' || fault.processed === true;
}

function check({ kind, endpoint, times = 1, pid, moment }: Fault): void {
  if (!isFaultKind(kind)) throw new TypeError(`there is no fault of the kind ${String(kind)}`);
  if (!faultEndpoints.includes(endpoint)) throw new TypeError(`no fault can strike at ${endpoint}`);
  if (!(times > 0)) throw new TypeError('a fault has to strike at least once');
  // A pid of 0 or below would signal whole process groups.
  if (kind === 'kill' && !(Number.isInteger(pid) && Number(pid) > 0))
    throw new TypeError('kill needs the pid of a process');
  if (kind === 'kill' && (moment === undefined || !killMoments.includes(moment)))
    throw new TypeError('kill needs a moment');
}
