import { clientCauses, countryOf } from './client-causes';
import type { Causes, ConnectFacts } from './facts';
import { differenceWords } from './redirect-uris';
import { doubtsAbout } from './scope-doubts';

/** Zoho's pages say that a code is good for 60 seconds, two or three minutes. */
const shortestCodeLife = 60;

export const connectCauses: Causes<ConnectFacts> = {
  ...clientCauses,
  invalid_client: (facts) => {
    const cause = clientCauses['invalid_client']?.(facts) ?? null;
    if (cause === null || facts.workedAt === null || facts.asked !== facts.dataCenter) return cause;
    const elsewhere = `Otherwise the account lives at another data centre than ${countryOf(facts)}.`;
    return { ...cause, sentence: `${cause.sentence} ${elsewhere}` };
  },
  invalid_code: (facts) => {
    const { codeAge, asked, dataCenter } = facts;
    if (codeAge === null) return null;
    const what = 'Zoho refused the grant code (invalid_code).';
    // An answer that named a data centre was followed there, so only one that named none can have gone wrong.
    const isNamed = asked !== dataCenter;
    if (codeAge > shortestCodeLife) {
      const old = `It came ${spanOf(codeAge)} after you left for Zoho, and a code is good for a minute: most likely it was too old.`;
      const elsewhere = `Otherwise the account lives at another data centre than ${countryOf(facts)}, where it was exchanged.`;
      return {
        sentence: isNamed ? `${what} ${old}` : `${what} ${old} ${elsewhere}`,
        next: 'Connect again. Back at the Keeper, do not wait with it.',
      };
    }
    const young = `It was not too old, as it came ${spanOf(codeAge)} after you left for Zoho:`;
    return isNamed
      ? { sentence: `${what} ${young} most likely another program had used it before.`, next: 'Connect again.' }
      : {
          sentence: `${what} ${young} most likely the account lives at another data centre than ${countryOf(facts)}, where it was exchanged.`,
          next: 'Connect again with the account’s data centre chosen: it is the one in the address at which you sign in to Zoho.',
        };
  },
  invalid_redirect_uri: ({ redirectUri, redirectUriNow }) => {
    if (redirectUri === '') return withoutRedirectUri;
    const difference = differenceWords(redirectUri, redirectUriNow);
    const what = `The redirect URI ${redirectUri} is not the one that Zoho knows (invalid_redirect_uri).`;
    const next = `Register ${redirectUriNow} at Zoho, character by character, then connect again.`;
    if (difference === null) {
      const cause =
        'Most likely the registered one differs by a final slash, the scheme, the port, or localhost for 127.0.0.1.';
      return { sentence: `${what} ${cause}`, next };
    }
    const cause = `This attempt began with it, and since then the Keeper’s became ${redirectUriNow}, which differs ${difference}.`;
    return { sentence: `${what} ${cause}`, next };
  },
  throttled: ({ consents }) => {
    const what = 'Zoho has had too many token requests and refused this grant code (Access Denied).';
    const cause =
      consents >= 10
        ? `This client has had ${consents} consents in ten minutes, and Zoho allows ten.`
        : `This client has had ${consents === 1 ? '1 consent' : `${consents} consents`} in ten minutes here, and Zoho allows ten: most likely another program uses the same client.`;
    return { sentence: `${what} ${cause}` };
  },
  invalid_scope: ({ scopes }) => {
    const doubts = doubtsAbout(scopes).map(({ sentence, suggestion }) =>
      suggestion === null ? sentence : `${sentence} Did you mean ${suggestion}?`,
    );
    const what = 'Zoho does not know one of the scopes (invalid_scope).';
    return doubts.length === 0 ? null : { sentence: [what, ...doubts].join(' ') };
  },
};

const withoutRedirectUri = {
  sentence:
    'Zoho wants a redirect URI with this code (invalid_redirect_uri), and none was said: it was not made under Self Client.',
  next: 'Get another code, and paste the whole address that Zoho leads to, or say its redirect URI.',
};

function spanOf(seconds: number): string {
  if (seconds < 1.5) return '1 second';
  return seconds < 90 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`;
}
