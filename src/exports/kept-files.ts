import { byKeeper, noteIfWritable, record } from '../audit';
import { ConfigError, type KeptFile } from '../config/config';
import { type Context, inTransaction } from '../context';
import { Problem } from '../lib/problem';
import { throttle } from '../lib/rate-limit';
import { iso } from '../lib/time';
import { addAlert, beginStanding, endOneStanding, keptFileStanding } from '../store/alerts';
import { markUsed } from '../store/access-tokens';
import { findConnection } from '../store/connections';
import { storageFault } from '../store/errors';
import { findByFormerName } from '../store/former-names';
import type { ConnectionRow } from '../store/schema';
import { servable } from '../tokens/fresh-token';
import { closedExport, openExport, requireFormat } from './exports';
import { findFormat, formats } from './formats';
import { isThere, writePrivately } from './write-file';

/** A kept file counts as a program that uses the connection, so that its token is replaced before it ends. */
const usedEverySeconds = 3600;

export interface KeptFileFailure {
  readonly file: KeptFile;
  /** ISO time of the first failure. */
  readonly since: string;
  readonly sentence: string;
  /** False until somebody was told, which takes a database that can be written. */
  readonly announced: boolean;
}

/** Throws a ConfigError that names every file that no Keeper can keep. */
export function requireKeepable(files: readonly KeptFile[]): void {
  const keepable = formats.filter(({ isCode }) => !isCode).map(({ name }) => name);
  const problems = files
    .filter(({ format }) => findFormat(format)?.isCode !== false)
    .map(({ connection, format, path }) => {
      const what = findFormat(format)
        ? `format ${format} is a program, not a file to keep`
        : `format ${format} is unknown`;
      return `KEEP_FILES has "${connection}=${format}:${path}", whose ${what}: use one of ${keepable.join(', ')}`;
    });
  if (problems.length > 0) throw new ConfigError(problems);
}

export type KeptFiles = ReturnType<typeof createKeptFiles>;

/** The files of KEEP_FILES, each as new as the token of its connection. */
export function createKeptFiles(context: Context) {
  const { config, store, now, log } = context;
  const written = new Map<string, string>();
  const { failing, noteSuccess, noteFailure } = createNotes(context);
  const missing = new Set<string>();
  const isDue = throttle(usedEverySeconds, now);
  return { keep, failing };

  /** Writes those whose token has changed since, whichever instance changed it. Never throws for one file's sake. */
  async function keep(): Promise<void> {
    for (const file of config.keptFiles) {
      const connection = await connectionOf(context, file);
      if (connection?.status === 'revoked') await noteEnd(file);
      else if (connection) await keepOne(file, connection);
      else await noteMissing(file);
    }
  }

  async function noteMissing(file: KeptFile): Promise<void> {
    if (written.has(file.path)) return noteEnd(file);
    if (missing.has(file.path)) return;
    missing.add(file.path);
    log.warn(namesOf(file), 'KEEP_FILES names a connection that is not there yet');
  }

  /** After Disconnect or Delete. The file is its reader's to remove; whoever reads it meets Zoho's refusal. */
  async function noteEnd(file: KeptFile): Promise<void> {
    if (!written.delete(file.path)) return;
    missing.add(file.path);
    log.warn(namesOf(file), 'kept file is not renewed any more');
    const event = { action: 'kept_file_ended', subject: file.connection, detail: `${file.format} at ${file.path}` };
    await ifWritable(() => record(context, byKeeper, event));
  }

  async function keepOne(file: KeptFile, connection: ConnectionRow): Promise<void> {
    if (isDue(connection.id)) {
      await noteIfWritable(context, connection.name, () => markUsed(store, connection.id, iso(now())));
    }
    const version = [connection.name, connection.id, connection.refreshed_at, connection.refresh_token_id].join(' ');
    if (written.get(file.path) === version && (await isThere(file.path))) return;
    try {
      const text = await textOf(context, file, connection);
      // Without a valid token the file stays as it is.
      if (text === null) return;
      await writePrivately(file.path, text);
      const isFirst = !written.has(file.path);
      written.set(file.path, version);
      await noteSuccess(file, isFirst);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      await noteFailure(file, error);
    }
  }
}

/** What is told of files: each failure once, until the file is written again. */
function createNotes(context: Context) {
  const { now, log } = context;
  const failures = new Map<string, KeptFileFailure>();
  return { noteSuccess, noteFailure, failing: (): readonly KeptFileFailure[] => [...failures.values()] };

  async function noteSuccess(file: KeptFile, isFirst: boolean): Promise<void> {
    const detail = `${file.format} to ${file.path}`;
    // Each time, since an earlier process may have left it, or the database could not be written.
    await ifWritable(() => endOneStanding(context.store, keptFileStanding(file.path)));
    const worksAgain = failures.delete(file.path);
    if (worksAgain) log.info(namesOf(file), 'kept file is written again');
    const action = worksAgain ? 'kept_file_recovered' : 'exported';
    if (!worksAgain && !isFirst) return;
    await ifWritable(() => record(context, byKeeper, { action, subject: file.connection, detail }));
  }

  async function noteFailure(file: KeptFile, problem: Problem): Promise<void> {
    const known = failures.get(file.path);
    if (known?.announced) return;
    if (!known) log.warn(namesOf(file), problem.sentence);
    const failure = { file, since: known?.since ?? iso(now()), sentence: problem.message, announced: false };
    failures.set(file.path, failure);
    const announced = await ifWritable(() => announce(context, file, problem));
    failures.set(file.path, { ...failure, announced });
  }
}

/** KEEP_FILES may still have the name of before a rename. */
async function connectionOf({ store }: Context, { connection: name }: KeptFile): Promise<ConnectionRow | undefined> {
  return (await findConnection(store, name)) ?? findByFormerName(store, name);
}

function namesOf(file: KeptFile): { connection: string; file: string } {
  return { connection: file.connection, file: file.path };
}

/** Null while there is no valid token, or when a reconnect came between. */
async function textOf(context: Context, file: KeptFile, connection: ConnectionRow): Promise<string | null> {
  const format = requireFormat(file.format);
  if (format.holds === null) return format.make(openExport(context, connection));
  const valid = servable(context, connection, { requestedBy: 'schedule', minTtl: 1, newerThan: null });
  const made = valid && (await closedExport(context, valid));
  return made && format.make(made);
}

async function announce(context: Context, file: KeptFile, problem: Problem): Promise<void> {
  await inTransaction(context, async (transaction) => {
    const { store, now } = transaction;
    const connection = (await connectionOf(transaction, file)) ?? null;
    await beginStanding(store, keptFileStanding(file.path), iso(now()));
    const alert = { type: 'kept_file.failed', connection, errorCode: problem.code } as const;
    await addAlert(store, alert, { chose: ['kept_file.failed'] }, iso(now()));
    const event = { action: 'kept_file_failed', subject: file.connection, detail: problem.sentence };
    await record(transaction, byKeeper, event);
  });
}

/** False when the database cannot be written just now, on the same full disk perhaps. */
async function ifWritable(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (storageFault(error) === null) throw error;
    return false;
  }
}
