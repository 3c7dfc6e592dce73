import { Readable } from 'node:stream';

export interface Peeked {
  readonly start: Buffer;
  readonly complete: boolean;
  /** All of it again, to be read once. Destroying it does not destroy the source. */
  readonly whole: Readable;
}

/** Reads until there are more than `limit` bytes or no more. The source is read on only as `whole` is. */
export async function peek(source: Readable, limit: number): Promise<Peeked> {
  const iterator = source.iterator({ destroyOnReturn: false });
  const chunks: Buffer[] = [];
  let size = 0;
  let complete = false;
  while (!complete && size <= limit) {
    const next: IteratorResult<unknown, unknown> = await iterator.next();
    if (next.done === true) complete = true;
    else chunks.push(bytesOf(next.value));
    size += next.done === true ? 0 : (chunks.at(-1)?.length ?? 0);
  }
  const whole = Readable.from(goOn(chunks, iterator), { objectMode: false });
  return { start: Buffer.concat(chunks), complete, whole };
}

async function* goOn(chunks: readonly Buffer[], iterator: AsyncIterator<unknown>): AsyncGenerator<Buffer> {
  yield* chunks;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield bytesOf(next.value);
}

function bytesOf(chunk: unknown): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
}
