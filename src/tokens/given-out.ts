import { noteIfWritable } from '../audit';
import type { Context } from '../context';
import { throttle } from '../lib/rate-limit';
import { markGivenOut } from '../store/access-tokens';
import type { ConnectionRow } from '../store/schema';
import type { FreshToken } from './fresh-token';

/** How often it is tried to note that a token was given out where that cannot be written, in seconds. */
const tryEvery = 60;

/**
 * Notes that programs have a token, so that a reconnect leaves it alone: written once for each, since it is on every program's
 * way. False when the token was replaced meanwhile.
 */
export function createGivenOut(context: Context) {
  const noting = new Map<string, Promise<boolean>>();
  const isDue = throttle(tryEvery, context.now);
  let cannotNote = false;

  return async function note({ connection }: FreshToken): Promise<boolean> {
    const { refresh_token_id: id, access_token_expires_at: until, given_out_until: known } = connection;
    if (until === null || (known ?? '') >= until) return true;
    const key = `${id} ${until}`;
    const running = noting.get(key);
    if (running) return running;
    if (cannotNote && !isDue(key)) return true;
    const result = write(connection).finally(() => noting.delete(key));
    noting.set(key, result);
    return result;
  };

  async function write(connection: ConnectionRow): Promise<boolean> {
    const isStored = await noteIfWritable(context, connection.name, () => markGivenOut(context.store, connection));
    cannotNote = isStored === null;
    return isStored ?? true;
  }
}
