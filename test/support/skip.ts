import { writeSync } from 'node:fs';

/** Says on stderr, past Jest's own report, that something is not tested on this computer. */
export function skipAloud(what: string, why: string): void {
  writeSync(2, `\nNOT TESTED: ${what}: ${why}\n`);
}
