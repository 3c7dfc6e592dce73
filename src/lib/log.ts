type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** JSON lines; pino's shape, so that tests can pass their own. Give it names and codes, never errors of libraries. */
export interface Log {
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
}
