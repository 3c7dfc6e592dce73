import type { Clock } from './clock';
import { covers, type Endpoint, type EndpointGroup } from './endpoints';
import type { FaultKind } from '../faults/kinds';
import type { Fields, Received } from '../http/received';
import type { DataCenterCode } from '../../zoho/data-centers';

export interface SimulatedRequest {
  /** By the simulator's clock, ISO 8601. */
  readonly time: string;
  readonly endpoint: Endpoint;
  readonly dataCenter: DataCenterCode;
  readonly method: string;
  readonly path: string;
  readonly query: Fields;
  readonly form: Fields;
  readonly headers: Fields;
  /** Body as text where it was not a form. */
  readonly body: string;
  /** Status of the answer, once its headers were sent. */
  status?: number;
  fault?: FaultKind;
}

export interface RequestFilter {
  endpoint?: EndpointGroup | undefined;
  dataCenter?: DataCenterCode | undefined;
}

export interface RequestLog {
  add(received: Received, endpoint: Endpoint): SimulatedRequest;
  /** In the order of arrival; the newest 20,000. */
  list(filter?: RequestFilter): readonly SimulatedRequest[];
  /** Counts all since the last `clear`, also those that `list` no longer holds. */
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

  function count(filter: RequestFilter = {}): number {
    return [...counts.values()].reduce((sum, line) => sum + (matches(line, filter) ? line.count : 0), 0);
  }

  return {
    add(received, endpoint) {
      const entry = entryOf(received, endpoint, clock);
      log.push(entry);
      // Cut rarely: every cut copies what is kept.
      if (log.length > 2 * kept) log = log.slice(-kept);
      const { dataCenter } = received;
      const key = `${endpoint} ${dataCenter}`;
      counts.set(key, { endpoint, dataCenter, count: (counts.get(key)?.count ?? 0) + 1 });
      for (const check of waiting) check();
      return entry;
    },
    list: (filter = {}) => log.slice(-kept).filter((entry) => matches(entry, filter)),
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

function entryOf(received: Received, endpoint: Endpoint, clock: Clock): SimulatedRequest {
  const { dataCenter, method, path, query, form, headers } = received;
  const body = Object.keys(form).length > 0 ? '' : received.body.toString('utf8');
  const time = new Date(clock.now()).toISOString();
  return { time, endpoint, dataCenter, method, path, query, form, headers, body };
}

function matches(entry: Kind, { endpoint, dataCenter }: RequestFilter): boolean {
  const fits = endpoint === undefined || covers(endpoint, entry.endpoint);
  return fits && (dataCenter ?? entry.dataCenter) === entry.dataCenter;
}
