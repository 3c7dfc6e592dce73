import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Response } from 'supertest';
import { formats } from '../../src/exports/formats';
import { faultKinds } from '../../src/simulator/simulator';
import { testClient } from '../support/site';
import { asProcess, type ProcessSite } from '../support/start';
import type { Process } from '../support/process';
import { formBody, send } from '../support/http';
import { findLeaks, type Leak, type Place, type Secret } from '../support/leak-scan';
import { pathOf, type Person, person } from '../support/person';
import { someKeys } from '../support/rows';

const hanging = ['hang_before_headers', 'hang_after_headers', 'drip', 'slow'];
const quickKinds = faultKinds.filter((kind) => !hanging.includes(kind));
const password = randomBytes(24).toString('base64url');
const keys = someKeys();
/** Not a secret, but looked for as if it were one: it is written everywhere, so the scan has to find it everywhere. */
const control = randomBytes(20).toString('hex');

let site: ProcessSite;
let program: Process;
let someone: Person;
const pages: Place[] = [];
const revealed: Place[] = [];
const secrets: Secret[] = [];
let places: Place[];

async function runEverything(): Promise<void> {
  site = await asProcess({ ENCRYPTION_KEYS: keys, DASHBOARD_PASSWORD: password, LOG_LEVEL: 'trace' });
  program = await site.serve();
  someone = person(site, record);
  await someone.submit('/login', { password: `${password}x` }, '/login');
  await someone.submit('/login', { password }, '/login');
  await connectInEveryWay();
  await useConnections();
  await bringAndTake();
  await knockOnDoors();
  const before = filesIn(site.folder);
  const ending = await program.end('SIGKILL');
  places = [
    { name: 'stdout', content: ending.stdout },
    { name: 'stderr', content: ending.stderr },
    ...before,
    ...filesIn(site.folder),
    ...pages,
  ];
  collectSecrets();
}

describe('what the program leaves behind', () => {
  beforeAll(runEverything, 120_000);
  afterAll(() => site.stop());

  it('was looked at in every place, with secrets of every kind', () => {
    const names = places.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['stdout', 'stderr', 'keeper.db', 'keeper.db-wal', 'GET 200 /']));
    expect(pages.length).toBeGreaterThan(150);
    expect(new Set(secrets.map(({ name }) => name))).toEqual(
      new Set([
        'code',
        'access_token',
        'refresh_token',
        'client_secret',
        'state',
        'verifier',
        'password',
        'key',
        'session',
        'api key',
        'link',
        'imported token',
      ]),
    );
  });

  it('shows what is written there: the name of a connection is found in each kind of place', () => {
    const found = findLeaks([{ name: 'control', value: control }], places).map(({ place }) => place);
    expect(found).toEqual(expect.arrayContaining(['stdout', 'GET 200 /']));
    expect(found.filter((place) => place.endsWith('-wal'))).not.toEqual([]);
  });

  it('shows a token where it may stand: in the answer to the click on Copy', () => {
    const leaks = findLeaks(secrets, revealed);
    expect(leaks.map(({ secret }) => secret)).toEqual(
      expect.arrayContaining(['access_token', 'refresh_token', 'api key', 'link']),
    );
  });

  it('holds no secret in any form', () => {
    expect(summary(findLeaks(secrets, places))).toEqual([]);
  });

  it('tells of requests and of calls to Zoho in the log', () => {
    const [stdout] = places;
    for (const words of ['request', 'asked Zoho']) expect(stdout?.content).toContain(`"msg":"${words}"`);
  });

  it('has no secret on its command line', () => {
    expect(summary(findLeaks(secrets, [{ name: 'arguments', content: program.process.spawnargs.join(' ') }]))).toEqual(
      [],
    );
  });
});

function record(response: Response): void {
  const { method, url } = response.request;
  const { location = '', 'set-cookie': cookies = [] } = response.headers;
  noteSecrets(location, [cookies].flat().join());
  keep(`${method} ${response.status} ${new URL(url).pathname}`, response.headers, response.text);
}

