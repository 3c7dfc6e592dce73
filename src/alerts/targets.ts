import { randomBytes } from 'node:crypto';
import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { Problem } from '../lib/problem';
import { plainText } from '../lib/text';
import { iso } from '../lib/time';
import { openOrNull } from '../store/encryption/cipher';
import type { TargetEvent, TargetKind, TargetRow } from '../store/schema';
import {
  addTarget as storeTarget,
  changeTarget as storeChange,
  findTarget,
  listTargets,
  openAddress,
  removeTarget as forgetTarget,
  setAddress,
} from '../store/targets';
import { events as allEvents, usualEvents } from './events';
import { kinds, parseAddress } from './kinds';

export { recentAlerts } from '../store/alerts';
export { deliveriesOf } from '../store/deliveries';
export { listTargets } from '../store/targets';

const mostTargets = 20;
const mostNameCharacters = 60;
/** The id of the target that ALERT_EMAILS stands for. */
export const environmentId = 'environment';

export interface Wished {
  readonly kind: TargetKind;
  readonly address: string;
  /** Empty for the host's. */
  readonly name?: string;
  readonly events?: readonly TargetEvent[];
}

/** Returns the secret of a webhook, which is shown once; null for other kinds. Throws a Problem that says what is wrong. */
export async function addTarget(context: Context, wished: Wished, actor: Actor): Promise<string | null> {
  const { store, now, config } = context;
  const { kind, events = usualEvents } = wished;
  if (kind === 'email' && config.mail === null) {
    throw new Problem(409, 'no_mail', 'No mail server is set.', 'Set SMTP_URL and ALERT_FROM, and start again.');
  }
  const address = parseAddress(kind, wished.address);
  const name =
    parseName(wished.name ?? '') || `${kinds[kind].title} ${hostIn(kind, address)}`.slice(0, mostNameCharacters);
  requireSome(events);
  if ((await listTargets(store)).length >= mostTargets) {
    throw new Problem(409, 'too_many', `There are ${mostTargets} targets already.`, 'Remove one first.');
  }
  const secret = kind === 'webhook' ? `whsec_${randomBytes(32).toString('base64')}` : null;
  await inTransaction(context, async (transaction) => {
    const id = await storeTarget(transaction.store, { kind, name, events, address, secret }, iso(now()));
    if (id === null) throw new Problem(409, 'exists', 'Alerts are sent to that address already.', 'See the list.');
    await record(transaction, actor, { action: 'webhook_added', subject: null, detail: detailOf(kind, address) });
  });
  return secret;
}

/** Throws a Problem when there is none, or nothing is chosen. */
export async function changeTarget(
  context: Context,
  id: string,
  change: { readonly name: string; readonly events: readonly TargetEvent[] },
  actor: Actor,
): Promise<void> {
  const target = await getTarget(context, id);
  const name = parseName(change.name);
  if (name === '') throw new Problem(400, 'invalid_name', 'The name is missing.', 'Write one, e.g. #alerts.');
  requireSome(change.events);
  await inTransaction(context, async (transaction) => {
    await storeChange(transaction.store, target.id, { name, events: change.events });
    const detail = `${name}: ${change.events.join(', ')}`;
    await record(transaction, actor, { action: 'webhook_changed', subject: null, detail });
  });
}

export async function removeTarget(context: Context, id: string, actor: Actor): Promise<void> {
  const target = await getTarget(context, id);
  if (target.id === environmentId) {
    throw new Problem(409, 'from_environment', 'ALERT_EMAILS names this target.', 'Take it out there and start again.');
  }
  await inTransaction(context, async (transaction) => {
    if (!(await forgetTarget(transaction.store, target.id))) return;
    await record(transaction, actor, {
      action: 'webhook_removed',
      subject: null,
      detail: describeTarget(context, target),
    });
  });
}

/** Throws a Problem when there is none with this id. */
export async function getTarget({ store }: Context, id: string): Promise<TargetRow> {
  const target = /^([\da-f-]{36}|environment)$/.test(id) ? await findTarget(store, id) : undefined;
  if (target) return target;
  throw new Problem(404, 'not_found', 'There is no such target.', 'It may have been removed; see the list.');
}

/** Makes, changes or removes the target that ALERT_EMAILS names, at each start. What a person chose of it stays. */
export async function keepEnvironmentTarget({ store, config, now }: Context): Promise<void> {
  const address = config.mail?.alertEmails.join(', ') ?? '';
  const known = await findTarget(store, environmentId);
  if (address === '') {
    if (known) await forgetTarget(store, environmentId);
    return;
  }
  const fresh = { kind: 'email', name: 'E-mail', events: usualEvents, address, secret: null } as const;
  if (!known) await storeTarget(store, fresh, iso(now()), environmentId);
  else if (openOrNull(() => openAddress(store, known)) !== address) await setAddress(store, environmentId, address);
}

/** As much of the address as may be shown: of what lets others write somewhere, the host and the last characters. */
export function describeTarget({ store }: Context, target: TargetRow): string {
  const address = openOrNull(() => openAddress(store, target));
  return address === null ? 'an address that cannot be decrypted' : detailOf(target.kind, address);
}

function detailOf(kind: TargetKind, address: string): string {
  if (kind === 'email') return address;
  const { origin, pathname, search } = new URL(address);
  const path = `${pathname}${search}`;
  return path === '/' ? origin : `${origin}/…${path.length > 12 ? path.slice(-4) : ''}`;
}

function hostIn(kind: TargetKind, address: string): string {
  return kind === 'email' ? '' : kind === 'webhook' ? `at ${new URL(address).host}` : '';
}

function parseName(text: string): string {
  const name = plainText(text);
  if (name.length <= mostNameCharacters) return name;
  throw new Problem(400, 'invalid_name', 'The name is too long.', `Use ${mostNameCharacters} characters at the most.`);
}

function requireSome(events: readonly TargetEvent[]): void {
  if (events.some((event) => allEvents.some((known) => known.event === event))) return;
  throw new Problem(400, 'no_events', 'Nothing is chosen that this target is told of.', 'Choose one at least.');
}
