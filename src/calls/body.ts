import { Readable } from 'node:stream';
import { Problem } from '../lib/problem';
import { peek } from '../lib/streams';
import type { Headers } from '../zoho/forward';

/** Largest body that is passed on, in bytes. */
const largestBody = 100 * 1024 * 1024;
/** Bodies up to this size, in bytes, are kept, so that the call can be repeated with another token. */
const keptBody = 1024 * 1024;

interface Body {
  readonly content: Buffer | Readable | null;
  readonly repeatable: boolean;
  isTooLarge(): boolean;
}

export function requireSize(headers: Headers): void {
  if (Number(headers['content-length'] ?? 0) > largestBody) throw tooLarge();
}

/** A body to send to Zoho: small ones whole, large ones as they come. */
export async function readBody(source: Readable | null): Promise<Body> {
  if (source === null) return { content: null, repeatable: true, isTooLarge: () => false };
  const { start, complete, whole } = await peek(source, keptBody);
  if (complete) return { content: start, repeatable: true, isTooLarge: () => false };
  let size = 0;
  return {
    content: Readable.from(counted(), { objectMode: false }),
    repeatable: false,
    isTooLarge: () => size > largestBody,
  };

  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of whole) {
      const bytes: unknown = chunk;
      if (!Buffer.isBuffer(bytes)) continue;
      size += bytes.length;
      if (size > largestBody) throw tooLarge();
      yield bytes;
    }
  }
}

export function tooLarge(): Problem {
  return new Problem(413, 'too_large', 'The body is larger than 100 MB.', 'Send it to Zoho directly, with a token.');
}
