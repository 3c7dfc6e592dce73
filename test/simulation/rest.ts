import type { History } from './history';
import type { Call } from './network';
import type { Observer } from './observer';
import type { Operation, Operations } from './operations';
import type { People } from './people';
import type { VirtualTime } from './virtual-time';
import type { SimulatedZoho } from './zoho';

export interface RestParts {
  readonly time: VirtualTime;
  readonly history: History;
  readonly zoho: SimulatedZoho;
  readonly observer: Observer;
  readonly operations: Operations;
  readonly people: People;
  readonly zuidOf: ReadonlyMap<string, number>;
  readonly exchanges: readonly Call[];
}

const second = 1000;
/** An answer is written down at once; only a locked database takes some milliseconds. */
const quarter = second / 4;
/** So long after it was begun, an operation whose end nobody saw may still come to pass. */
const late = 20 * 60 * second;

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
  const last = lastCertain(parts.operations, name);
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
function lastCertain(operations: Operations, name: string): Operation | undefined {
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
function checkOrphans({ history, observer, zoho, exchanges, zuidOf }: RestParts): void {
  const stored = new Set(observer.connections().map((row) => observer.refreshTokenOf(row)));
  for (const { value, zuid } of zoho.control.livingRefreshTokens()) {
    if (stored.has(value)) continue;
    const code = zoho.grants.get(value)?.code;
    // Zoho gives tokens to the first one who comes with the code.
    const [first] = exchanges
      .filter(({ secret, arrivedAt }) => secret === code && arrivedAt !== null)
      .toSorted((one, other) => (one.arrivedAt ?? 0) - (other.arrivedAt ?? 0));
    if (!first?.isAnswered || wasCutShort(first)) continue;
    const name = [...zuidOf].find(([, one]) => one === zuid)?.[0];
    history.violate(`I1 a refresh token for ${name} lives at Zoho and nobody knows it: code ${code?.slice(5, 11)}`);
  }
}

function wasCutShort({ instance, endedAt }: Call): boolean {
  const end = endedAt ?? 0;
  return instance.diedAt !== null && instance.diedAt < end + quarter;
}
