import { type Budget, readBudgets } from './budget';
import { statusCode } from '../connections/status';
import type { ConnectionRow } from '../store/schema';
import type { Store } from '../store/store';
import { iso } from '../lib/time';
import { meaningOf } from '../zoho/messages';

/** A connection as programs see it, at the API and on the command line. Holds no token. */
export type ConnectionRecord = ReturnType<typeof recordOf>;

/** The records of these connections, in their order. */
export async function connectionRecords(
  store: Store,
  rows: readonly ConnectionRow[],
  now: Date,
): Promise<ConnectionRecord[]> {
  const budgets = await readBudgets(store, rows, 'program', now);
  return rows.flatMap((row, index) => {
    const budget = budgets[index];
    return budget ? [recordOf(row, budget, now)] : [];
  });
}

function recordOf(row: ConnectionRow, budget: Budget, now: Date) {
  return {
    name: row.name,
    status: statusCode(row, now),
    data_center: row.data_center,
    api_domain: row.api_domain,
    scopes: row.scopes.split(' '),
    expires_at: row.access_token_expires_at,
    refreshed_at: row.refreshed_at,
    connected_at: row.connected_at,
    user: { zuid: row.zuid, name: row.user_name, email: row.user_email },
    organisation: row.organisation,
    problem: row.problem === null ? null : { code: row.problem, detail: wordsOf(row.problem) },
    budget: {
      used: budget.tenMinutes.used,
      limit: budget.tenMinutes.limit,
      next_at: budget.free ? null : iso(budget.freeAt),
    },
  };
}

function wordsOf(problem: string): string {
  const { sentence, next } = meaningOf(problem, 'refresh');
  return `${sentence} ${next}`;
}
