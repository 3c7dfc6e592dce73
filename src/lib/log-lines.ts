import { plainText } from './text';

const levels = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'WARN'],
  [50, 'ERROR'],
  [60, 'FATAL'],
]);

/** A line of the log as people read it at a terminal: time, level, message, and what else it tells. */
export function readableLine(line: string): string {
  const { level, time, msg, stack, pid: _pid, hostname: _hostname, ...fields } = entryOf(line);
  if (typeof level !== 'number' || typeof time !== 'number' || typeof msg !== 'string') return line;
  const clock = new Date(time).toTimeString().slice(0, 8);
  const told = Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : ` ${name}=${shown(value)}`));
  const frames = typeof stack === 'string' ? stack.split('\n').map((frame) => `\n    ${plainText(frame)}`) : [];
  const word = (levels.get(level) ?? String(level)).padEnd(5);
  return `${clock} ${word} ${plainText(msg)}${told.join('')}${frames.join('')}\n`;
}

function entryOf(line: string): Partial<Record<string, unknown>> {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null ? { ...entry } : {};
  } catch {
    return {};
  }
}

/** In quotes where it has blanks, and without what a terminal would obey. */
function shown(value: unknown): string {
  const text = plainText(typeof value === 'string' ? value : JSON.stringify(value));
  return /^[^\s"]+$/.test(text) ? text : JSON.stringify(text);
}
