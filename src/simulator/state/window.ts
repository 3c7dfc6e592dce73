/**
 * Counts requests per key in a sliding window. Refused ones count as well: whoever keeps asking stays locked out.
 */
export interface RequestWindow {
  /** Counts one request and says whether it is within the limit. */
  admit(key: string, limit: number, seconds: number): boolean;
}

export function createWindow(now: () => number): RequestWindow {
  const times = new Map<string, number[]>();
  return {
    admit(key, limit, seconds) {
      const recent = (times.get(key) ?? []).filter((time) => time > now() - seconds * 1000);
      const admitted = recent.length < limit;
      times.set(key, [...recent, now()]);
      return admitted;
    },
  };
}
