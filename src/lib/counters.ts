export type Labels = Readonly<Record<string, string>>;

/** Labels may hold words of others: so many series are kept at the most, and what is new beyond them is not counted. */
const mostSeries = 500;

/** Counts what happened since the process started, by labels. */
export interface Counter {
  add(labels: Labels): void;
  series(): readonly { readonly labels: Labels; readonly count: number }[];
}

/** `first` is told before it happens: a rate needs a beginning. */
export function createCounter(first?: Labels): Counter {
  const { series, at } = createSeries(() => ({ count: 0 }));
  if (first) at(first);
  return {
    add(labels) {
      const counted = at(labels);
      if (counted) counted.count += 1;
    },
    series,
  };
}

/** Counts durations in seconds by labels, and how many took no longer than each of the bounds. */
export interface Histogram {
  readonly bounds: readonly number[];
  observe(labels: Labels, seconds: number): void;
  series(): readonly {
    readonly labels: Labels;
    readonly count: number;
    readonly sum: number;
    /** One for each bound. */
    readonly within: readonly number[];
  }[];
}

export function createHistogram(bounds: readonly number[]): Histogram {
  const { series, at } = createSeries(() => ({ count: 0, sum: 0, within: bounds.map(() => 0) }));
  return {
    bounds,
    observe(labels, seconds) {
      const counted = at(labels);
      if (!counted) return;
      counted.count += 1;
      counted.sum += seconds;
      counted.within = counted.within.map((count, index) => count + (seconds <= (bounds[index] ?? 0) ? 1 : 0));
    },
    series,
  };
}

function createSeries<Value extends object>(empty: () => Value) {
  const known = new Map<string, Value & { readonly labels: Labels }>();
  return { at, series: () => [...known.values()] };

  function at(labels: Labels): Value | undefined {
    const key = Object.values(labels).join('\n');
    const found = known.get(key);
    if (found || known.size >= mostSeries) return found;
    const made = { ...empty(), labels };
    known.set(key, made);
    return made;
  }
}
