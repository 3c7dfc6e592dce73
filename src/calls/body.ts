import { Readable } from 'node:stream';
import { Problem } from '../lib/problem';
import { peek } from '../lib/streams';
import type { Headers } from '../zoho/forward';

/** Largest body that is passed on, in bytes. */
const largestBody = 100 * 1024 * 1024;
/** Bodies up to this size, in bytes, are kept, so that the call can be repeated with another token. */
const keptBody = 1024 * 1024;
/** Bytes of all bodies that are kept at a time. Beyond, they are passed on as they come, and not repeated. */
const keptTogether = 64 * 1024 * 1024;

export interface Body {
  readonly content: Buffer | Readable | null;
  readonly repeatable: boolean;
  isTooLarge(): boolean;
}

export const noBody: Body = { content: null, repeatable: true, isTooLarge: () => false };

export function requireSize(headers: Headers): void {
  if (Number(headers['content-length'] ?? 0) > largestBody) throw tooLarge();
}

/** Gives `use` a body to send to Zoho: small ones whole, large ones as they come. What is kept is kept until it ends. */
export function createBodies() {
  let kept = 0;

  return async function withBody<Result>(
    source: Readable | null,
    headers: Headers,
    use: (body: Body) => Promise<Result>,
  ): Promise<Result> {
    if (source === null) return use(noBody);
    const size = Number(headers['content-length'] ?? keptBody);
    if (size > keptBody || kept + size > keptTogether) return use(await readBody(source, 0));
    kept += size;
    try {
      return await use(await readBody(source, keptBody));
    } finally {
      kept -= size;
    }
  };
}

async function readBody(source: Readable, most: number): Promise<Body> {
  const { start, complete, whole } = await peek(source, most);
  if (complete) return { ...noBody, content: start };
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
