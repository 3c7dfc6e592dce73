import { faultKinds, type SimpleFaultKind } from '../../src/simulator/simulator';
import { findConnection } from '../../src/store/connections';
import { openRevocationToken } from '../../src/store/revocations';
import { pendingRevocations } from '../support/revocations';
import type { ConnectionRow } from '../../src/store/schema';
import { inProcess, type TestApp } from '../support/start';
import { times } from '../support/full';
import { pathOf, type Person, person, someName } from '../support/person';

// Written from what each fault is, not from what the program does with it.
const connectionBroke = /The connection to Zoho broke off/;
const tooLate = /Zoho did not answer in time/;
const notUnderstood = /answer (to the grant code )?was not understood, so it was not used/;
const tooMany = /too many token requests/;
const ofItsOwn = /Zoho (is having problems|reported an internal error)/;
const redirect = /answered with a redirect, which was not followed/;
const tooLarge = /far larger than any answer of Zoho’s/;
const good = null;

interface Expected {
  /** What the person reads; null when the answer is usable all the same. */
  readonly connect: RegExp | null;
  readonly refresh: RegExp | null;
  /** Seconds that the next refresh waits for. */
  readonly pause?: readonly [least: number, most: number];
  /** Whether the token counts as ended at Zoho. */
  readonly revoked: boolean;
}

const failing = (sentence: RegExp, more: Partial<Expected> = {}): Expected => ({
  connect: sentence,
  refresh: sentence,
  revoked: false,
  ...more,
});
const usable: Expected = { connect: good, refresh: good, revoked: true };
const throttled = (least: number, most: number) => failing(tooMany, { pause: [least, most] });

const expectations: Readonly<Record<SimpleFaultKind, Expected>> = {
  reset_at_connect: failing(connectionBroke),
  reset_mid_body: failing(connectionBroke),
  hang_before_headers: failing(tooLate),
  hang_after_headers: failing(tooLate),
  content_length_too_long: failing(connectionBroke),
  chunked_cut: failing(connectionBroke),
  // A token answer takes a minute at this speed, the short one to a revocation four seconds.
  drip: failing(tooLate, { revoked: true }),
  slow: usable,
  empty_200: failing(notUnderstood),
  html_200: failing(notUnderstood),
  truncated_json: failing(notUnderstood),
  json_null: failing(notUnderstood),
  json_array: failing(notUnderstood),
  json_number: failing(notUnderstood),
  bom: usable,
  // The broken bytes stand in the first value, which is the access token, or the word of success.
  bad_utf8: failing(notUnderstood),
  invalid_code: { connect: /refused the grant code/, refresh: /no longer accepts the refresh token/, revoked: true },
  invalid_client: failing(/does not know this client/),
  invalid_client_secret: failing(/refused the client secret/),
  general_error: failing(ofItsOwn),
  access_denied: throttled(590, 600),
  // At a revocation, 400 is how Zoho says that it does not know the token.
  json_400: failing(ofItsOwn, { revoked: true }),
  // There the other path of revocation does it.
  json_401: failing(ofItsOwn, { revoked: true }),
  too_many_requests: throttled(590, 600),
  too_many_requests_retry_5: throttled(1, 5),
  too_many_requests_retry_date: throttled(20, 31),
  too_many_requests_retry_negative: throttled(0, 600),
  too_many_requests_retry_huge: throttled(3590, 3600),
  too_many_requests_retry_text: throttled(590, 600),
  json_500: failing(ofItsOwn),
  html_500: failing(ofItsOwn),
  json_502: failing(ofItsOwn),
  html_502: failing(ofItsOwn),
  json_503: failing(ofItsOwn),
  html_503: failing(ofItsOwn),
  json_504: failing(ofItsOwn),
  html_504: failing(ofItsOwn),
  redirect_301: failing(redirect),
  redirect_302: failing(redirect),
  redirect_307: failing(redirect),
  redirect_308: failing(redirect),
  huge_body: failing(tooLarge),
  gzip_bomb: failing(tooLarge),
  no_expires_in: usable,
  expires_in_string: usable,
  // The access token is over, the refresh token of a connect is not.
  expires_in_zero: { ...failing(notUnderstood, { revoked: true }), connect: good },
  expires_in_negative: { ...failing(notUnderstood, { revoked: true }), connect: good },
  expires_in_huge: usable,
  null_members: usable,
  empty_members: usable,
  no_access_token: failing(notUnderstood, { revoked: true }),
  no_refresh_token: { ...usable, connect: /no refresh token/ },
  fewer_scopes: usable,
  access_token_crlf: failing(notUnderstood, { revoked: true }),
  access_token_10kb: failing(notUnderstood, { revoked: true }),
  proto_keys: usable,
  hostile_api_domain: usable,
};

