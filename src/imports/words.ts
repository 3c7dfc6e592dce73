import type { Imported, ImportRun } from './imports';

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
      return { tone: 'good', sentence: `“${imported.name}” is connected.`, next: savedWords(imported.savedClient) };
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

function savedWords(clientId: string | null): string {
  return clientId === null ? '' : `The client ${clientId} that stood beside its token was saved as well.`;
}

/** How many of an import became what, as a sentence. */
export function summaryOf({ results, total }: ImportRun): string {
  const count = (kind: Imported['kind']): number => results.filter((result) => result.kind === kind).length;
  const [imported, known, refused, left] = [
    count('imported'),
    count('known'),
    count('refused'),
    total - results.length,
  ];
  const parts = [
    `${imported} of ${total} ${imported === 1 ? 'is' : 'are'} connected`,
    ...(known > 0 ? [`${known} ${known === 1 ? 'was' : 'were'} there already`] : []),
    ...(refused > 0 ? [`${refused} could not be imported`] : []),
    ...(left > 0 ? [`${left} not tried yet`] : []),
  ];
  return `${parts.join(', ')}.`;
}
