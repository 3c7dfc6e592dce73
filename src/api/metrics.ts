import type { Request, Response } from 'express';
import { oldestFailure } from '../alerts/watch';
import { countConnections } from '../connections/connections';
import { type Status, statuses } from '../connections/status';
import type { Keeper } from '../keeper';
import type { Counter } from '../lib/counters';
import { addSeconds, iso } from '../lib/time';
import { version } from '../lib/version';
import { backupState } from '../maintenance/backup-watch';
import { mostUsed, refreshLimit } from '../tokens/budget';
import { createRefreshCounts } from '../tokens/refresh-counts';
import { keyOf } from './authentication';
import { family, histogram, type Sample } from './exposition';
import { createProcessMetrics } from './process-metrics';

/** Seconds for which what the database said is told again, however many programs look. */
const keptFor = 5;

/** The text format of Prometheus. Names no connection, and still needs a key for all of them. */
export function metrics(keeper: Keeper) {
  const { keyLimits, counts } = keeper;
  const readStored = createStoredMetrics(keeper);
  const processMetrics = createProcessMetrics();
  return async (req: Request, res: Response): Promise<void> => {
    await keyLimits.requireAll(keyOf(req), req.ip ?? null);
    const lines = [
      ...family('build_info', 'gauge', 'Which version this is.', [[{ version, node: process.version }, 1]]),
      ...(await readStored()),
      ...histogram('refresh_duration_seconds', 'How long refreshes of this process took.', counts.refreshes),
      ...counted('token_requests_total', 'Token requests of programs to this process.', counts.tokenRequests),
      ...counted('requests_total', 'Requests to this process, by class and status.', counts.requests),
      ...counted('calls_total', 'Calls to Zoho through the proxy of this process.', counts.calls),
      ...counted('alert_deliveries_total', 'Attempts of this process to deliver alerts.', counts.deliveries),
      ...(await backupMetrics(keeper)),
      ...processMetrics(),
    ];
    res.type('text/plain; version=0.0.4').send([...lines, ''].join('\n'));
  };
}

function counted(name: string, help: string, counter: Counter): string[] {
  const samples = counter.series().map(({ labels, count }): Sample => [labels, count]);
  return family(name, 'counter', help, samples);
}

function createStoredMetrics(keeper: Keeper): () => Promise<string[]> {
  const countRefreshes = createRefreshCounts(keeper);
  const { now } = keeper;
  let kept = { at: new Date(0), lines: [] as string[] };
  return async () => {
    const time = now();
    if (time < kept.at || time >= addSeconds(kept.at, keptFor)) kept = { at: time, lines: await read() };
    return kept.lines;
  };

  async function read(): Promise<string[]> {
    const refreshes = (await countRefreshes()).map((line): Sample => {
      return [{ result: line.result, requested_by: line.requested_by }, line.count];
    });
    const failing = seconds(await oldestFailure(keeper));
    return [
      ...family('connections', 'gauge', 'Connections by status.', await connectionSamples(keeper)),
      // A gauge, since the ledger forgets: a counter that falls would look like a restart.
      ...family('refreshes', 'gauge', 'Token refreshes of the last 30 days, from the ledger.', refreshes),
      ...gauge('oldest_failure_timestamp_seconds', 'Since when the longest failing connection fails, or 0.', failing),
      ...gauge('refresh_budget_used', 'The most refreshes of one token in ten minutes.', await mostUsed(keeper)),
      ...gauge('refresh_budget_limit', 'How many of them programs may cause.', refreshLimit),
    ];
  }
}

async function connectionSamples({ store, now }: Keeper): Promise<Sample[]> {
  const { byStatus, throttled } = await countConnections(store, iso(now()));
  const active = (byStatus.get('active') ?? 0) - throttled;
  const all = new Map<Status, number>([...byStatus, ['active', active], ['throttled', throttled]]);
  return statuses.map((status): Sample => [{ status }, all.get(status) ?? 0]);
}

async function backupMetrics(keeper: Keeper): Promise<string[]> {
  const state = await backupState(keeper);
  if (state === null) return [];
  const { last, drill } = state;
  return [
    ...gauge('last_backup_timestamp_seconds', 'When the last daily backup was made, or 0.', seconds(last)),
    ...gauge(
      'restore_proven_timestamp_seconds',
      'When a backup was last restored as a drill, or 0.',
      seconds(drill.provenAt),
    ),
  ];
}

function gauge(name: string, help: string, value: number): string[] {
  return family(name, 'gauge', help, [[{}, value]]);
}

/** Unix time. */
function seconds(time: Date | null): number {
  return time === null ? 0 : Math.floor(time.getTime() / 1000);
}
