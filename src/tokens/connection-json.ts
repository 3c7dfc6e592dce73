import { type Budget, readBudgets } from './budget';
import { statusOf } from '../connections/status';
import type { ConnectionRow } from '../store/schema';
import type { Context } from '../context';
import { iso } from '../lib/time';
import { explain } from '../zoho/messages';
import { storedScopes } from '../zoho/scopes';

/** A connection as programs see it, at the API and on the command line. Holds no token. */
export type ConnectionJson = ReturnType<typeof jsonOf>;

export async function connectionsJson(context: Context, rows: readonly ConnectionRow[]): Promise<ConnectionJson[]> {
  const now = context.now();
  const budgets = await readBudgets(context.store, rows, 'program', now);
  return rows.flatMap((row, index) => {
    const budget = budgets[index];
    return budget ? [jsonOf(row, budget, now)] : [];
  });
}

function jsonOf(row: ConnectionRow, budget: Budget, now: Date) {
  return {
    name: row.name,
    status: statusOf(row, now),
    client_id: row.client_id,
    data_center: row.data_center,
    api_domain: row.api_domain,
    scopes: storedScopes(row.scopes),
    expires_at: row.access_token_expires_at,
    refreshed_at: row.refreshed_at,
    connected_at: row.connected_at,
    user: { zuid: row.zuid, name: row.user_name, email: row.user_email },
    organisation: row.organisation,
    problem: row.error_code === null ? null : { code: row.error_code, detail: wordsOf(row.error_code) },
    budget: {
      used: budget.tenMinutes.used,
      limit: budget.tenMinutes.limit,
      next_at: budget.free ? null : iso(budget.freeAt),
    },
  };
}

function wordsOf(problem: string): string {
  const { sentence, next } = explain(problem, 'refresh');
  return `${sentence} ${next}`;
}
