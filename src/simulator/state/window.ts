/**
 * Counts requests per key in a sliding window. Refused ones count as well: whoever keeps asking stays locked out.
 */
export interface RequestWindow {
  /** Counts one request and says whether it is within the limit. */
  admit(key: string, limit: number, seconds: number): boolean;
  save(): SavedWindows;
  load(saved: SavedWindows): void;
}

export type SavedWindows = readonly (readonly [key: string, times: readonly number[]])[];

export function createWindow(now: () => number): RequestWindow {
  const times = new Map<string, number[]>();
  return {
    admit(key, limit, seconds) {
      const recent = (times.get(key) ?? []).filter((time) => time > now() - seconds * 1000);
      const admitted = recent.length < limit;
      times.set(key, [...recent, now()]);
      return admitted;
    },
    save: () => [...times],
    load(saved) {
      times.clear();
      for (const [key, seen] of saved) times.set(key, [...seen]);
    },
  };
}
