import { constants, openSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { codeOf } from './errors';
import { readableLine } from './log-lines';

/** How much may wait while nobody reads, in bytes. What comes beyond it is dropped and counted. */
const room = 1024 * 1024;
/** Milliseconds until the next try. */
const pause = 100;

export interface LogOutput {
  write(line: string): void;
}

/**
 * Where log lines go, as JSON or, to a terminal, in a form for people. It never throws and never waits: a full disk, or a
 * reader that stopped, costs lines only.
 */
export function createLogOutput(fd = stdout()): LogOutput {
  const bytesOf = isatty(fd) ? (line: string) => Buffer.from(readableLine(line)) : (line: string) => Buffer.from(line);
  const waiting: Buffer[] = [];
  let bytes = 0;
  let lost = 0;
  let isTorn = false;
  let timer: NodeJS.Timeout | undefined;

  function write(line: string): void {
    const data = bytesOf(line);
    if (bytes + data.length > room) return void (lost += 1);
    waiting.push(data);
    bytes += data.length;
    if (timer === undefined) flush();
  }

  function flush(): void {
    timer = undefined;
    for (let line = waiting[0]; line !== undefined; line = waiting[0]) {
      const outcome = lost === 0 ? attempt(line) : attempt(notice());
      if (outcome === 'later') return void (timer = setTimeout(flush, pause).unref());
      if (lost > 0 && outcome === 'written') lost = 0;
      else take();
      if (outcome === 'lost') lost += 1;
    }
  }

  /** A line that was written in part stays torn: whoever reads the log sees the next one begin on its own. */
  function attempt(line: Buffer): 'written' | 'lost' | 'later' {
    try {
      const data = isTorn ? Buffer.concat([newline, line]) : line;
      isTorn = writeSync(fd, data) < data.length;
      return isTorn ? 'lost' : 'written';
    } catch (error) {
      return codeOf(error) === 'EAGAIN' ? 'later' : 'lost';
    }
  }

  function take(): void {
    bytes -= waiting.shift()?.length ?? 0;
  }

  function notice(): Buffer {
    const fields = {
      level: 40,
      time: Date.now(),
      lines: lost,
      msg: 'log lines were lost: stdout could not be written',
    };
    return bytesOf(`${JSON.stringify(fields)}\n`);
  }

  return { write };
}

const newline = Buffer.from('\n');

/** Node has made a pipe or socket non-blocking by the time that somebody has touched `process.stdout`; a terminal not. */
function stdout(): number {
  const { fd } = process.stdout;
  if (!isatty(fd)) return fd;
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch {
    return fd;
  }
}
