import { closedLink, type OpenedLink } from '../../connections/links';
import type { Keeper } from '../../keeper';
import type { Problem } from '../../lib/problem';
import type { Explanation } from '../../zoho/errors';
import { rightsOf, type ProductRights } from '../../zoho/rights';
import { storedScopes } from '../../zoho/scopes';
import { moment, type Moment } from '../words';

/** What somebody sees who came by a link: this and nothing else of the Keeper. */
export interface OutsiderView {
  /** Who asks: the host of this installation. */
  host: string;
  done: { sentence: string; next: string } | null;
  problem: { sentence: string; next: string } | null;
  /** Null when there is nothing to press. */
  request: OutsiderRequest | null;
  isForOutsider: true;
}

interface OutsiderRequest {
  action: string;
  note: string;
  again: boolean;
  asked: ProductRights[];
  scopes: string[];
  zohoHost: string;
  expires: Moment;
}

export function outsiderView(keeper: Keeper, token: string, { link, outcome }: OpenedLink): OutsiderView {
  const { zoho, now } = keeper;
  const empty = emptyView(keeper);
  if (outcome !== null && outcome.kind !== 'failed') return { ...empty, done: doneWords[outcome.kind] };
  return {
    ...empty,
    problem: outcome && failureWords(outcome.explanation),
    request: {
      action: `/links/${token}/connect`,
      note: link.note,
      again: link.connection_id !== null,
      asked: rightsOf(storedScopes(link.scopes)),
      scopes: storedScopes(link.scopes),
      zohoHost: new URL(zoho.hosts.accountsUrl(link.data_center)).host,
      expires: moment(link.expires_at, now()),
    },
  };
}

export function closedView(keeper: Keeper, { sentence, next }: Problem = closedLink()): OutsiderView {
  return { ...emptyView(keeper), problem: { sentence, next } };
}

function emptyView({ config }: Keeper): OutsiderView {
  return { host: new URL(config.baseUrl).host, done: null, problem: null, request: null, isForOutsider: true };
}

const takeBack = 'You can take the access back at Zoho at any time: My Account, Sessions, Connected Apps.';

const doneWords = {
  connected: { sentence: 'Done: your Zoho account is connected. You can close this page.', next: takeBack },
  unconfirmed: {
    sentence: 'Done: you can close this page.',
    next: 'It is another organisation, environment or data centre than before, so whoever sent the link has to confirm it.',
  },
  unfinished: { sentence: 'Your Zoho account is being connected.', next: 'Reload this page in a moment.' },
};

/** The dashboard's words tell of things that an outsider neither knows nor can change. */
function failureWords({ code, sentence }: Explanation): NonNullable<OutsiderView['problem']> {
  switch (code) {
    case 'declined':
      return { sentence: 'You declined at Zoho, so nothing was connected.', next: 'You can begin again below.' };
    case 'too_many_consents':
      return { sentence: 'Zoho did not go on, most likely because of too many attempts.', next: 'Wait ten minutes.' };
    case 'expired':
      return {
        sentence: 'More than ten minutes went by at Zoho, so nothing was connected.',
        next: 'Begin again below.',
      };
    case 'different_user':
    case 'user_unclear':
      return {
        sentence: 'This was not the Zoho user who connected before, as far as Zoho says, so nothing was changed.',
        next: 'Sign in at Zoho as that user, then begin again below.',
      };
    case 'throttled':
    case 'zoho_unavailable':
    case 'timed_out':
    case 'connection_lost':
      return { sentence, next: 'Begin again below in a few minutes.' };
    default:
      return {
        sentence: 'That did not work, and nothing was connected.',
        next: `Begin again below. If it happens again, tell whoever sent you the link: ${code}.`,
      };
  }
}
