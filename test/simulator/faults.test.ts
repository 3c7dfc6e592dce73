import { faultKinds, faultTable, type Fault, type FaultKind, type Simulator } from '../../src/simulator/simulator';
import { call, connect, members, refresh, start, at, authorizeUrl, codeOf, exchange } from '../support/simulator';

let simulator: Simulator;
let token: string;
beforeEach(async () => {
  simulator = await start();
  simulator.control.settings.refreshesPerWindow = Infinity;
  token = (await connect(simulator)).refresh;
  simulator.control.clearRequests();
});
afterEach(() => simulator.close());

const minted = () => simulator.control.minted().filter((secret) => secret.kind === 'access_token').length;

function inject(kind: FaultKind, more: Partial<Fault> = {}): void {
  simulator.control.faults.inject({ endpoint: 'refresh', kind, ...more });
}

/** What the client gets to see: an answer, a broken connection, or nothing for as long as it waits. */
async function outcome(
  kind: FaultKind,
  more: Partial<Fault> = {},
): Promise<{ status: number; body: string } | 'failed' | 'hung'> {
  inject(kind, more);
  const patience = new AbortController();
  if (/^(hang|drip|slow)/.test(kind)) void giveUpSoon(patience);
  try {
    const answer = await refresh(simulator, token, 'us', patience.signal);
    return { status: answer.status, body: await answer.text() };
  } catch {
    return patience.signal.aborted ? 'hung' : 'failed';
  }
}

/** Some time after the request has arrived, so that the server has had its say. */
async function giveUpSoon(patience: AbortController): Promise<void> {
  await simulator.control.arrived(simulator.control.count() + 1);
  setTimeout(() => patience.abort(), 50);
}

async function text(kind: FaultKind): Promise<string> {
  inject(kind);
  return (await refresh(simulator, token)).text();
}

async function bytes(kind: FaultKind): Promise<Buffer> {
  inject(kind);
  return Buffer.from(await (await refresh(simulator, token)).arrayBuffer());
}

it.each(['reset_at_connect', 'reset_mid_body', 'content_length_too_long', 'chunked_cut'] as const)(
  'breaks the connection by %s',
  async (kind) => {
    expect(await outcome(kind)).toBe('failed');
  },
);

it.each(['hang_before_headers', 'hang_after_headers', 'drip', 'slow'] as const)(
  'keeps the client waiting by %s',
  async (kind) => {
    expect(await outcome(kind)).toBe('hung');
  },
);

it('frees hung connections when it closes', async () => {
  inject('hang_before_headers');
  inject('hang_after_headers');
  const hanging = [1, 2].map(async () => (await refresh(simulator, token)).text());
  await simulator.control.arrived(2, { endpoint: 'refresh' });
  const settled = Promise.allSettled(hanging);
  await simulator.close();
  expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  simulator = await start();
});

it.each([
  ['empty_200', ''],
  ['json_null', 'null'],
  ['json_array', '[]'],
  ['json_number', '42'],
  ['invalid_code', '{"error":"invalid_code"}'],
  ['invalid_client', '{"error":"invalid_client"}'],
  ['invalid_client_secret', '{"error":"invalid_client_secret"}'],
  ['general_error', '{"error":"general_error"}'],
] as const)('answers %s with status 200', async (kind, body) => {
  expect(await outcome(kind)).toEqual({ status: 200, body });
});

