import { watchStanding } from './alerts/standing';
import { watch } from './alerts/watch';
import { byKeeper } from './audit';
import type { BackupPlan } from './config/config';
import { expireUnconfirmed } from './connections/confirm';
import { refusedSecrets } from './connections/client-list';
import { pollDevices } from './connections/device';
import { explainConnection } from './connections/explanations';
import { recover } from './connections/recover';
import { flushRevocations, flushRevocationsSoon } from './connections/revocations';
import { lowSlots } from './connections/slots';
import type { Keeper } from './keeper';
import { describeError } from './lib/errors';
import type { Log } from './lib/log';
import { addSeconds } from './lib/time';
import { archiveEvents } from './maintenance/archive';
import { createDailyBackup } from './maintenance/backup';
import { makeCopyInThread } from './maintenance/backup-copy';
import { watchBackups } from './maintenance/backup-watch';
import { createDrill } from './maintenance/drill';
import { proveInThread } from './maintenance/proof';
import type { ClockWatch } from './maintenance/clock';
import { createFileCheck } from './maintenance/file-check';
import { createSealing } from './maintenance/sealing';
import { forgetOldRows } from './maintenance/retention';

/** An exchange takes 15 s at the most; one that nobody touched for longer belongs to an instance that is gone. */
const orphanSeconds = 30;
/** Longer than an exchange and the storing of its tokens take: nobody in this process works on it any more. */
const strandedSeconds = 60;

export interface Jobs {
  stop(): Promise<void>;
}

export function startJobs(keeper: Keeper, clock: ClockWatch): Jobs {
  const { config, log, schedule, deliveries, imports, changes, aloneAt, now } = keeper;
  const idleSince = (seconds: number): Date => addSeconds(now(), -seconds);
  const recovered = recover(keeper, aloneAt ?? idleSince(orphanSeconds), byKeeper).catch((error: unknown) =>
    log.error(describeError(error), 'recovery failed'),
  );
  flushRevocationsSoon(keeper);
  const { backups } = config;
  const checkFile = createFileCheck(keeper, (problems) => watchStanding(keeper, 'database.damaged', problems));
  const stopping = new AbortController();
  const jobs = [
    every(log, 15, () => recover(keeper, idleSince(aloneAt ? strandedSeconds : orphanSeconds), byKeeper)),
    every(log, 15, () => expireUnconfirmed(keeper)),
    every(log, 1, () => pollDevices(keeper, byKeeper)),
    every(log, 15, () => flushRevocations(keeper)),
    every(log, 5, clock.check),
    every(log, 5, schedule.tick),
    every(log, 60, schedule.look),
    every(log, 5, () => watch(keeper, explainConnection)),
    every(log, 15, async () => watchStanding(keeper, 'client_secret.refused', await refusedSecrets(keeper))),
    every(log, 600, async () => watchStanding(keeper, 'slots.low', await lowSlots(keeper))),
    every(log, 5, deliveries.deliver),
    every(log, 60, keeper.tokenUses.flush),
    every(log, 60, createSealing(keeper)),
    every(log, 3600, () => forgetOldRows(keeper)),
    every(log, 3600, () => archiveEvents(keeper)),
    // First a minute after the start, in which programs ask for what ended meanwhile.
    every(log, 60, () => checkFile(stopping.signal)),
    ...(config.keptFiles.length > 0 ? [every(log, 1, keeper.keptFiles.keep)] : []),
    ...(backups ? [every(log, 60, createBackups(keeper, backups, stopping.signal))] : []),
  ];
  return {
    async stop() {
      stopping.abort();
      // Open pages would hold the stop up.
      changes.stop();
      schedule.stop();
      imports.stop();
      deliveries.stop();
      await Promise.all([recovered, ...jobs.map((job) => job.stop())]);
    },
  };
}

/** Whether one is overdue is looked at last: after a weekend switched off it would be at the first look. */
function createBackups(keeper: Keeper, plan: BackupPlan, stopping: AbortSignal): () => Promise<void> {
  const backUp = createDailyBackup(keeper, plan, (from, to) => makeCopyInThread(from, to, stopping));
  const drill = createDrill(keeper, plan, (proof) => proveInThread(proof, stopping));
  return () =>
    backUp()
      .finally(() => watchBackups(keeper))
      .finally(drill);
}

/** Does a task again and again; a round that takes longer than the interval is not followed by others that queued up. */
function every(log: Log, seconds: number, task: () => Promise<void>): Jobs {
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= task()
      .catch((error: unknown) => log.error(describeError(error), 'a task failed'))
      .finally(() => void (running = null));
  }, seconds * 1000);
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