/** These take as long as the Keeper waits, so they run in apps of their own beside each other. */
const slowKinds = faultKinds.filter((kind) => ['hang_before_headers', 'hang_after_headers', 'drip'].includes(kind));
const quickKinds = faultKinds.filter((kind) => !slowKinds.includes(kind));
const rounds = Array.from({ length: times(1, 10) }, (_, index) => index + 1);
const longestWait = 15_000;

describe.each(rounds)('a fault of Zoho’s (round %i)', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
    Object.assign(app.simulator.control.settings, { codesPerWindow: 1000, livingRefreshTokens: 1000 });
  });
  afterAll(() => app.stop());

  it.each(quickKinds)('%s at connect is told, and leaves what is stored as it is', (kind) => failConnect(app, kind));
  it.each(quickKinds)('%s at refresh is told, and leaves what is stored as it is', (kind) => failRefresh(app, kind));
  it.each(quickKinds)('%s at revoke never loses a token that still lives', (kind) => failRevoke(app, kind));
});

describe('a fault of Zoho’s that hangs', () => {
  it.each(rounds)(
    'is ended by the Keeper in good time, told, and leaves what is stored as it is (round %i)',
    async () => {
      const cases = Object.entries({ connect: failConnect, refresh: failRefresh, revoke: failRevoke }).flatMap(
        ([operation, fail]) => slowKinds.map((kind) => ({ what: `${kind} at ${operation}`, kind, fail })),
      );
      const results = await Promise.all(
        cases.map(async ({ what, kind, fail }) => {
          const app = await inProcess();
          const result = await fail(app, kind)
            .catch((error: unknown) => error)
            .finally(() => app.stop());
          return [what, result];
        }),
      );
      expect(results).toEqual(cases.map(({ what }) => [what, undefined]));
    },
    60_000,
  );

  it('does not keep a person waiting for what others have to revoke', async () => {
    const app = await inProcess();
    try {
      const people = [await connected(app), await connected(app), await connected(app), await connected(app)];
      app.simulator.control.faults.inject({ endpoint: 'revoke', kind: 'hang_before_headers', times: 100 });
      await Promise.all(people.map(({ someone, name }) => inTime(someone.submit(`/connections/${name}/revoke`))));
      expect(await pendingRevocations(app.server.store)).toHaveLength(people.length);
    } finally {
      await app.stop();
    }
  }, 60_000);
});

async function failConnect(app: TestApp, kind: keyof typeof expectations): Promise<void> {
  const { someone, name, before } = await connected(app);
  const away = await someone.submit(`/connections/${name}/reconnect`);
  app.simulator.control.faults.inject({ endpoint: 'exchange', kind });
  const callback = pathOf(app.simulator.control.authorize(String(away.headers['location'])));
  const page = await inTime(someone.visit(callback));
  const after = await rowOf(app, name);
  const { connect } = expectations[kind];
  if (connect === good) {
    expect(page.text).toContain(`“${name}” is connected again.`);
    expect(after).toMatchObject({ status: 'active', api_domain: app.simulator.urls.us });
    expect(isWithin(after.access_token_life, kind.startsWith('expires_in') ? 0 : 1, 3600)).toBe(true);
  } else {
    expect(page.text).toMatch(connect);
    expect(after).toEqual(before);
  }
  expect(app.simulator.control.faults.waiting()).toEqual([]);
}

