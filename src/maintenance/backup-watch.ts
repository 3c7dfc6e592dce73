import { byKeeper, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { addSeconds, atTime, iso } from '../lib/time';
import { addAlert } from '../store/alerts';
import { forgetOverdue, missingSince, noteAnnounced, noteMissing } from '../store/overdue';
import { type Drill, lastDrill } from '../store/drills';
import { lastBackupIn } from './backup-folder';
import { drillWords } from './drill';

/** Seconds without a good backup after which somebody is told. */
const patience = 2 * 24 * 3600;

export interface BackupState {
  readonly folder: string;
  readonly last: Date | null;
  /** What is wrong and what to do; null while all is well. */
  readonly problem: Words | null;
  /** When a backup was last restored as a drill, and what was wrong with the last one. */
  readonly drill: { readonly provenAt: Date | null; readonly problem: Words | null };
}

interface Words {
  readonly sentence: string;
  readonly next: string;
}

/** How it stands with the daily backups; null when none are asked for. */
export async function backupState({ config, store, now }: Context): Promise<BackupState | null> {
  if (config.backups === null) return null;
  const { folder } = config.backups;
  const time = now();
  const last = lastBackupIn(folder, time);
  const drill = drillOf(await lastDrill(store));
  const since = last ?? new Date((await missingSince(store)) ?? iso(time));
  if (since > addSeconds(time, -patience)) return { folder, last, problem: null, drill };
  const sentence = last === null ? 'No daily backup could be made.' : `The last backup was made ${atTime(last)}.`;
  const next = `See whether ${folder} (BACKUP_DIR) can be written and has room; the log of the Keeper says more.`;
  return { folder, last, problem: { sentence, next }, drill };
}

function drillOf(drill: Drill | null): BackupState['drill'] {
  const { provenAt = null, problem = null } = drill ?? {};
  return {
    provenAt: provenAt === null ? null : new Date(provenAt),
    problem: problem === null ? null : drillWords(problem),
  };
}

/** Tells once that there has been no good backup for two days, until there is one. */
export async function watchBackups(context: Context): Promise<void> {
  const state = await backupState(context);
  if (state === null) return;
  const { problem, last, folder } = state;
  if (last === null) await noteMissing(context.store, iso(context.now()));
  if (problem === null) return last === null ? undefined : forgetOverdue(context.store);
  const isNews = await inTransaction(context, async (transaction) => {
    const { store, now } = transaction;
    if (!(await noteAnnounced(store, iso(now())))) return false;
    await addAlert(store, { type: 'backup.failed', words: problem }, { chose: ['backup.failed'] }, iso(now()));
    await record(transaction, byKeeper, { action: 'backup_failed', subject: folder, detail: problem.sentence });
    return true;
  });
  if (isNews) context.log.warn({ folder }, problem.sentence);
}
