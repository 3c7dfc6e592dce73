import BetterSqlite from 'better-sqlite3';
import { openRefreshToken } from '../../src/store/connections';
import { openAnswer, openCode } from '../../src/store/flows';
import type { ConnectionRow, FlowRow } from '../../src/store/schema';
import type { OpenStore } from '../../src/store/store';

/** Reads the database beside the Keepers, at once and in one piece: what is committed at this moment. */
export interface Observer {
  connections(): ConnectionRow[];
  refreshTokenOf(row: ConnectionRow): string | null;
  /** Exchanges under way and tokens that wait for a second yes. */
  openFlows(): FlowRow[];
  codeOf(flow: FlowRow): string | null;
  keptTokenOf(flow: FlowRow): string | null;
  revocations(): number;
  hasPendingRefresh(connectionId: string): boolean;
  close(): Promise<void>;
}

/** `store` is one of its own, for its keys. */
export function createObserver(store: OpenStore): Observer {
  const raw = new BetterSqlite(store.file ?? '', { readonly: true });
  const all = raw.prepare<[], ConnectionRow>('select * from connections order by name');
  const flows = raw.prepare<[], FlowRow>("select * from flows where status in ('exchanging', 'unconfirmed')");
  const waiting = raw.prepare<[], { count: number }>('select count(*) as count from revocations');
  const pending = raw.prepare<[string], { one: number }>(
    "select 1 as one from refreshes where connection_id = ? and result = 'pending' limit 1",
  );
  const opened = new Map<string, string>();
  return {
    connections: () => all.all(),
    refreshTokenOf(row) {
      const sealed = row.refresh_token_sealed;
      if (sealed === null) return null;
      const known = opened.get(sealed);
      if (known !== undefined) return known;
      const token = openRefreshToken(store, row) ?? '';
      opened.set(sealed, token);
      return token;
    },
    openFlows: () => flows.all(),
    codeOf: (flow) => openCode(store, flow),
    keptTokenOf(flow) {
      const text = openAnswer(store, flow);
      const answer: { refreshToken?: string } = text === null ? {} : JSON.parse(text);
      return answer.refreshToken ?? null;
    },
    revocations: () => waiting.get()?.count ?? 0,
    hasPendingRefresh: (connectionId) => pending.get(connectionId) !== undefined,
    async close() {
      raw.close();
      await store.close();
    },
  };
}
