import type { Imported } from '../../imports/import';
import { importedWords, type ImportedWords } from '../../imports/words';
import { type DataCenterChoice, dataCenterChoices } from './data-centers';

export interface ImportView {
  results: (ImportedWords & { href: string | null })[];
  /** Why nothing could be tried; null when nothing is wrong. */
  problem: string | null;
  form: ImportForm;
  dataCenters: DataCenterChoice[];
}

export interface ImportForm {
  name: string;
  clientId: string;
  dataCenter: string;
}

/** What was pasted is not shown again: it holds secrets. */
export function importView({
  results = [],
  problem = null,
  form = { name: '', clientId: '', dataCenter: '' },
}: {
  results?: readonly Imported[];
  problem?: string | null;
  form?: ImportForm;
} = {}): ImportView {
  return {
    results: results.map((result) => ({
      ...importedWords(result, results.length === 1),
      href: result.kind === 'refused' ? null : `/connections/${result.name}`,
    })),
    problem,
    form,
    dataCenters: dataCenterChoices(),
  };
}
