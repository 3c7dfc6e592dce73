import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { OpenContext } from '../context';
import { throttle } from '../lib/rate-limit';
import { faultIn } from '../store/file-check';
import { type Finding, found } from './findings';

const day = 24 * 3600;

/** What is wrong with the file, in SQLite's words; null while nothing is. */
export type FindFault = (file: string, stopping: AbortSignal) => Promise<string | null>;

export interface FileProblem {
  readonly subject: string;
  readonly sentence: string;
  readonly next: string;
}

/** Looks at the whole SQLite file once a day, since the start leaves the long tables out, and tells what holds then. */
export function createFileCheck(
  { store: { file }, log, now }: OpenContext,
  tell: (problems: readonly FileProblem[]) => Promise<void>,
  findFault: FindFault = faultInThread,
): (stopping: AbortSignal) => Promise<void> {
  const isDue = throttle(day, now);
  return async (stopping) => {
    if (file === null || !isDue(file)) return;
    const fault = await findFault(file, stopping);
    if (stopping.aborted) return;
    const problems = fault === null ? [] : [problemOf(file, fault)];
    for (const { sentence, next } of problems) log.error({ file, next }, sentence);
    await tell(problems);
  };
}

export function problemOf(file: string, fault: string): FileProblem {
  return {
    subject: file,
    sentence: `The database ${file} is damaged (${fault.replaceAll('\n', ' ')}).`,
    next: 'Stop the Keeper, keep a copy of the file and restore it from your backup, and have the disk looked at.',
  };
}

/** Reads the whole file, which may take minutes. Says something only where it is damaged. */
export function examineFile(file: string): Finding[] {
  const fault = faultIn(file);
  if (fault === null) return [];
  const { sentence, next } = problemOf(file, fault);
  return [found(false, 'Database file', `${sentence} ${next}`)];
}

/** In a thread of its own, as a long file takes minutes. Null at once on the signal. */
export async function faultInThread(file: string, stopping: AbortSignal): Promise<string | null> {
  if (stopping.aborted) return null;
  const worker = new Worker(__filename, { workerData: { file } });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread of the check ended with ${code}`)));
    stopping.addEventListener('abort', () => {
      resolve(null);
      void worker.terminate();
    });
  });
}

function isJob(data: unknown): data is { file: string } {
  return typeof data === 'object' && data !== null && 'file' in data && typeof data.file === 'string';
}

if (!isMainThread && isJob(workerData)) parentPort?.postMessage(faultIn(workerData.file));
