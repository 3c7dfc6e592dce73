import type { DataCenterCode } from '../../zoho/data-centers';
import { asGet, type Received } from '../http/received';
import { fitsPath } from './request-log';

/** An answer of a test's own to an API call, given once the token has been found good. */
export interface Stub {
  /** May end in `*`. */
  readonly path: string;
  /** All methods when absent; GET is HEAD as well. */
  readonly method?: string | undefined;
  readonly dataCenter?: DataCenterCode | undefined;
  /** What the token has to allow. */
  readonly scope?: string | undefined;
  /** How many calls it answers, all when absent. */
  readonly times?: number | undefined;
  /** Default 200. */
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as it is when it is a text, else as JSON. */
  readonly body?: unknown;
}

export interface Stubs {
  add(stub: Stub): void;
  /** The newest that fits. */
  find(received: Received): Stub | undefined;
  /** Counts it down. */
  use(stub: Stub): void;
  all(): readonly Stub[];
  clear(): void;
}

export function createStubs(): Stubs {
  let stubs: { readonly stub: Stub; left: number }[] = [];
  return {
    add(stub) {
      stubs.unshift({ stub, left: stub.times ?? Infinity });
    },
    find: (received) => stubs.find(({ stub }) => fits(stub, received))?.stub,
    use(stub) {
      for (const one of stubs) if (one.stub === stub) one.left -= 1;
      stubs = stubs.filter(({ left }) => left > 0);
    },
    all: () => stubs.map(({ stub, left }) => ({ ...stub, ...(stub.times === undefined ? {} : { times: left }) })),
    clear() {
      stubs = [];
    },
  };
}

function fits({ path, method, dataCenter }: Stub, received: Received): boolean {
  return (
    fitsPath(path, received.path) &&
    [undefined, received.method, asGet(received).method].includes(method?.toUpperCase()) &&
    (dataCenter ?? received.dataCenter) === received.dataCenter
  );
}
