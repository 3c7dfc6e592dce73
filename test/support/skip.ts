import { writeSync } from 'node:fs';

/** Says on stderr, past Jest's own report, that something is not tested on this computer. */
export function skipAloud(what: string, why: string): void {
  writeSync(2, `\nNOT TESTED: ${what}: ${why}\n`);
}

/** `it` where this computer has what the test needs; elsewhere one that is skipped, aloud and with the reason. */
export function itWhere(isPossible: boolean, what: string, why: string): typeof it {
  if (isPossible) return it;
  skipAloud(what, why);
  // The computer lacks a program or a right that `why` names: a pass would be a lie, and a failure nobody's to mend here.
  return it.skip;
}

/** The same for `describe`. */
export function describeWhere(isPossible: boolean, what: string, why: string): typeof describe {
  if (isPossible) return describe;
  skipAloud(what, why);
  // For the same reason: what it needs is not on this computer.
  return describe.skip;
}
