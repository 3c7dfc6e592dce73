import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { codeOf } from '../lib/errors';
import { StorageError } from '../store/errors';

type Failure = { readonly name: string; readonly message: string; readonly code: string };
type Answer<Result> = { readonly result: Result } | Failure;

/**
 * Runs what `file` says in a thread of its own, so that the server goes on answering meanwhile. Rejects with the error of
 * the work, and at once on the signal.
 */
export async function inThread<Result>(file: string, job: object, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  const worker = new Worker(file, { workerData: job });
  try {
    const answer = await new Promise<Answer<Result>>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      signal.addEventListener('abort', () => reject(new Error('the backup was cut short, as the Keeper stops')), {
        once: true,
      });
      worker.once('exit', (code) => reject(new Error(`the thread of the backup ended with ${code}`)));
    });
    if ('result' in answer) return answer.result;
    const { name, message, code } = answer;
    throw name === 'StorageError' ? new StorageError(message) : Object.assign(new Error(message), { name, code });
  } finally {
    void worker.terminate();
  }
}

/** At the end of such a file: does the work where this is the thread that it was started for. */
export function answerThread<Job>(isJob: (data: unknown) => data is Job, work: (job: Job) => Promise<unknown>): void {
  const job: unknown = workerData;
  if (!isMainThread && isJob(job)) void answerOf(work(job)).then((answer) => parentPort?.postMessage(answer));
}

/** Errors lose their kind between threads. */
async function answerOf<Result>(work: Promise<Result>): Promise<Answer<Result>> {
  try {
    return { result: await work };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error('unknown reason');
    return { name, message, code: codeOf(error) };
  }
}
