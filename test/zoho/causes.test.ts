import { readRevokeAnswer, readTokenAnswer } from '../../src/zoho/answers';
import { explainConnect, explainRefresh } from '../../src/zoho/causes';
import { ZohoError } from '../../src/zoho/errors';
import type { ConnectFacts, RefreshFacts } from '../../src/zoho/facts';

const client = { dataCenter: 'us', home: 'us', hasOwnSecret: false, workedAt: null } as const;
const uri = 'http://localhost:3000/oauth/callback';
const connecting: ConnectFacts = {
  ...client,
  asked: 'us',
  codeAge: 5,
  consents: 1,
  redirectUri: uri,
  redirectUriNow: uri,
  scopes: ['ZohoCRM.modules.ALL'],
};
const worked = '2026-11-26T09:00:00.000Z';
const refreshing: RefreshFacts = {
  ...client,
  workedAt: worked,
  requests: 1,
  newer: [],
  others: 0,
  refusedOthers: 0,
  refreshedAt: worked,
};
const inEurope = { dataCenter: 'eu' } as const;
const throttle = { error: 'Access Denied', status: 'failure', error_description: '…' };
const twenty = Array.from({ length: 20 }, (_, index) => `c-${index + 1}`);

/** The code under which an answer of Zoho's is known, read as it comes. */
function codeOf(body: unknown, operation: 'connect' | 'refresh', status = 200): string {
  try {
    readTokenAnswer({ status, body: JSON.stringify(body), retryAfter: null }, operation);
  } catch (error) {
    if (error instanceof ZohoError) return error.code;
  }
  throw new Error('the answer was taken for a good one');
}

describe('at a connect', () => {
  // What Zoho answered, what was known, the likeliest cause, and the next step.
  it.each<[error: string, facts: Partial<ConnectFacts>, cause: RegExp, next: RegExp]>([
    [
      'invalid_code',
      { codeAge: 200 },
      /3 minutes after you left.*most likely it was too old.*another data centre than United States/,
      /do not wait/,
    ],
    [
      'invalid_code',
      { codeAge: 75, ...inEurope },
      /75 seconds after you left for Zoho.*most likely it was too old\.$/,
      /^Connect again/,
    ],
    [
      'invalid_code',
      { codeAge: 12 },
      /not too old.*most likely the account lives at another data centre than United States/,
      /data centre chosen/,
    ],
    [
      'invalid_code',
      { codeAge: 12, ...inEurope },
      /not too old.*most likely another program had used it/,
      /^Connect again/,
    ],
    ['invalid_grant', { codeAge: 200 }, /most likely it was too old/, /^Connect again/],
    ['invalid_token', { codeAge: 200 }, /most likely it was too old/, /^Connect again/],
    [
      'invalid_client',
      {},
      /the client ID or the secret is not the one.*Otherwise the account lives at another data centre/,
      /api-console\.zoho\.com.*data centre chosen/,
    ],
    [
      'invalid_client',
      inEurope,
      /registered in United States: most likely Europe is not switched on for it, or it has a secret of its own/,
      /api-console\.zoho\.com.*switch Europe on/,
    ],
    [
      'invalid_client',
      { ...inEurope, hasOwnSecret: true },
      /not switched on for it, or the secret that is stored for Europe/,
      /switch Europe on/,
    ],
    [
      'invalid_client',
      { workedAt: worked },
      /worked there at 2026-11-26T09:00:00Z.*deleted or its secret was made anew.*Otherwise the account lives/,
      /compare its ID/,
    ],
    [
      'invalid_client',
      { ...inEurope, workedAt: worked },
      /deleted, Europe was switched off for it or its secret was made anew/,
      /paste it on the page Clients/,
    ],
    ['invalid_client', { home: null }, /does not know this client/, /page Clients/],
    ['invalid_client_secret', {}, /not copied whole/, /save the secret again/],
    [
      'invalid_client_secret',
      inEurope,
      /has a secret of its own in Europe/,
      /under “Data centres with a secret of their own”/,
    ],
    [
      'invalid_client_secret',
      { ...inEurope, hasOwnSecret: true },
      /stored for Europe is another data centre’s/,
      /api-console/,
    ],
    ['invalid_client_secret', { workedAt: worked }, /made anew in the API console since/, /save the secret again/],
    [
      'invalid_redirect_uri',
      {},
      /final slash, the scheme, the port, or localhost for 127\.0\.0\.1/,
      /Register http:\/\/localhost:3000\/oauth\/callback/,
    ],
    ['invalid_redirect_uri', { redirectUri: `${uri}/` }, /differs by the final slash/, /Register/],
    ['invalid_redirect_uri', { redirectUri: uri.replace('3000', '3001') }, /differs by the port/, /Register/],
    [
      'invalid_redirect_uri',
      { redirectUri: uri.replace('localhost', '127.0.0.1') },
      /differs by the host name/,
      /Register/,
    ],
    ['invalid_redirect_uri', { redirectUri: uri.replace('http:', 'https:') }, /differs by the scheme/, /Register/],
    ['Access Denied', { consents: 10 }, /has had 10 consents in ten minutes, and Zoho allows ten/, /Wait ten minutes/],
    [
      'Access Denied',
      { consents: 1 },
      /1 consent in ten minutes here.*another program uses the same client/,
      /Wait ten minutes/,
    ],
    ['access_denied', { consents: 2 }, /another program uses the same client/, /Wait ten minutes/],
    [
      'invalid_scope',
      { scopes: ['ZohoCRM.modules.ALLL'] },
      /“ZohoCRM\.modules\.ALLL” is not in Zoho’s lists\. Did you mean ZohoCRM\.modules\.ALL\?/,
      /Correct/,
    ],
    ['invalid_scope', {}, /does not know one of the scopes/, /Correct/],
    ['missing_org_info', {}, /organisation/, /Server-based Application/],
    ['unauthorized_client', {}, /this kind of client/, /Server-based Application/],
    ['unsupported_grant_type', {}, /this kind of client/, /Server-based Application/],
    ['general_error', {}, /internal error/, /Connect again/],
    ['something_new', {}, /not documented \(something_new\)/, /Try again/],
  ])('%s with %j is explained', (error, facts, cause, next) => {
    const words = explainConnect(codeOf({ error }, 'connect'), { ...connecting, ...facts });
    expect(words.sentence).toMatch(cause);
    expect(words.next).toMatch(next);
  });

  it.each<[code: string, cause: RegExp]>([
    ['declined', /You declined/],
    ['too_many_consents', /ten consents in ten minutes/],
    ['refused', /ended the consent with an error/],
    ['no_refresh_token', /no refresh token/],
    ['expired', /open for more than ten minutes/],
    ['unknown_data_center', /data centre that is not Zoho’s/],
    ['constructor', /not documented \(constructor\)/],
  ])('%s, which the callback tells, has its own words', (code, cause) => {
    expect(explainConnect(code, connecting).sentence).toMatch(cause);
  });
});

