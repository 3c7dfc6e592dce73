/** The end of a process that a closed pipe has stopped, as shells report it: 128 and the number of SIGPIPE. */
const brokenPipe = 141;

/** What was to go to stdout could not be written. Whoever watches stdout (see below) has said so already. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/** Writes to stdout and resolves when that is done. Throws an OutputError when it cannot be. */
export function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(new OutputError('stdout', { cause: error })) : resolve()));
  });
}

/** Makes a process fail when its output cannot be written: without a word where nobody reads on, as other tools do. */
export function watchOutput(): void {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    process.exitCode = code === 'EPIPE' ? brokenPipe : 1;
    if (code !== 'EPIPE') process.stderr.write(`The output could not be written (${code}).\n`);
  });
}