async function failRefresh(app: TestApp, kind: keyof typeof expectations): Promise<void> {
  const { someone, name, before } = await connected(app);
  app.simulator.control.faults.inject({ endpoint: 'refresh', kind });
  await inTime(someone.submit(`/connections/${name}/refresh`));
  const page = await someone.visit('/');
  const after = await rowOf(app, name);
  const { refresh, pause } = expectations[kind];
  expect(after.refresh_token_sealed).toBe(before.refresh_token_sealed);
  // One strange answer never makes a connection need reconnecting.
  expect(after).toMatchObject({ status: 'active', lease_owner: null, api_domain: app.simulator.urls.us });
  expect(isWithin(after.access_token_life, 1, 3600)).toBe(true);
  if (refresh === good) {
    expect(page.text).toContain(`“${name}” has a new access token`);
    expect(after.error_code).toBeNull();
  } else {
    expect(page.text).toMatch(new RegExp(`“${name}” was not refreshed\\.[^]*${refresh.source}`));
    expect(after.access_token_sealed).toBe(before.access_token_sealed);
    expect(after.failures).toBe(1);
  }
  const left = after.throttled_until === null ? -1 : secondsUntil(app, after.throttled_until);
  const [least, most] = pause ?? [-1, -1];
  expect(isWithin(left, least, most)).toBe(true);
  // The Keeper tries again by itself, and would take the next test's fault.
  await someone.submit(`/connections/${name}/delete`, {}, `/connections/${name}`);
}

async function failRevoke(app: TestApp, kind: keyof typeof expectations): Promise<void> {
  const { someone, name, refreshToken } = await connected(app);
  app.simulator.control.faults.inject({ endpoint: 'revoke', kind });
  await inTime(someone.submit(`/connections/${name}/revoke`));
  const page = await someone.visit('/');
  expect(await rowOf(app, name)).toMatchObject({ refresh_token_sealed: null, access_token_sealed: null });
  const waiting = (await pendingRevocations(app.server.store)).filter((row) => row.connection_name === name);
  if (expectations[kind].revoked) {
    expect(page.text).toContain(`“${name}” was disconnected and its tokens were revoked at Zoho.`);
    expect(waiting).toEqual([]);
    return;
  }
  expect(page.text).toContain('Zoho could not be told to revoke its tokens yet');
  expect(waiting.map((row) => openRevocationToken(app.server.store, row))).toEqual([refreshToken]);
  await app.server.store.db.deleteFrom('revocations').execute();
}

async function connected(app: TestApp) {
  app.advance(601);
  const { control } = app.simulator;
  const known = new Set(control.livingRefreshTokens().map((token) => token.value));
  const someone: Person = person(app);
  const name = someName();
  await someone.connect({ name, userIn: 'us' });
  const refreshToken = control.livingRefreshTokens().find((token) => !known.has(token.value))?.value;
  control.signIn(control.users().find((user) => user.dataCenter === 'us')?.zuid ?? 0);
  return { someone, name, refreshToken, before: await rowOf(app, name) };
}

async function rowOf(app: TestApp, name: string): Promise<ConnectionRow> {
  const row = await findConnection(app.server.store, name);
  if (!row) throw new Error('the connection is gone');
  return row;
}

function isWithin(value: number, least: number, most: number): boolean {
  return least <= value && value <= most;
}

function secondsUntil(app: TestApp, time: string): number {
  return (Date.parse(time) - app.simulator.control.now()) / 1000;
}

async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  const begun = Date.now();
  const result = await work;
  expect(Date.now() - begun).toBeLessThan(longestWait);
  return result;
}