describe('at a refresh', () => {
  it.each<[error: string, facts: Partial<RefreshFacts>, cause: RegExp, next: RegExp]>([
    [
      'invalid_code',
      {},
      /worked at 2026-11-26T09:00:00Z.*revoked at Zoho \(My Account.*Otherwise newer ones pushed it out/,
      /Reconnect/,
    ],
    [
      'invalid_code',
      { newer: twenty, others: 20 },
      /It was pushed out.*20 newer ones were made for “c-18”, “c-19”, “c-20” and 17 more/,
      /disconnect what is not needed/,
    ],
    [
      'invalid_code',
      { newer: ['a', 'b'], others: 3 },
      /revoked at Zoho.*2 newer ones were made here \(“a”, “b”\), others perhaps elsewhere/,
      /Reconnect/,
    ],
    [
      'invalid_code',
      { newer: ['a'], others: 2, refusedOthers: 2 },
      /All 2 other connections.*the app was removed at Zoho.*new password/,
      /Reconnect/,
    ],
    ['invalid_code', { newer: ['a'], others: 1, refusedOthers: 1 }, /The other connection of this user/, /Reconnect/],
    [
      'invalid_code',
      { refreshedAt: null, workedAt: null },
      /never worked here.*another data centre than United States/,
      /Reconnect/,
    ],
    ['invalid_grant', {}, /no longer accepts the refresh token/, /Reconnect/],
    ['invalid_token', {}, /no longer accepts the refresh token/, /Reconnect/],
    ['invalid_client', {}, /worked there at.*deleted or its secret was made anew/, /compare its ID/],
    ['invalid_client', { ...inEurope, workedAt: null }, /most likely Europe is not switched on/, /switch Europe on/],
    ['invalid_client_secret', {}, /made anew in the API console since/, /save the secret again/],
    ['invalid_client_secret', { ...inEurope, hasOwnSecret: true }, /made anew/, /save the secret of Europe again/],
    [
      'Access Denied',
      { requests: 3 },
      /asked 3 times in ten minutes.*another program refreshes the same token/,
      /nothing is lost/,
    ],
    ['Access Denied', { requests: 10 }, /asked 10 times in ten minutes, and Zoho allows ten\./, /nothing is lost/],
    ['access_denied', { requests: 1 }, /asked once in ten minutes.*another program/, /nothing is lost/],
    ['general_error', {}, /internal error/, /Try again/],
    ['missing_org_info', {}, /organisation/, /Server-based Application/],
  ])('%s with %j is explained', (error, facts, cause, next) => {
    const words = explainRefresh(codeOf(error === 'Access Denied' ? throttle : { error }, 'refresh'), {
      ...refreshing,
      ...facts,
    });
    expect(words.sentence).toMatch(cause);
    expect(words.next).toMatch(next);
  });

  it.each<[what: string, status: number, body: unknown, cause: RegExp]>([
    ['400 without an error word', 400, {}, /not understood/],
    ['400 with the throttle', 400, throttle, /too many token requests/],
    ['a 500 with a word', 500, { error: 'invalid_code' }, /having problems/],
  ])('%s is explained', (_what, status, body, cause) => {
    expect(explainRefresh(codeOf(body, 'refresh', status), refreshing).sentence).toMatch(cause);
  });
});

it.each(['invalid_code', 'invalid_token'])('at a revocation %s means that the token is gone', (error) => {
  const body = JSON.stringify({ error });
  expect(readRevokeAnswer({ status: 400, body, retryAfter: null }, 'older')).toBe('yes');
});
