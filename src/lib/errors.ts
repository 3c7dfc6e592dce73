/** The `code` of an error of the system, a driver or a library; empty when it has none. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Whether this computer has no open file, port or buffer left: nobody else's fault. */
export function isExhausted(error: unknown): boolean {
  return /^(EMFILE|ENFILE|EADDRNOTAVAIL|ENOBUFS|ENOMEM)$/.test(codeOf(error));
}

/** What may be logged of an error: those of libraries may hold values; their name and stack frames do not. */
export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  const frames = error instanceof Error ? error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) : undefined;
  return {
    error: error instanceof Error ? error.name : typeof error,
    code: codeOf(error) || undefined,
    stack: frames?.slice(0, 8).join('\n'),
  };
}

/** The message is one line with the next step. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}