it('answers HTML, half a JSON and the throttle with status 200', async () => {
  expect(await text('html_200')).toMatch(/^<!DOCTYPE html>/);
  const half = await text('truncated_json');
  expect(half).toMatch(/^\{"access_token":/);
  expect(() => JSON.parse(half)).toThrow(SyntaxError);
  expect(await outcome('access_denied')).toEqual({ status: 200, body: expect.stringContaining('"Access Denied"') });
});

it.each(faultKinds.filter((kind) => /^(json|html)_[45]/.test(kind)))('answers %s', async (kind) => {
  const body = expect.stringMatching(kind.startsWith('json') ? /^\{/ : /^</);
  expect(await outcome(kind)).toEqual({ status: Number(kind.slice(-3)), body });
});

it.each([
  ['too_many_requests', null],
  ['too_many_requests_retry_5', '5'],
  ['too_many_requests_retry_negative', '-1'],
  ['too_many_requests_retry_huge', '1000000000'],
  ['too_many_requests_retry_text', 'soon'],
  ['too_many_requests_retry_date', expect.stringMatching(/GMT$/)],
] as const)('answers 429 by %s', async (kind, retryAfter) => {
  inject(kind);
  const answer = await refresh(simulator, token);
  expect(answer.status).toBe(429);
  expect(answer.headers.get('retry-after')).toEqual(retryAfter);
});

it.each([301, 302, 307, 308] as const)('redirects with %d to the given address', async (status) => {
  inject(`redirect_${status}`, { url: 'http://127.0.0.1:1/x' });
  const answer = await refresh(simulator, token);
  expect([answer.status, answer.headers.get('location')]).toEqual([status, 'http://127.0.0.1:1/x']);
});

it.each(['huge_body', 'gzip_bomb'] as const)('sends more than 100 MB by %s', async (kind) => {
  inject(kind);
  const answer = await refresh(simulator, token);
  let size = 0;
  for await (const chunk of answer.body ?? []) size += Buffer.from(chunk).length;
  expect(size).toBeGreaterThan(100 * 1024 * 1024);
});

it.each([
  ['no_expires_in', { expires_in: undefined }],
  ['expires_in_string', { expires_in: '3600' }],
  ['expires_in_zero', { expires_in: 0 }],
  ['expires_in_negative', { expires_in: -1 }],
  ['expires_in_huge', { expires_in: 1e12 }],
  ['null_members', { error: null, api_domain: null, token_type: null, expires_in: null, scope: null }],
  ['empty_members', { error: '', api_domain: '', token_type: '', expires_in: '', scope: '' }],
  ['no_access_token', { access_token: undefined }],
  ['access_token_crlf', { access_token: expect.stringMatching(/\r\n/) }],
  ['access_token_10kb', { access_token: expect.stringMatching(/^.{10240}$/) }],
  ['hostile_api_domain', { api_domain: expect.stringMatching(/evil/) }],
] as const)('spoils a good answer by %s', async (kind, changed) => {
  const good = await members(refresh(simulator, token));
  inject(kind);
  const bad = await members(refresh(simulator, token));
  const access_token = expect.stringMatching(/^1000\./);
  expect(bad).toEqual({ ...good, access_token, ...changed });
});

it('leaves out the refresh token of an exchange', async () => {
  simulator.control.faults.inject({ endpoint: 'exchange', kind: 'no_refresh_token' });
  const code = codeOf(simulator.control.authorize(authorizeUrl(simulator)));
  const reply = await members(exchange(simulator, code));
  expect(reply).toHaveProperty('access_token');
  expect(reply).not.toHaveProperty('refresh_token');
});

it('puts a BOM before, bytes that are no UTF-8 into, and __proto__ keys beside a good answer', async () => {
  expect((await bytes('bom')).subarray(0, 4).toString('hex')).toBe('efbbbf7b');
  expect((await bytes('bad_utf8')).toString('latin1')).toMatch(/^\{"access_token":"\xff\xfe1000\./);
  expect(await text('proto_keys')).toMatch(/^\{"__proto__":\{.*"access_token":"1000\./);
});

it.each(faultKinds.filter((kind) => faultTable[kind] === 'choice' && !/huge|gzip/.test(kind)))(
  'changes nothing by %s, unless told to do the work first',
  async (kind) => {
    const before = minted();
    await outcome(kind);
    expect(minted()).toBe(before);
    await outcome(kind, { processed: true });
    expect(minted()).toBe(before + 1);
  },
);

it('delivers the good answer late by slow', async () => {
  inject('slow', { delay_ms: 20 });
  expect(await members(refresh(simulator, token))).toHaveProperty('access_token');
});

it('strikes as often as told, where told', async () => {
  simulator.control.faults.inject({ endpoint: 'api', kind: 'json_500', times: 2, dataCenter: 'eu' });
  expect((await call(simulator, '/crm/v8/org')).status).toBe(401);
  const statuses = [];
  for (let count = 0; count < 3; count += 1) statuses.push((await fetch(`${at(simulator, 'eu')}/crm/v8/org`)).status);
  expect(statuses).toEqual([500, 500, 401]);
});

it('strikes until cleared', async () => {
  inject('json_503', { times: Infinity });
  for (let count = 0; count < 3; count += 1) expect((await refresh(simulator, token)).status).toBe(503);
  expect(simulator.control.requests()[0]).toMatchObject({ fault: 'json_503', status: 503 });
  simulator.control.faults.clearFaults();
  expect((await refresh(simulator, token)).status).toBe(200);
});

it.each([
  { endpoint: 'refresh', kind: 'kill', pid: 0, moment: 'after_processing' },
  { endpoint: 'refresh', kind: 'kill', pid: 99 },
  { endpoint: 'refresh', kind: 'slow', times: 0 },
] as const)('refuses the fault %j', (fault) => {
  expect(() => simulator.control.faults.inject(fault)).toThrow(TypeError);
});
