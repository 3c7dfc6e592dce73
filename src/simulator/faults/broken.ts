import type { Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { prepare, send, type Answer } from '../http/answer';
import type { FaultKind } from './kinds';
import type { Fault } from './faults';
import { pause } from './pause';

type Break = (res: Response, answer: Answer, fault: Fault) => void | Promise<void>;

const megabyte = Buffer.alloc(1024 * 1024, ' ');

/** Faults of the connection and of the bytes on it. Hung sockets stay open until the simulator closes. */
export const broken: Partial<Record<FaultKind, Break>> = {
  reset_at_connect: (res) => reset(res),
  reset_mid_body: async (res, answer) => {
    prepare(res, answer);
    res.setHeader('content-length', Buffer.byteLength(answer.body));
    await written(res, half(answer));
    // A reset that overtakes the bytes before it would look like a proper end.
    await pause(50, res);
    reset(res);
  },
  hang_before_headers: () => undefined,
  hang_after_headers: (res, answer) => {
    prepare(res, answer);
    res.setHeader('content-length', Buffer.byteLength(answer.body));
    res.flushHeaders();
  },
  content_length_too_long: async (res, answer) => {
    prepare(res, answer);
    res.setHeader('content-length', Buffer.byteLength(answer.body) + 100);
    await written(res, Buffer.from(answer.body));
    res.socket?.end();
  },
  chunked_cut: async (res, answer) => {
    prepare(res, answer);
    await written(res, half(answer));
    // A proper end of the connection, but no last chunk.
    res.socket?.end();
  },
  drip: async (res, answer) => {
    prepare(res, answer);
    res.setHeader('content-length', Buffer.byteLength(answer.body));
    for (const byte of Buffer.from(answer.body)) {
      if (res.destroyed) return;
      res.write(Buffer.of(byte));
      await pause(200, res);
    }
    res.end();
  },
  slow: async (res, answer, { delay_ms: delay = 1000 }) => {
    await pause(delay, res);
    if (!res.destroyed) send(res, answer);
  },
  bad_utf8: (res, answer) => {
    prepare(res, answer);
    // 0xff and 0xfe appear nowhere in UTF-8; here they stand in the first value.
    const at = answer.body.indexOf(':"') + 2;
    const bytes = Buffer.from(answer.body);
    res.end(Buffer.concat([bytes.subarray(0, at), Buffer.of(0xff, 0xfe), bytes.subarray(at)]));
  },
  huge_body: async (res, answer) => {
    prepare(res, answer);
    await pipeline(padded(answer), res).catch(() => undefined);
  },
  gzip_bomb: async (res, answer) => {
    prepare(res, answer);
    res.setHeader('content-encoding', 'gzip');
    await pipeline(padded(answer), createGzip(), res).catch(() => undefined);
  },
};

/** 100 MB of spaces and then the answer: still valid JSON, so that only a limit on size protects. */
function padded({ body }: Answer): Readable {
  return Readable.from(
    (function* bytes() {
      for (let count = 0; count < 100; count += 1) yield megabyte;
      yield Buffer.from(body);
    })(),
  );
}

/** Resolves when the bytes have been handed to the operating system. */
export async function written(res: Response, bytes: Buffer): Promise<void> {
  await new Promise<void>((resolve) => {
    res.once('close', () => resolve());
    res.write(bytes, () => resolve());
  });
}

function half({ body }: Answer): Buffer {
  const bytes = Buffer.from(body);
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

function reset(res: Response): void {
  res.socket?.resetAndDestroy();
}
