import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { family, type Sample } from './exposition';

/** Under the names that dashboards for Node know, from prom-client. */
export function createProcessMetrics(): () => string[] {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  return () => {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed } = process.memoryUsage();
    const lag = [delay.percentile(99), delay.max].map((nanoseconds) => nanoseconds / 1e9);
    delay.reset();
    return [
      ...own('process_cpu_seconds_total', 'counter', 'User and system CPU time.', (user + system) / 1e6),
      ...own('process_start_time_seconds', 'gauge', 'Start, in Unix time.', Math.round(performance.timeOrigin / 1000)),
      ...own('process_resident_memory_bytes', 'gauge', 'Resident memory.', rss),
      ...own('nodejs_heap_size_used_bytes', 'gauge', 'Heap in use.', heapUsed),
      ...own('nodejs_eventloop_lag_p99_seconds', 'gauge', 'Lag since the last scrape, 99th percentile.', lag[0] ?? 0),
      ...own('nodejs_eventloop_lag_max_seconds', 'gauge', 'Lag since the last scrape, the longest.', lag[1] ?? 0),
      ...family('nodejs_active_resources', 'gauge', 'What keeps the event loop busy, by type.', resources(), ''),
      ...openFiles(),
    ];
  };
}

function own(name: string, type: 'counter' | 'gauge', help: string, value: number): string[] {
  return family(name, type, help, [[{}, value]], '');
}

function resources(): Sample[] {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]): Sample => [{ type }, count]);
}

/** Linux alone tells. */
function openFiles(): string[] {
  try {
    return own('process_open_fds', 'gauge', 'Open files and sockets.', readdirSync('/proc/self/fd').length);
  } catch {
    return [];
  }
}
