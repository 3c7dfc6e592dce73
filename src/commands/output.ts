/** The exit code that shells report for a closed pipe: 128 and the number of SIGPIPE. */
const brokenPipe = 141;

/** Stdout could not be written to; watchOutput has said so already. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/** Why a command could not do its work: a line for people, with the next step. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Resolves when it is written. Throws an OutputError when it cannot be. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(new OutputError('stdout', { cause: error })) : resolve()));
  });
}

/** Makes the process fail when its output cannot be written: silently on a closed pipe, as other tools do. */
export function watchOutput(): void {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    process.exitCode = code === 'EPIPE' ? brokenPipe : 1;
    if (code !== 'EPIPE') process.stderr.write(`The output could not be written (${code}).\n`);
  });
}
