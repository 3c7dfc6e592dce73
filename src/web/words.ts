import type { RequestedBy } from '../store/schema';

export type Tone = 'good' | 'wait' | 'bad' | 'off';

/** `iso` for <time datetime> and the scripts, `words` for people without script, e.g. "in 52 minutes". */
export interface Moment {
  iso: string;
  words: string;
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

export function moment(iso: string, now: Date): Moment {
  return { iso, words: relativeWords((Date.parse(iso) - now.getTime()) / 1000) };
}

/** A sentence in pieces: plain text, and the times in it (see atTime). */
export function piecesOf(sentence: string, now: Date): (string | Moment)[] {
  return sentence
    .split(/(\bat \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/)
    .map((piece, index) => (index % 2 === 0 ? piece : moment(piece.slice('at '.length), now)));
}

function relativeWords(seconds: number): string {
  const size = Math.abs(seconds);
  if (size < 45) return seconds < 0 ? 'just now' : 'in a moment';
  if (size < 90 * 60) return relative.format(Math.round(seconds / 60), 'minute');
  if (size < 36 * 3600) return relative.format(Math.round(seconds / 3600), 'hour');
  return relative.format(Math.round(seconds / 86400), 'day');
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} seconds`;
  return `${Math.round(seconds / 60)} minutes`;
}

export const requestedByWords: Readonly<Record<RequestedBy, string>> = {
  connect: 'on connecting',
  person: 'by hand',
  program: 'for a program',
  schedule: 'automatically',
};