/** Session ids belong into cookies, and the way to Zoho carries the state: all else is looked through. */
function keep(name: string, headers: Record<string, unknown>, body: string): void {
  const { location = '', 'set-cookie': _cookies, ...others } = headers;
  const away = String(location).startsWith('http');
  pages.push({ name, content: JSON.stringify(others) + (away ? '' : String(location) + body) });
}

function noteSecrets(location: string, cookies: string): void {
  const state = URL.canParse(location) ? new URL(location).searchParams.get('state') : null;
  if (state !== null) secrets.push({ name: 'state', value: state });
  const [, session] = /=s%3A([^;.]+)\./.exec(cookies) ?? [];
  if (session !== undefined) secrets.push({ name: 'session', value: session });
}

function collectSecrets(): void {
  for (const { kind, value } of site.simulator.control.minted()) secrets.push({ name: kind, value });
  for (const { form } of site.simulator.control.requests({ endpoint: 'exchange' })) {
    if (form['code_verifier'] !== undefined) secrets.push({ name: 'verifier', value: form['code_verifier'] });
  }
  secrets.push(
    { name: 'client_secret', value: testClient.secret },
    { name: 'password', value: password },
    { name: 'key', value: keys.split(':')[1] ?? '' },
    { name: 'key', value: Buffer.from(keys.split(':')[1] ?? '', 'base64').toString('latin1') },
  );
}

/** Well, and with everything at Zoho that can go wrong; each failure is logged. */
async function connectInEveryWay(): Promise<void> {
  for (const userIn of ['us', 'eu'] as const) await someone.connect({ name: `good-${userIn}`, userIn });
  await someone.connect({ name: 'declined', accept: false });
  await someone.connect({ name: control });
  for (const kind of quickKinds) {
    const name = kind === 'html_500' ? `${control}-x` : kind.replaceAll('_', '-');
    const callback = await someone.consent({ name });
    site.simulator.control.faults.inject({ endpoint: 'exchange', kind });
    await someone.visit(pathOf(callback));
    // Once more, as a reload, and with a state that is not right.
    await someone.visit(pathOf(callback));
    await someone.visit(`${pathOf(callback)}&state=again`);
  }
}

async function useConnections(): Promise<void> {
  const path = '/connections/good-us';
  for (const kind of ['invalid_code', 'html_500', 'access_token_crlf', 'redirect_307'] as const) {
    site.simulator.control.faults.inject({ endpoint: 'refresh', kind });
    await someone.submit(`${path}/refresh`);
    await someone.visit(path);
  }
  await someone.submit('/connections/good-eu/refresh');
  for (const token of ['access_token', 'refresh_token'])
    await withoutRecord(() => someone.submit(`${path}/reveal`, { token }, path));
  await someone.submit('/keys', { name: 'program', all: '', connections: control, rights: 'refresh' }, '/keys/new');
  const made = await withoutRecord(() => someone.visit('/keys'));
  const [key = ''] = /zt_[a-z0-9]{10}_[\w-]{43}_[\w-]{6}/.exec(made.text) ?? [];
  // The part before it is its public id.
  secrets.push({ name: 'api key', value: key.slice('zt_'.length + 11) });
  await callAsProgram(key);
  await connectByLink();
  for (const page of ['/', '/setup', '/keys', '/events', '/events.jsonl', path]) await someone.visit(page);
  site.simulator.control.faults.inject({ endpoint: 'revoke', kind: 'html_500' });
  await someone.submit('/connections/good-eu/revoke', {}, '/connections/good-eu');
  await someone.submit(`${path}/delete`, {}, path);
}

/** The link stands in addresses, and in the form of the page that it leads to, and nowhere else. */
async function connectByLink(): Promise<void> {
  await someone.submit('/links', { name: 'customer' }, '/links');
  const made = await withoutRecord(() => someone.visit('/links'));
  const [, token = ''] = /\/links\/([\w-]{43})/.exec(made.text) ?? [];
  secrets.push({ name: 'link', value: token });
  const outsider = person(site, (response) => record(withoutToken(response, token)));
  const { headers } = await outsider.submit(`/links/${token}/connect`, {}, `/links/${token}`);
  const callback = site.simulator.control.authorize(String(headers['location']), { accept: true });
  await outsider.visit(pathOf(callback));
  await outsider.visit(`/links/${token}x`);
  for (const page of ['/', '/links', '/events', '/events.jsonl']) await someone.visit(page);
}

