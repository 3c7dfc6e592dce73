import { type Actor, apiKeyIdOf } from '../audit';
import type { Context } from '../context';
import { describeError } from '../lib/errors';
import { iso } from '../lib/time';
import type { TokenUseRow } from '../store/schema';
import { addTokenUses } from '../store/token-uses';

export { type Taker, takersOf } from '../store/token-uses';

export type TokenUses = ReturnType<typeof createTokenUses>;

/**
 * Who took tokens of which connection in which hour. Counted in memory and written once a minute and at the end, so that
 * giving a token out costs no statement. A process that is killed takes what it counted since, a minute's worth at most.
 */
export function createTokenUses(context: Context) {
  const { store, now, log } = context;
  let uses = new Map<string, TokenUseRow>();
  return { count, flush };

  /** Notes that `actor` got a token of the connection with this id. */
  function count(connectionId: string, actor: Actor): void {
    const time = iso(now());
    add({
      hour: hourOf(time),
      connection_id: connectionId,
      api_key_id: apiKeyIdOf(actor) ?? '',
      count: 1,
      last_at: time,
    });
  }

  function add(use: TokenUseRow): void {
    const id = `${use.connection_id} ${use.api_key_id} ${use.hour}`;
    const known = uses.get(id);
    if (known) {
      known.count += use.count;
      known.last_at = known.last_at > use.last_at ? known.last_at : use.last_at;
    } else uses.set(id, use);
  }

  /** Writes what was counted. When the database cannot be written, the counts wait for the next time. */
  async function flush(): Promise<void> {
    if (uses.size === 0) return;
    const counted = [...uses.values()];
    uses = new Map();
    try {
      await addTokenUses(store, counted);
    } catch (error) {
      for (const use of counted) add(use);
      log.warn(describeError(error), 'who took tokens could not be written down yet');
    }
  }
}

/** The ISO time at which the hour of an ISO time begins. */
export function hourOf(time: string): string {
  return `${time.slice(0, 13)}:00:00.000Z`;
}
