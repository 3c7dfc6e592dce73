import { type Tell, tellNobody } from '../lib/progress';
import { type Contents, copyDatabase, inspectDatabase } from '../store/backup';
import { syncToDisk } from '../store/disk';
import { digestOf } from './manifest';
import { answerThread, inThread } from './threads';

export interface Copied extends Contents {
  readonly sha256: string;
}

export type MakeCopy = (from: string, to: string) => Promise<Copied>;

/** Copies a database that may be in use, checks the copy and syncs it. Holds the thread up for seconds when it is long. */
export async function makeCopy(from: string, to: string, tell: Tell = tellNobody): Promise<Copied> {
  await copyDatabase(from, to, (share) => tell(`Copied ${Math.floor(share * 100)} %`));
  tell('Checking the copy');
  const copied = { ...inspectDatabase(to), sha256: await digestOf(to) };
  syncToDisk(to);
  return copied;
}

type Job = { readonly from: string; readonly to: string };

/** The same in a thread of its own. */
export function makeCopyInThread(from: string, to: string, signal: AbortSignal): Promise<Copied> {
  const job: Job = { from, to };
  return inThread(__filename, job, signal);
}

function isJob(data: unknown): data is Job {
  return typeof data === 'object' && data !== null && 'from' in data && 'to' in data;
}

answerThread(isJob, ({ from, to }) => makeCopy(from, to));
