import { setTimeout as pause } from 'node:timers/promises';
import type { Client, Pool, PoolClient } from 'pg';
import { codeOf } from '../lib/errors';
import { SilentDatabase } from './errors';

/** How long a look whether a silent server answers again takes, and the pause before the next, in milliseconds. */
const lookTime = 400;
const lookEvery = 250;

export type Patience = ReturnType<typeof createPatience>;

/** Checks connections out of a pool. While the server is known to be silent, nobody waits for it: that is told at once. */
export function createPatience(pool: Pool, openClient: (connectMilliseconds: number) => Client) {
  const born = new WeakMap<PoolClient, number>();
  let silentAt = 0;
  let isSilent = false;
  /** Whether the server really is silent, or only a connection to it, is just being found out. */
  let firstLook: Promise<void> | null = null;
  pool.on('connect', (client) => void born.set(client, performance.now()));
  return { checkOut, noticeSilence, end };

  /** Throws a SilentDatabase, or what the driver says. */
  async function checkOut(): Promise<PoolClient> {
    if (!isSilent) await firstLook;
    if (isSilent) throw new SilentDatabase();
    return take();
  }

  /** A connection that does not answer takes all with it that are as old: they lead the same way. */
  function noticeSilence(): void {
    silentAt = performance.now();
    if (!isSilent) firstLook ??= look().finally(() => (firstLook = null));
  }

  function end(): Promise<void> {
    return pool.end();
  }

  async function take(): Promise<PoolClient> {
    try {
      for (;;) {
        const client = await pool.connect();
        if ((born.get(client) ?? 0) >= silentAt) return client;
        client.release(true);
      }
    } catch (error) {
      if (!isTimeout(error)) throw error;
      noticeSilence();
      throw new SilentDatabase();
    }
  }

  async function look(): Promise<void> {
    isSilent = !(await answers(openClient(lookTime)));
    if (isSilent) void lookOn();
  }

  async function lookOn(): Promise<void> {
    while (isSilent && !pool.ending) {
      await pause(lookEvery, undefined, { ref: false });
      isSilent = !(await answers(openClient(lookTime)));
    }
  }
}

/** On a connection of its own: those of the pool may all be waiting. What it answers does not matter. */
async function answers(client: Client): Promise<boolean> {
  client.on('error', () => undefined);
  const isHeard = await client.connect().then(
    () => true,
    (error: unknown) => !isTimeout(error),
  );
  void client.end().catch(() => undefined);
  return isHeard;
}

/** No answer while connecting. It is another one when somebody waited in vain for a connection of the pool to be free. */
function isTimeout(error: unknown): boolean {
  const isSaid = /^(timeout expired|Connection terminated due to connection timeout|Query read timeout)$/;
  return error instanceof Error && (isSaid.test(error.message) || codeOf(error) === 'ETIMEDOUT');
}
