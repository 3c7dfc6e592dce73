import { inspect } from 'node:util';
import { readRevokeAnswer, readTokenAnswer } from '../../src/zoho/answers';
import { type Operation, type ErrorKind, ZohoError } from '../../src/zoho/errors';

const accessToken = `1000.${'a1'.repeat(16)}.${'b2'.repeat(16)}`;
const refreshToken = `1000.${'c3'.repeat(16)}.${'d4'.repeat(16)}`;
const good = {
  access_token: accessToken,
  refresh_token: refreshToken,
  scope: 'ZohoCRM.modules.ALL AaaServer.profile.READ',
  api_domain: 'https://www.zohoapis.eu',
  token_type: 'Bearer',
  expires_in: 3600,
};
const throttle = {
  error_description: 'You have made too many requests continuously. Please try again after some time.',
  error: 'Access Denied',
  status: 'failure',
};

describe('a good answer of the token endpoint', () => {
  it('is read whole', () => {
    expect(read(good)).toEqual({
      accessToken,
      refreshToken,
      expiresIn: 3600,
      apiDomain: 'https://www.zohoapis.eu',
      scopes: ['ZohoCRM.modules.ALL', 'AaaServer.profile.READ'],
    });
  });

  it.each([
    ['without a refresh token', { refresh_token: undefined }, { refreshToken: null }],
    ['with a refresh token of null', { refresh_token: null }, { refreshToken: null }],
    ['with an empty refresh token', { refresh_token: '' }, { refreshToken: null }],
    ['without scopes', { scope: undefined }, { scopes: null }],
    ['with scopes and commas', { scope: 'A.b.C,D.e.F' }, { scopes: ['A.b.C', 'D.e.F'] }],
    [
      'of an org client',
      { access_token: accessToken.replace('1000', '1005') },
      { accessToken: accessToken.replace('1000', '1005') },
    ],
    ['with members that nobody knows', { id_token: 'x', __proto__x: 1 }, { accessToken }],
    ['without a life', { expires_in: undefined }, { expiresIn: 3600 }],
    ['with its life as text', { expires_in: '1800' }, { expiresIn: 1800 }],
    [
      'with its life in milliseconds, as until 2019',
      { expires_in: 3_600_000, expires_in_sec: 3600 },
      { expiresIn: 3600 },
    ],
    ['with its life in one of two places', { expires_in_sec: null, expires_in: 1800 }, { expiresIn: 1800 }],
    ['with its life in the other', { expires_in_sec: 1800, expires_in: '' }, { expiresIn: 1800 }],
    ['with its scopes as a list', { scope: ['a.b.c', 'd.e.f'] }, { scopes: ['a.b.c', 'd.e.f'] }],
    ['with an endless life', { expires_in: 1e12 }, { expiresIn: 3600 }],
    ['with a life that is no number', { expires_in: {} }, { expiresIn: 3600 }],
    ['of a sandbox', { api_domain: 'https://sandbox.zohoapis.eu' }, { apiDomain: 'https://sandbox.zohoapis.eu' }],
    [
      'of an API domain with its port',
      { api_domain: 'https://www.zohoapis.eu:443/' },
      { apiDomain: 'https://www.zohoapis.eu' },
    ],
    ['without an API domain', { api_domain: undefined }, { apiDomain: null }],
    ['with a hostile API domain', { api_domain: 'https://www.zohoapis.eu.evil.example' }, { apiDomain: null }],
    [
      'with an API domain and credentials in it',
      { api_domain: 'https://www.zohoapis.eu@evil.example' },
      { apiDomain: null },
    ],
    ['with an API domain in clear', { api_domain: 'http://www.zohoapis.eu' }, { apiDomain: null }],
  ])('%s is usable', (_what, change, expected) => {
    expect(read({ ...good, ...change })).toMatchObject(expected);
  });

  it('is read after a byte order mark', () => {
    expect(readText(`\uFEFF${JSON.stringify(good)}`)).toMatchObject({ accessToken });
  });

  it.each([null, '', ' ', false, {}, []])('is read where every other member holds %j', (nothing) => {
    const silent = {
      error: nothing,
      refresh_token: nothing,
      scope: nothing,
      api_domain: nothing,
      token_type: nothing,
      expires_in: nothing,
      expires_in_sec: nothing,
    };
    const silence = { accessToken, refreshToken: null, scopes: null, apiDomain: null, expiresIn: 3600 };
    expect(read({ ...good, ...silent })).toEqual(silence);
  });

  it.each([0, -1, '0', '-3600', 0.5])('with a life of %j at connect brings the refresh token and no life', (life) => {
    expect(read({ ...good, expires_in: life }, 200, 'connect')).toMatchObject({ refreshToken, expiresIn: 0 });
  });

  it('is not taken from the prototype', () => {
    const text = '{"__proto__":{"access_token":"polluted"},"error":"general_error"}';
    expect(() => readText(text)).toThrow(/general_error/);
    expect({}).not.toHaveProperty('access_token');
  });
});

