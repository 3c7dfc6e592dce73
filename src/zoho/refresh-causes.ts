import { atTime } from '../lib/time';
import { clientCauses, countryOf } from './client-causes';
import type { Cause, Causes, RefreshFacts } from './facts';

/** How many refresh tokens Zoho keeps for a user and a client: one more ends the oldest (docs/zoho.md, "Limits"). */
export const slotLimit = 20;

export const refreshCauses: Causes<RefreshFacts> = {
  ...clientCauses,
  invalid_code: (facts) => {
    const cause = ended(facts);
    return { ...cause, sentence: `Zoho no longer accepts the refresh token (invalid_code). ${cause.sentence}` };
  },
  throttled: ({ requests }) => {
    const what = 'Zoho has had too many token requests and refuses more of them for a while (Access Denied).';
    const asked = `The Keeper asked ${requests === 1 ? 'once' : `${requests} times`} in ten minutes, and Zoho allows ten`;
    // The Keeper stops before the limit: whatever is missing was asked by somebody else.
    const cause = requests >= 10 ? `${asked}.` : `${asked}: most likely another program refreshes the same token.`;
    const next = 'Wait: nothing is lost. Asking sooner would make the block longer.';
    return { sentence: `${what} ${cause}`, next: `${next} Programs that ask the Keeper share one token without this.` };
  },
};

function ended(facts: RefreshFacts): Cause {
  const { newer, others, refusedOthers, refreshedAt } = facts;
  const worked = refreshedAt === null ? '' : `It worked ${atTime(new Date(refreshedAt))}. `;
  if (newer.length >= slotLimit) {
    const sentence = `${worked}It was pushed out: Zoho keeps ${slotLimit} refresh tokens of a user for a client, and ${newer.length} newer ones were made for ${listed(newer)}.`;
    return {
      sentence,
      next: 'Reconnect, and disconnect what is not needed: each reconnect pushes out the oldest else.',
    };
  }
  if (others > 0 && refusedOthers === others) {
    const all = others === 1 ? 'The other connection' : `All ${others} other connections`;
    const sentence = `${worked}${all} of this user and client ended as well: most likely the app was removed at Zoho (My Account, Sessions, Connected Apps), or all API tokens were ended with a new password.`;
    return { sentence, next: 'Reconnect.' };
  }
  if (refreshedAt === null) {
    const sentence = `It never worked here: most likely it belongs to another data centre than ${countryOf(facts)}, or to another client.`;
    return { sentence, next: 'Reconnect.' };
  }
  const made =
    newer.length === 0
      ? ''
      : ` ${newer.length} newer ${newer.length === 1 ? 'one was' : 'ones were'} made here (${listed(newer)}), others perhaps elsewhere.`;
  const pushed = `Otherwise newer ones pushed it out, as Zoho keeps ${slotLimit} of a user for a client.${made}`;
  const removed =
    'Most likely it was revoked at Zoho (My Account, Sessions, Connected Apps), by hand or with a new password.';
  return { sentence: `${worked}${removed} ${pushed}`, next: 'Reconnect.' };
}

/** The latest names, the ones that tell most; the others are counted. */
function listed(names: readonly string[]): string {
  const shown = names.slice(-3).map((name) => `“${name}”`);
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ');
}
