import { type Actor, noteIfWritable, recordUnauthenticated } from '../audit';
import type { Context } from '../context';
import { coalesce } from '../lib/concurrency';
import { Problem } from '../lib/problem';
import { countFailures, throttle } from '../lib/rate-limit';
import { digest } from '../lib/secrets';
import { iso } from '../lib/time';
import { findApiKey, isGenuine, markKeyUsed } from '../store/api-keys';
import type { ApiKeyRow } from '../store/schema';
import { parseKey } from './key-format';

/** How exactly it is noted when a key was last used, in seconds. */
const usedEvery = 60;
const failuresPerMinute = 20;

export type Authentication = ReturnType<typeof createAuthentication>;

export function createAuthentication(context: Context) {
  const { store, now } = context;
  const isDue = throttle(usedEvery, now);
  const tellOfChange = createChangeReport(context);
  const find = coalesce((id) => findApiKey(store, id));
  // A right key is never refused for the wrong ones: they cannot be guessed, and programs behind a proxy share a network.
  const newCount = () => countFailures(failuresPerMinute, 60, now);
  const [countRefusal, countLeak] = [newCount(), newCount()];
  const [recordRefusal, recordLeak] = [recordUnauthenticated(context), recordUnauthenticated(context)];
  return { authenticate, refuseSecretInAddress };

  /** The key that this text is; null stands for none. Throws a Problem with status 401, or 429 after many of those. */
  async function authenticate(text: string | null, ip: string | null): Promise<ApiKeyRow> {
    try {
      return await verify(text);
    } catch (error) {
      if (error instanceof Problem && error.status === 401) await count(text, ip);
      throw error;
    }
  }

  async function verify(text: string | null): Promise<ApiKeyRow> {
    if (text === null) throw missingKey();
    const parts = parseKey(text);
    if (!parts) throw refused('That is not an API key, or not all of it.', 'Copy the whole key; it begins with zt_.');
    const key = await find(parts.id);
    if (!key || key.secret_digest !== digest(parts.secret)) {
      throw refused('There is no such API key.', 'Create one on the page API keys.');
    }
    if (key.revoked_at !== null) throw refused('This API key was revoked.', 'Create another on the page API keys.');
    if (!isGenuine(store, key)) throw tellOfChange(key.id);
    if (key.expires_at !== null && key.expires_at <= iso(now())) {
      throw refused('This API key has expired.', 'Create another on the page API keys.');
    }
    if (isDue(key.id)) await noteIfWritable(context, key.id, () => markKeyUsed(store, key.id, iso(now())));
    return key;
  }

  async function count(text: string | null, ip: string | null): Promise<void> {
    const { failures, tooMany, retryAfter } = countRefusal(ip ?? '');
    // One line a minute tells as much as a thousand.
    if (failures === 1 && text !== null) {
      await recordRefusal(unknownProgram(ip), { action: 'api_key_refused', subject: parseKey(text)?.id ?? null });
    }
    if (!tooMany) return;
    const sentence = 'This address has sent too many requests without a valid API key.';
    throw new Problem(429, 'too_many_failures', sentence, 'Wait a minute and send the right key.', retryAfter);
  }

  /** For keys and tokens in addresses, which end up in logs and histories. Throws a Problem; records no value. */
  async function refuseSecretInAddress(ip: string | null): Promise<never> {
    if (countLeak(ip ?? '').failures === 1) {
      await recordLeak(unknownProgram(ip), { action: 'secret_in_address', subject: null });
    }
    const sentence = 'A key or token in the address is not accepted: addresses end up in logs.';
    const next = 'Send it as “Authorization: Bearer <api key>”, and create a new key, as this one has been exposed.';
    throw new Problem(400, 'invalid_request', sentence, next);
  }
}

/** Somebody can write to the database who should not, which is more than one program's business. */
function createChangeReport({ log, now }: Context): (id: string) => Problem {
  const isDue = throttle(usedEvery, now);
  return (id) => {
    if (isDue(id)) log.error({ apiKey: id }, 'the row of an API key was written by somebody else: it opens nothing');
    const next = 'Revoke it, create another, and look who can write to the database.';
    return refused('This API key is not as the Keeper stored it.', next);
  };
}

function unknownProgram(ip: string | null): Actor {
  return { name: 'unknown program', ip };
}

export function missingKey(): Problem {
  return refused(
    'This call needs an API key.',
    'Send “Authorization: Bearer <api key>” or “X-API-Key: <api key>”; keys are created on the page API keys.',
  );
}

function refused(sentence: string, next: string): Problem {
  return new Problem(401, 'unauthorized', sentence, next);
}