describe('an answer of the token endpoint that is not a good one', () => {
  const refusals: readonly (readonly [unknown, number, Operation, ErrorKind, RegExp])[] = [
    [{ error: 'invalid_code' }, 200, 'connect', 'reconnect', /refused the grant code/],
    [{ error: 'invalid_code' }, 200, 'refresh', 'reconnect', /no longer accepts the refresh token/],
    [{ error: 'invalid_client' }, 200, 'connect', 'fix_setup', /does not know this client/],
    [{ error: 'invalid_client' }, 200, 'refresh', 'fix_setup', /does not know this client/],
    [{ error: 'invalid_client_secret' }, 200, 'refresh', 'fix_setup', /refused the client secret/],
    [{ error: 'invalid_redirect_uri' }, 200, 'connect', 'fix_setup', /redirect URI differs/],
    [{ error: 'invalid_scope' }, 200, 'connect', 'fix_setup', /does not know one of the scopes/],
    [{ error: 'missing_org_info' }, 200, 'connect', 'fix_setup', /organisation/],
    [{ error: 'general_error' }, 200, 'refresh', 'retry', /reported an internal error/],
    [throttle, 200, 'refresh', 'wait', /too many token requests/],
    [throttle, 400, 'refresh', 'wait', /too many token requests/],
    [{ ...throttle, error_description: '您连续发出了太多请求。' }, 400, 'connect', 'wait', /too many token requests/],
    [{ error: 'access_denied' }, 200, 'connect', 'wait', /too many token requests/],
    [{ error: 'something_new' }, 200, 'refresh', 'retry', /not documented \(something_new\)/],
    [{ error: 'constructor' }, 200, 'refresh', 'retry', /not documented \(constructor\)/],
    [{ error: '<script>alert(1)</script>' }, 200, 'refresh', 'retry', /error that is not documented\./],
    [{ error: { code: 'invalid_code' } }, 200, 'refresh', 'retry', /not understood/],
    [{ error: '' }, 200, 'refresh', 'retry', /not understood/],
    [{ ...good, error: 'invalid_code' }, 200, 'refresh', 'reconnect', /no longer accepts/],
    [{ error: 'invalid_code' }, 500, 'refresh', 'retry', /having problems/],
    [{ error: 'invalid_client' }, 503, 'refresh', 'retry', /having problems/],
    [{}, 200, 'refresh', 'retry', /not understood/],
    [null, 200, 'refresh', 'retry', /not understood/],
    [[good], 200, 'refresh', 'retry', /not understood/],
    [42, 200, 'connect', 'reconnect', /not understood/],
    [{ ...good, access_token: '' }, 200, 'refresh', 'retry', /not understood/],
    [{ ...good, access_token: 'a'.repeat(10_240) }, 200, 'refresh', 'retry', /not understood/],
    [{ ...good, access_token: `${accessToken}\r\nX: y` }, 200, 'refresh', 'retry', /not understood/],
    [{ ...good, access_token: 12 }, 200, 'refresh', 'retry', /not understood/],
    [{ ...good, refresh_token: 7 }, 200, 'connect', 'reconnect', /not understood/],
    [{ ...good, expires_in: 0 }, 200, 'refresh', 'retry', /not understood/],
    [{ ...good, expires_in: -1 }, 200, 'refresh', 'retry', /not understood/],
    [{ ...good, access_token: null }, 200, 'refresh', 'retry', /not understood/],
    [{ error: null }, 200, 'refresh', 'retry', /not understood/],
    [{ error: 'invalid_grant' }, 200, 'refresh', 'reconnect', /no longer accepts/],
    [{ error: 'INVALID_CODE' }, 400, 'refresh', 'reconnect', /no longer accepts/],
    [good, 302, 'refresh', 'retry', /redirect/],
  ];
  it.each(refusals)('%j with status %i at %s means %s', (body, status, operation, kind, sentence) => {
    const error = errorOf(() => read(body, status, operation));
    expect(error.kind).toBe(kind);
    expect(error.sentence).toMatch(sentence);
    expect(error.next).toMatch(/^[A-Z].*\.$/);
  });

  it.each([
    ['', 200, /not understood/],
    ['<!DOCTYPE html><html></html>', 200, /not understood/],
    ['{"access_token":"1000.', 200, /not understood/],
    ['<h1>Bad gateway</h1>', 502, /having problems/],
    ['<h1>Slow down</h1>', 429, /too many token requests/],
  ])('%j with status %i is told as what it is', (text, status, sentence) => {
    expect(errorOf(() => readText(text, status)).sentence).toMatch(sentence);
  });

  it.each([
    [null, null],
    ['5', 5],
    ['0', 1],
    ['1000000000', 3600],
    ['soon', null],
    [new Date(Date.now() + 90_000).toUTCString(), 90],
  ])('with Retry-After %s makes the Keeper wait for %s seconds', (retryAfter, seconds) => {
    const answer = { status: 429, body: '{"error":"too_many_requests"}', retryAfter };
    const error = errorOf(() => readTokenAnswer(answer, 'refresh'));
    // A date has no parts of a second, so it may be one off.
    if (seconds === null) expect(error.retryAfter).toBeNull();
    else expect(Math.abs((error.retryAfter ?? Infinity) - seconds)).toBeLessThanOrEqual(1);
  });

  it('never has a token of the answer in its words', () => {
    for (const secret of [accessToken, refreshToken, 'ab12'.repeat(10)]) {
      const error = errorOf(() => read({ ...good, error: secret }));
      expect(inspect(error)).not.toContain(secret);
      expect(error.code).toBe('unnamed_error');
    }
  });
});

