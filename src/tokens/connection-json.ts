import { type Budget, readBudgets } from './budget';
import { explainConnection } from '../connections/explanations';
import { statusOf } from '../connections/status';
import type { ConnectionRow } from '../store/schema';
import type { Context } from '../context';
import { iso } from '../lib/time';
import { storedScopes } from '../zoho/scopes';

/** A connection as programs see it, at the API and on the command line. Holds no token. */
export type ConnectionJson = ReturnType<typeof jsonOf>;

export async function connectionsJson(context: Context, rows: readonly ConnectionRow[]): Promise<ConnectionJson[]> {
  const now = context.now();
  const budgets = await readBudgets(context.store, rows, 'program', now);
  const problems = await Promise.all(rows.map((row) => problemIn(context, row)));
  return rows.flatMap((row, index) => {
    const budget = budgets[index];
    return budget ? [jsonOf(row, problems[index] ?? null, budget, now)] : [];
  });
}

function jsonOf(row: ConnectionRow, problem: { code: string; detail: string } | null, budget: Budget, now: Date) {
  return {
    name: row.name,
    label: row.label,
    tags: row.tags === '' ? [] : row.tags.split(' '),
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
    problem,
    budget: {
      used: budget.tenMinutes.used,
      limit: budget.tenMinutes.limit,
      next_at: budget.free ? null : iso(budget.freeAt),
    },
  };
}

async function problemIn(context: Context, row: ConnectionRow): Promise<{ code: string; detail: string } | null> {
  if (row.error_code === null) return null;
  const { sentence, next } = await explainConnection(context, row);
  return { code: row.error_code, detail: `${sentence} ${next}` };
}
