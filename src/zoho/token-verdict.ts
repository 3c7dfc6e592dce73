import { brotliDecompressSync, unzipSync } from 'node:zlib';

/** A new token helps, or may help: the product's word for a dead one can mean something else as well. */
export type Refused = 'dead' | 'maybe_dead';

export type Verdict = 'fine' | 'scope_missing' | Refused;

// Collected from the products' pages and from captures: docs/zoho.md, "Calling product APIs".
const dead = words('invalid_token invalid_oauthtoken invalid_oauth oauthtoken_invalid');
// Books says 57 for a missing scope too, CRM the first one for no token at all; what other numbers cover is not known.
const maybeDead = words('authentication_failure 57 1008 1030 2945 7213 8535 9041 f7003');
const scopeMissing = words('oauth_scope_mismatch scope_mismatch invalid_oauthscope 7601 8540 f7004');

/** Products put their word for it under one of these names, at different depths. */
const telling = words('code errorcode error_code title cause error id message');
const deepest = 5;

export const verdictBytes = 64 * 1024;

/** Whether an answer with this status can be about the token at all. Some products say it with 400 or 500. */
export function maybeAboutToken(status: number): boolean {
  return status === 401 || status === 400 || status === 500;
}

export function verdictOf(start: Buffer, encoding: string | undefined): Verdict {
  const found = new Set(wordsIn(parse(start, encoding), deepest));
  if ([...found].some((word) => scopeMissing.has(word))) return 'scope_missing';
  if ([...found].some((word) => dead.has(word))) return 'dead';
  return [...found].some((word) => maybeDead.has(word)) ? 'maybe_dead' : 'fine';
}

export function isRefused(verdict: Verdict): verdict is Refused {
  return verdict === 'dead' || verdict === 'maybe_dead';
}

function parse(start: Buffer, encoding: string | undefined): unknown {
  try {
    return JSON.parse(unpack(start, encoding).toString('utf8'));
  } catch {
    return null;
  }
}

function unpack(bytes: Buffer, encoding: string | undefined): Buffer {
  const limit = { maxOutputLength: verdictBytes };
  if (encoding === 'gzip' || encoding === 'deflate') return unzipSync(bytes, limit);
  return encoding === 'br' ? brotliDecompressSync(bytes, limit) : bytes;
}

function* wordsIn(value: unknown, depth: number): Generator<string> {
  if (typeof value !== 'object' || value === null || depth === 0) return;
  for (const [name, member] of Object.entries(value)) {
    const isWord = typeof member === 'string' || typeof member === 'number';
    if (isWord && telling.has(name.toLowerCase())) yield String(member).toLowerCase();
    yield* wordsIn(member, depth - 1);
  }
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}
