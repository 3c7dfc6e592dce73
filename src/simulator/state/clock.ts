/** The simulator's time: the machine's, moved by whatever a test or a person asked for. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  advance(seconds: number): void;
  /** Takes back some of what it was moved forward by. */
  retreat(seconds: number): void;
  /** How far it is ahead of the machine's, in milliseconds. */
  ahead(): number;
  /** Sets how far it is. */
  set(ahead: number): void;
}

/** The last one that a Date can hold. */
const lastMoment = 8.64e15;

export function createClock(): Clock {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    ahead: () => offset,
    set(ahead) {
      offset = ahead;
    },
    advance(seconds) {
      if (!(seconds >= 0)) throw new RangeError('the clock only moves forward, by seconds');
      if (Date.now() + offset + seconds * 1000 > lastMoment) throw new RangeError('no calendar goes that far');
      offset += seconds * 1000;
    },
    retreat(seconds) {
      offset = Math.max(0, offset - seconds * 1000);
    },
  };
}
