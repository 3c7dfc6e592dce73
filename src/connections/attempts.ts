import type { Context } from '../context';
import type { FlowRow } from '../store/schema';
import { type DataCenter, dataCenter } from '../zoho/data-centers';
import { type ErrorPage, errorPages, type Subject } from '../zoho/error-pages';
import { likelyVariants, type Variant } from '../zoho/redirect-uris';
import { storedScopes } from '../zoho/scopes';
import { type Doubt, doubtsAbout } from '../zoho/scope-doubts';
import { consentsBefore } from './consents';
import { homeOf } from './explanations';

/** What an attempt asked Zoho for, to lay beside what Zoho said. */
export interface Attempt {
  readonly redirectUri: string;
  /** The one that is configured now; null when it is the same. */
  readonly redirectUriNow: string | null;
  /** What is registered by mistake in its place. */
  readonly variants: readonly Variant[];
  readonly clientId: string;
  /** Where consent was asked. */
  readonly asked: DataCenter;
  /** Where the client is registered; null when it is not set up here any more. */
  readonly home: DataCenter | null;
  readonly scopes: readonly string[];
  readonly doubts: readonly Doubt[];
  readonly consents: number;
}

export async function attemptOf(context: Context, flow: FlowRow): Promise<Attempt> {
  const { redirectUri } = context.config;
  const scopes = storedScopes(flow.scopes);
  const home = await homeOf(context, flow.client_id, flow.data_center);
  return {
    redirectUri: flow.redirect_uri,
    redirectUriNow: flow.redirect_uri === redirectUri ? null : redirectUri,
    variants: likelyVariants(flow.redirect_uri),
    clientId: flow.client_id,
    asked: dataCenter(flow.data_center),
    home: home && dataCenter(home),
    scopes,
    doubts: doubtsAbout(scopes),
    consents: await consentsBefore(context, flow, new Date(flow.created_at)),
  };
}

/** Zoho's pages, those first that what is known points to. */
export function likelyPages(attempt: Attempt): { page: ErrorPage; isLikely: boolean }[] {
  const likely = new Set<Subject>([
    ...(attempt.redirectUriNow === null ? [] : (['redirect_uri'] as const)),
    ...(attempt.doubts.length === 0 ? [] : (['scopes'] as const)),
    ...(attempt.consents < 10 ? [] : (['consents'] as const)),
    ...(attempt.home === attempt.asked ? [] : (['client'] as const)),
  ]);
  const pages = errorPages.map((page) => ({ page, isLikely: likely.has(page.subject) }));
  return [...pages.filter(({ isLikely }) => isLikely), ...pages.filter(({ isLikely }) => !isLikely)];
}
