import { createSemaphore, type Patience } from '../lib/concurrency';
import { Problem } from '../lib/problem';
import { type DataCenterCode, dataCenterCodes } from './data-centers';

/** One gate for each data centre: so many calls are under way there at once, and the others wait for their turn. */
export function createGate(callsAtOnce: number) {
  const gates = new Map(dataCenterCodes.map((code) => [code, createSemaphore(callsAtOnce, Infinity, tooManyWaiting)]));
  return async <Result>(at: DataCenterCode, work: () => Promise<Result>, patience?: Patience): Promise<Result> => {
    const pass = gates.get(at);
    return pass ? pass(work, patience) : work();
  };
}

function tooManyWaiting(): Problem {
  const sentence = 'So many calls to Zoho wait for their turn that this one did not come to it.';
  return new Problem(503, 'zoho_unavailable', sentence, 'Try again.', 5);
}
