import { createHash } from 'node:crypto';

export interface History {
  /** One line of what happened, at the virtual time. */
  note(line: string): void;
  readonly broken: string[];
  /** An invariant does not hold: one line that says which, and what was seen. */
  violate(line: string): void;
  /** The last lines, the newest at the end. */
  last(count: number): string[];
  /** Equal for equal histories. */
  hash(): string;
  readonly length: number;
}

const kept = 2000;

export function createHistory(now: () => number): History {
  const digest = createHash('sha256');
  const broken: string[] = [];
  let lines: string[] = [];
  let length = 0;

  function note(line: string): void {
    const whole = `${new Date(now()).toISOString()} ${line}`;
    digest.update(whole).update('\n');
    length++;
    lines.push(whole);
    if (lines.length > 2 * kept) lines = lines.slice(-kept);
  }

  return {
    note,
    broken,
    violate(line) {
      broken.push(line);
      note(`BROKEN ${line}`);
    },
    last: (count) => lines.slice(-count),
    hash: () => digest.copy().digest('hex').slice(0, 16),
    get length() {
      return length;
    },
  };
}
