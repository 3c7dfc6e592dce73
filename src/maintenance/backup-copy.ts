import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Contents, copyDatabase, inspectDatabase } from '../store/backup';
import { syncToDisk } from '../store/disk';
import { StorageError } from '../store/errors';
import { digestOf } from './manifest';

export interface Copied extends Contents {
  readonly sha256: string;
}

export type MakeCopy = (from: string, to: string) => Promise<Copied>;

/** Copies a database that may be in use, checks the copy and syncs it. Holds the thread up for seconds when it is long. */
export async function makeCopy(from: string, to: string): Promise<Copied> {
  await copyDatabase(from, to);
  const copied = { ...inspectDatabase(to), sha256: await digestOf(to) };
  syncToDisk(to);
  return copied;
}

type Job = { readonly from: string; readonly to: string };
type Result = { readonly copied: Copied } | { readonly problem: string };

/** The same in a thread of its own, so that the server goes on answering meanwhile. */
export async function makeCopyInThread(from: string, to: string): Promise<Copied> {
  const job: Job = { from, to };
  const worker = new Worker(__filename, { workerData: job });
  const result = await new Promise<Result>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread of the backup ended with ${code}`)));
  });
  if ('problem' in result) throw new StorageError(result.problem);
  return result.copied;
}

/** A StorageError would arrive as a plain one. */
async function resultOf({ from, to }: Job): Promise<Result> {
  try {
    return { copied: await makeCopy(from, to) };
  } catch (error) {
    if (error instanceof StorageError) return { problem: error.message };
    throw error;
  }
}

function isJob(data: unknown): data is Job {
  return typeof data === 'object' && data !== null && 'from' in data && 'to' in data;
}

if (!isMainThread && isJob(workerData)) {
  // An error beyond this ends the thread, and reaches the other one as its `error`.
  void resultOf(workerData).then((result) => parentPort?.postMessage(result));
}
