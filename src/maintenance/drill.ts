import { byKeeper, record } from '../audit';
import type { BackupPlan } from '../config/config';
import { inTransaction, type OpenContext } from '../context';
import { codeOf } from '../lib/errors';
import { addSeconds, iso } from '../lib/time';
import { addAlert } from '../store/alerts';
import { realPlace } from '../store/disk';
import { lastDrill, saveDrill } from '../store/drills';
import { StorageError } from '../store/errors';
import { takeTurn } from '../store/turns';
import { newestBackup } from './backup-folder';
import { type Prove, proveBackup } from './proof';

/** Seconds after which the same backup is tried again: a disk forgets, and keys get lost. */
const interval = 24 * 3600;
/** Seconds between two tries at least, whatever they find. */
const pause = 3600;

/** Restores the newest backup on trial: each new one, and the same one again a day later. Tells once when that fails. */
export function createDrill(context: OpenContext, { folder }: BackupPlan, prove: Prove = proveBackup) {
  const { store, now, config } = context;
  return async (): Promise<void> => {
    const backup = newestBackup(folder, now());
    if (backup === null || store.file === null) return;
    const last = await lastDrill(store);
    const isFresh = last !== null && last.backup === backup && last.at > iso(addSeconds(now(), -interval));
    if (isFresh && last.problem === null && last.at <= iso(now())) return;
    const times = { now: iso(now()), until: iso(addSeconds(now(), pause)) };
    if (!(await takeTurn(store, 'drill', times))) return;
    const draft = `${realPlace(store.file)}.drill`;
    const { encryptionKeys } = config;
    await note(context, backup, await problemOf(prove({ backup, draft, encryptionKeys, keyFile: store.keyFile })));
  };
}

async function problemOf(proving: Promise<void>): Promise<string | null> {
  try {
    await proving;
    return null;
  } catch (error) {
    if (error instanceof StorageError) return error.message;
    const code = codeOf(error);
    // Anything else is no word about the backup, such as the end of this process.
    if (code === '') throw error;
    return `A copy of it could not be opened (${code}): look at the disk and its free space.`;
  }
}

async function note(context: OpenContext, backup: string, problem: string | null): Promise<void> {
  const isNews = await inTransaction(context, async (transaction) => {
    const { store, now } = transaction;
    const last = await lastDrill(store);
    const at = iso(now());
    await saveDrill(store, { backup, at, problem, provenAt: problem === null ? at : (last?.provenAt ?? null) });
    if (problem === null || (last?.problem ?? null) !== null) return false;
    await addAlert(store, { type: 'backup.failed', words: drillWords(problem) }, { chose: ['backup.failed'] }, at);
    await record(transaction, byKeeper, { action: 'restore_drill_failed', subject: backup, detail: problem });
    return true;
  });
  if (problem === null) context.log.info({ backup }, 'a backup was restored as a drill');
  else if (isNews) context.log.warn({ backup, problem }, 'the newest backup cannot be restored');
}

export function drillWords(problem: string): { sentence: string; next: string } {
  const next = `${problem} Until that is solved, make one with “zoho-token-keeper backup” into another folder.`;
  return { sentence: 'The newest backup could not be restored in a drill.', next };
}
