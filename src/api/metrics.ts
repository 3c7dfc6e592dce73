import type { Request, Response } from 'express';
import type { Keeper } from '../keeper';
import { type Status, statuses } from '../connections/status';
import { countConnections } from '../connections/connections';
import { createRefreshCounts } from '../tokens/refresh-counts';
import { iso } from '../lib/time';
import { version } from '../lib/version';
import { backupState } from '../maintenance/backup-watch';
import { keyOf } from './authentication';

/** How token requests ended, since this process started. */
export interface TokenCounts {
  /** `ok`, or the code of a Problem. */
  add(result: string): void;
  entries(): [string, number][];
}

export function tokenCounts(): TokenCounts {
  const counts = new Map<string, number>([['ok', 0]]);
  return {
    add: (result) => void counts.set(result, (counts.get(result) ?? 0) + 1),
    entries: () => [...counts],
  };
}

/** The text format of Prometheus. Names no connection, and still needs a key for all of them. */
export function metrics(keeper: Keeper, counts: TokenCounts) {
  const { store, keyLimits, now } = keeper;
  const countRefreshes = createRefreshCounts(keeper);
  return async (req: Request, res: Response): Promise<void> => {
    await keyLimits.requireAll(keyOf(req), req.ip ?? null);
    const { byStatus, throttled } = await countConnections(store, iso(now()));
    const active = (byStatus.get('active') ?? 0) - throttled;
    const counted = new Map<Status, number>([...byStatus, ['active', active], ['throttled', throttled]]);
    const connections = statuses.map((status): Sample => [{ status }, counted.get(status) ?? 0]);
    const refreshes = (await countRefreshes()).map((line): Sample => {
      return [{ result: line.result, requested_by: line.requested_by }, line.count];
    });
    const backups = await backupState(keeper);
    const lastBackup = 'When the last daily backup was made, in Unix time; 0 without one.';
    const requests = counts.entries().map(([result, count]): Sample => [{ result }, count]);
    res.type('text/plain; version=0.0.4').send(
      [
        ...family('build_info', 'gauge', 'Which version this is.', [[{ version, node: process.version }, 1]]),
        ...family('connections', 'gauge', 'Connections by status.', connections),
        // A gauge, since the ledger forgets: a counter that falls would look like a restart.
        ...family('refreshes', 'gauge', 'Token refreshes of the last 30 days, from the ledger.', refreshes),
        ...family('token_requests_total', 'counter', 'Token requests of programs to this process.', requests),
        ...(backups === null
          ? []
          : family('last_backup_timestamp_seconds', 'gauge', lastBackup, [[{}, seconds(backups.last)]])),
        '',
      ].join('\n'),
    );
  };
}

type Sample = [labels: Record<string, string>, value: number];

function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string[] {
  const full = `zoho_token_keeper_${name}`;
  const lines = samples.map(([labels, value]) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${full}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
  });
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, ...lines];
}

function seconds(time: Date | null): number {
  return time === null ? 0 : Math.floor(time.getTime() / 1000);
}

/** A result may be a word of Zoho's, so it can hold anything. */
function escaped(text: string): string {
  return text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');
}
