import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config';
import { StorageError } from '../errors';
import type { Format } from '../exports/formats';
import { isThere, writePrivately } from '../exports/write-file';
import { Problem } from '../lib/problem';
import type { TokenJson } from '../tokens/token-json';
import type { Access, ExportedText } from './access';
import { accessTo } from './choose-access';
import { CommandError } from './output';

/** Seconds between two looks at the connection, which notice a reconnect as well. */
const every = 30;
/** How long before its end a token is replaced, in seconds, where tokens live long enough. */
const margin = 300;
/** Seconds until the next try after a failure, doubled each time up to `every`. */
const firstPause = 2;

interface Watched {
  readonly name: string;
  readonly format: Format;
  /** Absolute. */
  readonly file: string;
}

/** The token in the file. What it lived, in seconds, when it was first seen at that time. */
interface Kept {
  readonly token: TokenJson;
  readonly life: number;
  readonly seenAt: number;
}

/**
 * Writes the file, calls `written`, and writes the file anew whenever the token changes, until a signal ends it. The first
 * time has to succeed; later the file stays as it is while there is no token, which is said on stderr. Throws errors with
 * words.
 */
export async function watchExport(
  config: Config,
  watched: Watched,
  written: (exported: ExportedText) => void,
): Promise<void> {
  const end = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => end.abort());
  const access = accessTo(config, end.signal);
  try {
    const first = keptFrom(await access.token(watched.name, null));
    written(await write(access, watched, false));
    await keepFresh(access, watched, first, end.signal);
  } catch (error) {
    if (!end.signal.aborted) throw error;
  }
}

async function keepFresh(access: Access, watched: Watched, first: Kept, end: AbortSignal): Promise<never> {
  let kept = first;
  let failures = 0;
  let said = '';
  for (;;) {
    const pause = failures === 0 ? lifeOf(kept) - minTtlOf(kept) + 1 : firstPause * 2 ** (failures - 1);
    await sleep(Math.min(every, Math.max(1, pause)) * 1000, undefined, { signal: end });
    try {
      kept = await renew(access, watched, kept);
      if (failures > 0) say(`${watched.file} is kept fresh again.`);
      [failures, said] = [0, ''];
    } catch (error) {
      end.throwIfAborted();
      if (!hasWords(error)) throw error;
      if (error.message !== said) say(`${watched.file} stays as it is: ${error.message}`);
      [failures, said] = [failures + 1, error.message];
    }
  }
}

async function renew(access: Access, watched: Watched, kept: Kept): Promise<Kept> {
  // Once it has ended, any other is better, however short it lives.
  const token = await access.token(watched.name, lifeOf(kept) > 0 ? minTtlOf(kept) : null);
  const isSame = token.access_token === kept.token.access_token;
  if (isSame && (await isThere(watched.file))) return kept;
  await write(access, watched, true);
  return isSame ? kept : keptFrom(token);
}

async function write(access: Access, { name, format, file }: Watched, renews: boolean): Promise<ExportedText> {
  const exported = await access.export(name, format, renews);
  await writePrivately(file, exported.text);
  return exported;
}

function keptFrom(token: TokenJson): Kept {
  return { token, life: token.expires_in, seenAt: Date.now() };
}

/** By how long it lived at first: the clocks of two computers need not agree. */
function lifeOf({ life, seenAt }: Kept): number {
  return Math.max(0, life - (Date.now() - seenAt) / 1000);
}

function minTtlOf({ life }: Kept): number {
  return Math.min(margin, Math.floor(life / 2));
}

function hasWords(error: unknown): error is Error {
  return [Problem, CommandError, StorageError].some((kind) => error instanceof kind);
}

function say(words: string): void {
  process.stderr.write(`zoho-token-keeper: ${words}\n`);
}
