import type { Context } from './context';
import { atMost, throttle } from './lib/rate-limit';
import { addSeconds, iso } from './lib/time';
import { storageFault } from './store/errors';
import { type Actor, findEvents, type NewEvent, recordEvents } from './store/events';

export { type Actor, findEvents, knownActions, type EventFilter, type EventMark } from './store/events';

export const byKeeper: Actor = { name: 'keeper', ip: null };
export const byCommandLine: Actor = { name: 'command line', ip: null };

/** Adds a line to the audit log; in a transaction's context, together with what it tells of. Never give it a secret. */
export async function record(context: Context, actor: Actor, event: NewEvent): Promise<void> {
  await recordAll(context, actor, [event]);
}

/** The same for many at once. */
export async function recordAll(context: Context, actor: Actor, events: readonly NewEvent[]): Promise<void> {
  await recordEvents(context.store, actor, events, iso(context.now()));
  if (!context.config.logEvents) return;
  const tell = (): void => {
    for (const event of events) context.log.info({ actor: actor.name, ip: actor.ip, ...event }, 'audit');
  };
  // What a transaction undoes did not happen.
  if (context.afterCommit) context.afterCommit.push(tell);
  else tell();
}

/** The id of the API key that a program came with; null for everybody else. */
export function apiKeyIdOf({ name }: Actor): string | null {
  return /^key (\w+)$/.exec(name)?.[1] ?? null;
}

const hour = 3600;

/** Once an hour for each. When the database cannot be written, a line in the log takes the event's place. */
export function recordHourly(context: Context) {
  const { store, log, now } = context;
  const isDue = throttle(hour, now);
  return async (actor: Actor, event: NewEvent & { readonly subject: string }): Promise<void> => {
    if (!isDue(`${actor.name} ${event.action} ${event.subject}`)) return;
    try {
      // Another process, such as an earlier command, may have recorded it.
      const since = iso(addSeconds(now(), -hour));
      // Ids are hexadecimal: from here on back, so that one that a clock ahead dated does not count.
      const mark = { at: iso(now()), id: 'g' };
      const [recorded] = await findEvents(store, { ...event, actor: actor.name, since }, mark, 1);
      if (!recorded) await record(context, actor, event);
    } catch (error) {
      if (storageFault(error) === null) throw error;
      log.warn({ actor: actor.name, ...event }, 'an event could not be recorded');
    }
  };
}

/**
 * Writes a note that nothing depends on: a database that cannot be written must not keep tokens from being read. Null when
 * it could not be written.
 */
export async function noteIfWritable<Result>(
  { log }: Context,
  subject: string,
  write: () => Promise<Result>,
): Promise<Result | null> {
  try {
    return await write();
  } catch {
    log.warn({ subject }, 'its use could not be noted');
    return null;
  }
}

/** The audit log is kept for long, and networks to come from are cheap. */
const mostPerMinute = 10;

/** So many a minute; of those beyond, the number is kept. One recorder for each kind: noise of one hides no other. */
export function recordUnauthenticated(context: Context) {
  const mayRecord = atMost(mostPerMinute, 60, context.now);
  let leftOut = 0;
  return async (actor: Actor, event: NewEvent): Promise<void> => {
    if (!mayRecord()) {
      leftOut += 1;
      return;
    }
    const counted = leftOut === 0 ? event : withCount(event, leftOut);
    leftOut = 0;
    await record(context, actor, counted);
  };
}

/** The same without a count, where no state is kept: looks how many of the action there were in the last minute. */
export async function recordRefused(context: Context, actor: Actor, event: NewEvent): Promise<void> {
  await noteIfWritable(context, event.action, async () => {
    const since = iso(addSeconds(context.now(), -60));
    const filter = { action: event.action, subject: null, actor: null, since };
    const recent = await findEvents(context.store, filter, null, mostPerMinute);
    if (recent.length < mostPerMinute) await record(context, actor, event);
  });
}

function withCount(event: NewEvent, leftOut: number): NewEvent {
  const count = `${leftOut} more before it were not recorded`;
  return { ...event, detail: event.detail === undefined ? count : `${event.detail}; ${count}` };
}
