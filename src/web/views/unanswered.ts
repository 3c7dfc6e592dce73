import { type Attempt, attemptOf, likelyPages } from '../../connections/attempts';
import type { Keeper } from '../../keeper';
import type { FlowRow } from '../../store/schema';
import type { ErrorPage } from '../../zoho/error-pages';
import { moment, type Moment } from '../words';

export interface UnansweredView {
  id: string;
  name: string;
  started: Moment;
  attempt: Attempt;
  /** Zoho's pages; what is known points to the likely ones. */
  pages: { page: ErrorPage; isLikely: boolean }[];
}

export async function unansweredView(keeper: Keeper, flow: FlowRow): Promise<UnansweredView> {
  const attempt = await attemptOf(keeper, flow);
  return {
    id: flow.id,
    name: flow.connection_name,
    started: moment(flow.created_at, keeper.now()),
    attempt,
    pages: likelyPages(attempt),
  };
}