describe('an answer to a revocation', () => {
  it.each([
    ['success', 'older', 200, { status: 'success' }],
    ['an unknown token', 'older', 400, { error: 'invalid_token', status: 'failure' }],
    ['success', 'newer', 200, { status: 'success' }],
    ['success without a word', 'newer', 200, ''],
    ['success and an error of nothing', 'older', 200, { status: 'success', error: null }],
    ['success and an empty error', 'newer', 200, { status: 'success', error: '' }],
    ['an unknown token', 'newer', 400, { error: 'invalid_token' }],
  ] as const)('of %s at the %s path means that the token is gone', (_what, path, status, body) => {
    expect(readRevokeAnswer(answerOf(body, status), path)).toBe('yes');
  });

  it.each([
    ['an unknown token without JSON', 400, '<h1>Bad Request</h1>'],
    ['an unknown token without a word', 400, ''],
    ['a token that was revoked before', 200, { error: 'invalid_code' }],
  ])('of %s means that it may be gone', (_what, status, body) => {
    expect(readRevokeAnswer(answerOf(body, status), 'older')).toBe('perhaps');
  });

  it.each([
    ['too many requests', 400, throttle, /too many token requests/],
    ['too many requests', 429, {}, /too many token requests/],
    ['a server fault', 503, { error: 'internal_error' }, /having problems/],
    ['a web page', 200, '<html></html>', /not understood/],
    ['nothing', 200, '', /not understood/],
    ['a redirect', 307, { status: 'success' }, /redirect/],
    ['a refusal', 200, { error: 'general_error' }, /reported an internal error/],
    ['a failure', 200, { status: 'failure' }, /not understood/],
    ['a wrong client', 400, { error: 'invalid_client' }, /does not know this client/],
    ['a path that is gone', 404, '', /not understood/],
  ])('of %s (%i) means that it may still live', (_what, status, body, sentence) => {
    expect(errorOf(() => readRevokeAnswer(answerOf(body, status), 'older')).sentence).toMatch(sentence);
  });
});

function answerOf(body: unknown, status: number) {
  return { status, body: typeof body === 'string' ? body : JSON.stringify(body), retryAfter: null };
}

function read(body: unknown, status = 200, operation: Operation = 'refresh') {
  return readTokenAnswer(answerOf(body, status), operation);
}

function readText(text: string, status = 200) {
  return readTokenAnswer(answerOf(text, status), 'refresh');
}

function errorOf(work: () => unknown): ZohoError {
  try {
    work();
  } catch (error) {
    if (error instanceof ZohoError) return error;
    throw error;
  }
  throw new Error('there was no error');
}