function withoutToken(response: Response, token: string): Response {
  const { request, status, text } = response;
  const headers = { ...response.headers };
  if (headers['location']?.startsWith(`/links/${token}`)) headers['location'] = '/links/…';
  const url = request.url.replace(token, '…');
  const form = `action="/links/${token}/connect"`;
  return Object.assign(Object.create(response), {
    request: { method: request.method, url },
    status,
    headers,
    // A redirect says in its body where it leads.
    text: text.replace(form, '').replace(`Redirecting to /links/${token}`, ''),
  });
}

/** Every way out, and what comes in by pasting: good, dead and unreadable. */
async function bringAndTake(): Promise<void> {
  const path = `/connections/${control}`;
  for (const { name: format } of formats) {
    await withoutRecord(() => someone.submit(`${path}/export`, { format }, path));
  }
  await someone.visit(path);
  const dead = `1000.${randomBytes(16).toString('hex')}.${randomBytes(16).toString('hex')}`;
  secrets.push({ name: 'imported token', value: dead }, { name: 'code', value: `1000.${dead.slice(5).toUpperCase()}` });
  const { id, secret } = testClient;
  const env = `ZOHO_CLIENT_ID=${id}\nZOHO_CLIENT_SECRET=${secret}\nZOHO_REFRESH_TOKEN=${dead}\n`;
  for (const content of [env, dead, JSON.stringify([{ refresh_token: dead }]), `what is ${dead}?`]) {
    await someone.submit('/import', { content, name: 'brought' }, '/import');
  }
  for (const code of [secrets.at(-1)?.value ?? '', `https://x.test/?state=${dead}&code=${secrets.at(-1)?.value}`]) {
    await someone.submit('/connect/code', { code, name: 'pasted' }, '/connect/code');
  }
  for (const page of ['/', '/import', '/events', '/events.jsonl']) await someone.visit(page);
}

async function callAsProgram(key: string): Promise<void> {
  const headers = { Authorization: `Bearer ${key}` };
  for (const path of [
    '/api/v1/connections',
    `/api/v1/connections/${control}`,
    `/api/v1/connections?api_key=${key}`,
    `/api/v1/connections/${control}/proxy/crm/v8/users?type=CurrentUser&code=${encodeURIComponent(key)}`,
    '/metrics',
  ]) {
    const { status, headers: answered, body } = await send(site.url, { path, headers });
    keep(`GET ${status} ${path.split('?')[0]}`, answered, body);
  }
  const { status, body } = await send(site.url, { path: `/api/v1/connections/${control}/token`, headers });
  expect(status).toBe(200);
  revealed.push({ name: 'token', content: body });
}

/** Requests that are refused, with secrets in every part of them. */
async function knockOnDoors(): Promise<void> {
  const { value = '' } = site.simulator.control.minted().findLast(({ kind }) => kind === 'refresh_token') ?? {};
  const Cookie = someone.cookie();
  for (const path of [
    `/oauth/callback?code=${value}&state=${value}`,
    `/${value}`,
    `/connections/x?access_token=${value}`,
    `/api/v1/connections/${value}`,
  ]) {
    for (const [method, more] of [
      ['GET', {}],
      ['POST', formBody({ token: value, password })],
    ] as const) {
      const { status, headers, body } = await send(site.url, {
        ...more,
        method,
        path,
        headers: { ...('headers' in more && more.headers), Cookie, Authorization: `Bearer ${value}` },
      });
      keep(`${method} ${status} refused`, headers, body);
    }
  }
}

async function withoutRecord(work: () => Promise<Response>): Promise<Response> {
  const response = await work();
  pages.pop();
  revealed.push({ name: 'the answer to the click', content: response.text });
  return response;
}

function filesIn(folder: string): Place[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ name: file.slice(folder.length + 1), content: readFileSync(file) }));
}

function summary(leaks: readonly Leak[]): string[] {
  return [...new Set(leaks.map(({ secret, place, form }) => `${secret} ${form} in ${place}`))];
}
