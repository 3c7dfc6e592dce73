import type { Clock } from './clock';
import { covers, type Endpoint, type EndpointGroup } from './endpoints';
import type { Asking } from '../faults/faults';
import type { FaultKind } from '../faults/kinds';
import type { Fields, Received } from '../http/received';
import type { DataCenterCode } from '../../zoho/data-centers';

export interface SimulatedRequest {
  /** By the simulator's clock, ISO 8601. */
  readonly time: string;
  readonly endpoint: Endpoint;
  readonly dataCenter: DataCenterCode;
  /** Whose request it is, where it says so. */
  readonly clientId?: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly query: Fields;
  readonly form: Fields;
  readonly headers: Fields;
  /** Body as text where it was not a form. */
  readonly body: string;
  /** Status of the answer, once its headers were sent. */
  status?: number | undefined;
  fault?: FaultKind;
}

export interface RequestFilter {
  endpoint?: EndpointGroup | undefined;
  dataCenter?: DataCenterCode | undefined;
  clientId?: string | undefined;
  method?: string | undefined;
  /** May end in `*`. */
  path?: string | undefined;
  status?: number | undefined;
}

export interface RequestLog {
  add(received: Received, asking: Asking): SimulatedRequest;
  /** Notes how it was answered, when that is over. */
  answered(entry: SimulatedRequest, status: number | undefined): void;
  /** In the order of arrival; the newest 20,000. */
  list(filter?: RequestFilter): readonly SimulatedRequest[];
  /** Counts all since the last `clear`; by more than endpoint and data centre, those that `list` still holds. */
  count(filter?: RequestFilter): number;
  /** Resolves as soon as that many have arrived since the last `clear`. */
  arrived(count: number, filter?: RequestFilter): Promise<void>;
  clear(): void;
}

type Kind = Pick<SimulatedRequest, 'endpoint' | 'dataCenter'>;

const kept = 20_000;

export function createRequestLog(clock: Clock): RequestLog {
  let log: SimulatedRequest[] = [];
  const counts = new Map<string, Kind & { count: number }>();
  const waiting = new Set<() => void>();

  function count({ endpoint, dataCenter, ...finer }: RequestFilter = {}): number {
    const filter = { endpoint, dataCenter };
    if (Object.values(finer).some((value) => value !== undefined)) return list({ ...filter, ...finer }).length;
    return [...counts.values()].reduce((sum, line) => sum + (matches(line, filter) ? line.count : 0), 0);
  }

  function list(filter: RequestFilter = {}): SimulatedRequest[] {
    return log.slice(-kept).filter((entry) => matches(entry, filter) && matchesFiner(entry, filter));
  }

  return {
    add(received, asking) {
      const entry = entryOf(received, asking, clock);
      log.push(entry);
      // Cut rarely: every cut copies what is kept.
      if (log.length > 2 * kept) log = log.slice(-kept);
      const { endpoint, dataCenter } = asking;
      const key = `${endpoint} ${dataCenter}`;
      counts.set(key, { endpoint, dataCenter, count: (counts.get(key)?.count ?? 0) + 1 });
      for (const check of waiting) check();
      return entry;
    },
    answered(entry, status) {
      entry.status = status;
      for (const check of waiting) check();
    },
    list,
    count,
    arrived: (wanted, filter) =>
      new Promise((resolve) => {
        const check = () => {
          if (count(filter) < wanted) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    clear() {
      log = [];
      counts.clear();
    },
  };
}

function entryOf(received: Received, { endpoint, clientId }: Asking, clock: Clock): SimulatedRequest {
  const { dataCenter, method, path, query, form, headers } = received;
  const body = Object.keys(form).length > 0 ? '' : received.body.toString('utf8');
  const time = new Date(clock.now()).toISOString();
  return { time, endpoint, dataCenter, clientId, method, path, query, form, headers, body };
}

function matches(entry: Kind, { endpoint, dataCenter }: RequestFilter): boolean {
  const fits = endpoint === undefined || covers(endpoint, entry.endpoint);
  return fits && (dataCenter ?? entry.dataCenter) === entry.dataCenter;
}

function matchesFiner(entry: SimulatedRequest, { clientId, method, path, status }: RequestFilter): boolean {
  return (
    (clientId ?? entry.clientId) === entry.clientId &&
    (method?.toUpperCase() ?? entry.method) === entry.method &&
    (path === undefined || fitsPath(path, entry.path)) &&
    (status ?? entry.status) === entry.status
  );
}

/** A pattern that ends in `*` fits whatever begins like it. */
export function fitsPath(pattern: string, path: string): boolean {
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}
