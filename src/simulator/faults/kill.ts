import type { Response } from 'express';
import { finished } from 'node:stream/promises';
import { prepare, send, type Answer } from '../http/answer';
import { written } from './broken';
import type { Fault } from './faults';
import { pause } from './pause';

/**
 * Ends the process of the fault with SIGKILL at the moment it names, `delay_ms` later. Before processing, nothing is
 * changed and the connection is dropped; at the other moments the work is done and the answer sent as far as named.
 */
export async function playKill(res: Response, answer: () => Answer, fault: Fault): Promise<void> {
  switch (fault.moment) {
    case 'after_processing': {
      const done = answer();
      await kill(fault);
      return send(res, done);
    }
    case 'after_first_byte': {
      const { body, ...head } = answer();
      const bytes = Buffer.from(body);
      prepare(res, { ...head, body });
      res.setHeader('content-length', bytes.length);
      await written(res, bytes.subarray(0, 1));
      await kill(fault);
      res.end(bytes.subarray(1));
      return;
    }
    case 'after_last_byte':
      send(res, answer());
      await finished(res).catch(() => undefined);
      return kill(fault);
    default:
      await kill(fault);
      res.socket?.destroy();
  }
}

async function kill({ pid, delay_ms: delay = 0 }: Fault): Promise<void> {
  if (delay > 0) await pause(delay);
  try {
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It may have ended by itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
