import type { Imported } from './import';

export interface ImportedWords {
  readonly tone: 'good' | 'off' | 'bad';
  readonly sentence: string;
  /** Empty when nothing is to be done. */
  readonly next: string;
}

/** What became of one refresh token. */
export function importedWords(imported: Imported, isOnly: boolean): ImportedWords {
  switch (imported.kind) {
    case 'imported':
      return { tone: 'good', sentence: `“${imported.name}” is connected.`, next: '' };
    case 'known':
      return {
        tone: 'off',
        sentence: `“${imported.name}” has this refresh token already, so nothing was stored.`,
        next: '',
      };
    case 'refused': {
      const { sentence, next } = imported.problem;
      return { tone: 'bad', sentence: isOnly ? sentence : `${imported.label}: ${sentence}`, next };
    }
  }
}
