import type { Imported, ImportRun } from '../../imports/imports';
import { importedWords, type ImportedWords, summaryOf } from '../../imports/words';
import { type DataCenterChoice, dataCenterChoices } from './data-centers';

export interface ImportView {
  /** What becomes, or became, of an import; null when there is none. */
  run: RunView | null;
  /** Why nothing could be tried; null when nothing is wrong. */
  problem: string | null;
  form: ImportForm;
  dataCenters: DataCenterChoice[];
}

interface RunView {
  done: number;
  total: number;
  isOver: boolean;
  /** Good once all of it is in order. */
  tone: 'good' | 'wait';
  /** Of several. */
  summary: string;
  /** Why not all were tried; null while nothing stops it. */
  stopped: string | null;
  /** What needs a look comes first. */
  results: (ImportedWords & { href: string | null })[];
}

export interface ImportForm {
  name: string;
  clientId: string;
  dataCenter: string;
}

/** What was pasted is not shown again: it holds secrets. */
export function importView({
  run = null,
  problem = null,
  form = { name: '', clientId: '', dataCenter: '' },
}: {
  run?: ImportRun | null;
  problem?: string | null;
  form?: ImportForm;
}): ImportView {
  return { run: run && runView(run), problem, form, dataCenters: dataCenterChoices() };
}

const order = { refused: 0, known: 1, imported: 2 } as const;

function runView(run: ImportRun): RunView {
  const { results, total, failure, endedAt } = run;
  const left = total - results.length;
  const isStopped = endedAt !== null && left > 0;
  return {
    done: results.length,
    total,
    isOver: endedAt !== null,
    tone: endedAt !== null && left === 0 && !results.some(({ kind }) => kind === 'refused') ? 'good' : 'wait',
    summary: summaryOf(run),
    stopped: isStopped
      ? `${failure?.message ?? 'The Keeper was stopped.'} Import the same again: it goes on from there.`
      : null,
    results: results
      .toSorted((one, other) => order[one.kind] - order[other.kind])
      .map((result) => ({ ...importedWords(result, total === 1), href: hrefOf(result) })),
  };
}

function hrefOf(result: Imported): string | null {
  return result.kind === 'refused' ? null : `/connections/${result.name}`;
}
