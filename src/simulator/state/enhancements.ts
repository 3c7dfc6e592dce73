/** Tokens that allow to ask a person for more scopes; each names the refresh token that they are for. */
export interface Enhancements {
  add(value: string, enhancement: Enhancement): void;
  /** Undefined when there is none, or when its time is over. */
  find(value: string | undefined): Enhancement | undefined;
  remove(value: string): void;
}

export interface Enhancement {
  readonly refreshToken: string;
  readonly expiresAt: number;
}

export function createEnhancements(now: () => number): Enhancements {
  const byValue = new Map<string, Enhancement>();
  return {
    add: (value, enhancement) => void byValue.set(value, enhancement),
    find(value) {
      const found = value === undefined ? undefined : byValue.get(value);
      return found !== undefined && now() < found.expiresAt ? found : undefined;
    },
    remove: (value) => void byValue.delete(value),
  };
}
