import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';
import { withTls } from './postgres-tls';

/** Seconds between two signs of life, so that a connection that went silent is noticed. */
const pingSeconds = 15;
const longestWaitSeconds = 30;
/** The lock of 020-changes.ts that says somebody listens. */
const listenerLock = '4723905418';

/**
 * Listens, on a connection of its own, to what all instances change until the returned function is called. Comes back by
 * itself after a break, and says then that anything may have changed.
 */
export function listenToPostgres(url: string, tell: (topics: readonly string[]) => void): () => void {
  const stopping = new AbortController();
  void listenAgainAndAgain();
  return () => stopping.abort();

  async function listenAgainAndAgain(): Promise<void> {
    for (let seconds = 1; !stopping.signal.aborted; seconds = Math.min(seconds * 2, longestWaitSeconds)) {
      await listenOnce(() => (seconds = 1)).catch(() => undefined);
      await pause(seconds, stopping.signal);
    }
  }

  /** Resolves when the connection has ended, or rejects. */
  async function listenOnce(listening: () => void): Promise<void> {
    const { Client } = await import('pg');
    const client = new Client({
      ...withTls(url, (connectionString) => new Client({ connectionString }).host),
      application_name: 'zoho-token-keeper live',
      connectionTimeoutMillis: 3000,
      query_timeout: 10_000,
      keepAlive: true,
    });
    const ended = new Promise<void>((resolve) => {
      client.once('end', resolve).on('error', () => resolve());
      stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      await Promise.race([begin(client), ended]);
      if (stopping.signal.aborted) return;
      listening();
      await Promise.race([ended, keepAsking(client, stopping.signal)]);
    } finally {
      // One that does not answer would not be ended by asking.
      void client.end().catch(() => undefined);
    }
  }

  async function begin(client: Client): Promise<void> {
    await client.connect();
    const { rows } = await client.query<{ name: string }>('select current_schema() as name');
    const prefix = `${rows[0]?.name ?? ''} `;
    client.on('notification', ({ payload = '' }) => {
      if (payload.startsWith(prefix)) say(payload.slice(prefix.length));
    });
    await client.query('listen keeper_changes');
    // Waits for the writers that began when nobody listened; the others send.
    await client.query(`select pg_advisory_lock_shared(${listenerLock})`);
    say('*');
  }

  function say(topic: string): void {
    if (!stopping.signal.aborted) tell([topic]);
  }
}

/** Rejects when the server does not answer. */
async function keepAsking(client: Client, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    await pause(pingSeconds, stopping);
    if (!stopping.aborted) await client.query('select 1');
  }
}

/** Ends early at the stop. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await wait(seconds * 1000, undefined, { signal }).catch(() => undefined);
}
