import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { codeOf } from '../lib/errors';
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
type Failure = { readonly name: string; readonly message: string; readonly code: string };
type Result = { readonly copied: Copied } | Failure;

/** The same in a thread of its own, so that the server goes on answering meanwhile. Rejects at once on the signal. */
export async function makeCopyInThread(from: string, to: string, signal: AbortSignal): Promise<Copied> {
  signal.throwIfAborted();
  const job: Job = { from, to };
  const worker = new Worker(__filename, { workerData: job });
  const result = await new Promise<Result>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    signal.addEventListener('abort', () => {
      void worker.terminate();
      reject(new Error('the backup was cut short, as the Keeper stops'));
    });
    worker.once('exit', (code) => reject(new Error(`the thread of the backup ended with ${code}`)));
  });
  if ('copied' in result) return result.copied;
  const { name, message, code } = result;
  throw name === 'StorageError' ? new StorageError(message) : Object.assign(new Error(message), { name, code });
}

/** Errors lose their kind between threads. */
async function resultOf({ from, to }: Job): Promise<Result> {
  try {
    return { copied: await makeCopy(from, to) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error('unknown reason');
    return { name, message, code: codeOf(error) };
  }
}

function isJob(data: unknown): data is Job {
  return typeof data === 'object' && data !== null && 'from' in data && 'to' in data;
}

if (!isMainThread && isJob(workerData)) {
  void resultOf(workerData).then((result) => parentPort?.postMessage(result));
}
