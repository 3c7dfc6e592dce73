const full = process.env['FULL'] === '1';

/** How often something is tried: a few times usually, as often as a release deserves in `npm run test:full`. */
export function times(usually: number, inFull: number): number {
  return full ? inFull : usually;
}

/** A time limit for a test that uses `times`, in milliseconds: of its own, or an hour. */
export function limit(usually: number): number {
  return full ? 3_600_000 : usually;
}

/** What holds for a computer that has nothing else to do: the full run has it to itself. */
export const isQuiet = full;
