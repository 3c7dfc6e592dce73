import { readdirSync, readFileSync } from 'node:fs';

/** Microseconds that a process and all that it has started have computed; Linux counts them in hundredths of a second. */
export function cpuOf(pid) {
  const processes = readdirSync('/proc').flatMap((name) => statOf(name) ?? []);
  const wanted = new Set([pid]);
  // Parents are older than what they start, but numbers begin anew some day: so until nothing is added.
  for (let size = 0; size !== wanted.size;) {
    size = wanted.size;
    for (const { pid: own, parent } of processes) if (wanted.has(parent)) wanted.add(own);
  }
  return processes.filter((each) => wanted.has(each.pid)).reduce((sum, { ticks }) => sum + ticks * 10_000, 0);
}

function statOf(name) {
  if (!/^\d+$/.test(name)) return null;
  try {
    const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1].split(' ');
    // Its own time, and that of what it has started and seen end.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid: Number(name), parent: Number(fields[1]), ticks };
  } catch {
    return null; // It has just ended.
  }
}

/** What a process holds in memory, in MB. */
export function memoryOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}
