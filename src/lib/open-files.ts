import { readFileSync } from 'node:fs';

/** How many files and connections this process may have open; Infinity where the system sets no limit, or does not say. */
export function openFilesAllowed(): number {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    return Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}
