import type { Response } from 'express';
import { setTimeout as wait } from 'node:timers/promises';

/** Waits real time; ends early when the connection of the answer is gone. */
export async function pause(milliseconds: number, res?: Response): Promise<void> {
  const gone = new AbortController();
  const stop = () => gone.abort();
  res?.once('close', stop);
  await wait(milliseconds, undefined, { signal: gone.signal }).catch(() => undefined);
  res?.off('close', stop);
}
