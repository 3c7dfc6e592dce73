import type { Control } from '../../src/simulator/control';
import type { ConnectionRow, FlowRow } from '../../src/store/schema';
import type { History } from './history';
import type { Operation, Operations } from './operations';
import type { SimulatedZoho } from './zoho';

/** A code that was brought to Zoho. */
export interface Exchange {
  readonly secret: string;
  readonly arrivedAt: number | null;
  readonly endedAt: number | null;
  readonly isAnswered: boolean;
  readonly instance: { readonly diedAt: number | null };
}

export interface RestParts {
  readonly history: Pick<History, 'violate'>;
  readonly zoho: Pick<SimulatedZoho, 'grants'> & { readonly control: Pick<Control, 'livingRefreshTokens'> };
  /** What is stored. */
  readonly observer: {
    connections(): ConnectionRow[];
    refreshTokenOf(row: ConnectionRow): string | null;
    openFlows(): FlowRow[];
    revocations(): number;
  };
  readonly operations: Operations;
  /** Somebody asks for a token, and is told why there is none. */
  readonly people: { ask(name: string, minTtl: null, failed: (why: string) => void): void };
  readonly zuidOf: ReadonlyMap<string, number>;
  readonly exchanges: readonly Exchange[];
  /** So long after it was begun, an operation whose end nobody saw may still come to pass, in milliseconds. */
  readonly late: number;
  /** An answer is written down within this time. */
  readonly writing: number;
}

/** What must hold when nothing has gone wrong for hours: nothing half done is left, and all that was promised is kept. */
export function checkAtRest(parts: RestParts): void {
  const { history, observer, zuidOf } = parts;
  for (const flow of observer.openFlows())
    history.violate(`I1 a connect of ${flow.connection_name} is still ${flow.status}`);
  const waiting = observer.revocations();
  if (waiting > 0) history.violate(`I2 ${waiting} tokens are not revoked yet`);
  for (const name of zuidOf.keys()) checkName(parts, name);
  checkOrphans(parts);
}

function checkName(parts: RestParts, name: string): void {
  const { history, observer, people, zoho } = parts;
  const last = lastCertain(parts.operations, name, parts.late);
  if (!last) return;
  const row = observer.connections().find((one) => one.name === name);
  const stored = row ? observer.refreshTokenOf(row) : null;
  if (last.kind === 'take_out') {
    if (stored !== null) history.violate(`I2 ${name} was taken out and is there`);
    return;
  }
  const [token, grant] = [...zoho.grants].find(([, { code }]) => code === last.code) ?? [];
  if (grant?.endedBy === 'user') return;
  if (!row || stored === null) return history.violate(`I1 ${name} was connected and is lost`);
  if (stored !== token) return history.violate(`I1 ${name} was connected and has another refresh token`);
  if (row.status !== 'active') return history.violate(`I1 ${name} was connected and is ${row.status}`);
  people.ask(name, null, (why) => history.violate(`I1 ${name} is connected and gets no token: ${why}`));
}

/** The connect or taking out that says how it must be now; undefined where something else may have come after. */
export function lastCertain(operations: Operations, name: string, late: number): Operation | undefined {
  const changes = operations.all().filter((one) => one.name === name && ['connect', 'take_out'].includes(one.kind));
  const last = changes.findLast(({ succeeded }) => succeeded);
  if (!last) return undefined;
  const isUnclear = changes.some((one) => {
    if (one === last) return false;
    if (one.endedAt === null) return one.invokedAt > last.invokedAt - late;
    return one.endedAt >= last.invokedAt && (one.kind === 'take_out' || one.succeeded);
  });
  return isUnclear ? undefined : last;
}

/** A refresh token that lives at Zoho is stored, unless its answer was lost on the way or with its instance. */
function checkOrphans({ history, observer, zoho, exchanges, zuidOf, writing }: RestParts): void {
  const stored = new Set(observer.connections().map((row) => observer.refreshTokenOf(row)));
  for (const { value, zuid } of zoho.control.livingRefreshTokens()) {
    if (stored.has(value)) continue;
    const code = zoho.grants.get(value)?.code;
    // Zoho gives tokens to the first one who comes with the code.
    const [first] = exchanges
      .filter(({ secret, arrivedAt }) => secret === code && arrivedAt !== null)
      .toSorted((one, other) => (one.arrivedAt ?? 0) - (other.arrivedAt ?? 0));
    if (!first?.isAnswered || wasCutShort(first, writing)) continue;
    const name = [...zuidOf].find(([, one]) => one === zuid)?.[0];
    history.violate(`I1 a refresh token for ${name} lives at Zoho and nobody knows it: code ${code?.slice(5, 11)}`);
  }
}

function wasCutShort({ instance, endedAt }: Exchange, writing: number): boolean {
  const end = endedAt ?? 0;
  return instance.diedAt !== null && instance.diedAt < end + writing;
}
