import http, { type RequestListener } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { person } from '../support/person';
import { someKey } from '../support/program';
import { inProcess, type TestApp } from '../support/start';
import { startUpstream, type Upstream } from '../support/upstream';

const path = '/api/v1/connections/crm/proxy/crm/v8/Leads';
const large = Buffer.alloc(2_000_000, 'x');

/** How Zoho answers, by the number at the end of the path. */
const endings: readonly RequestListener[] = [
  (_req, res) => void res.end('{}'),
  (_req, res) => void res.writeHead(500).end('{}'),
  (_req, res) => void res.writeHead(401).end('{"code":"INVALID_TOKEN"}'),
  (_req, res) => void res.writeHead(204).end(),
  (_req, res) => void res.end(large),
  (_req, res) => void res.writeHead(200).write('begun', () => res.destroy()),
  (req) => void req.socket.resetAndDestroy(),
  (_req, res) => void res.writeHead(401, { 'content-length': 100 }).write('{"code"', () => res.destroy()),
  (_req, res) => void res.writeHead(302, { location: '/elsewhere' }).end(),
  (req, res) => void (req.destroy(), res.destroy()),
  // Never, so that only the caller can end it.
  () => undefined,
  (_req, res) => void res.writeHead(200).write('begun'),
];

describe('the places of calls through the proxy', () => {
  let upstream: Upstream;
  let app: TestApp;
  const keys: string[] = [];
  beforeAll(async () => {
    upstream = await startUpstream();
    app = await inProcess({ ZOHO_API_URLS: `us=${upstream.url}` });
    await person(app).connect({ name: 'crm' });
    for (let number = 0; number < 4; number++) keys.push(await someKey(app.server.store, { connections: ['crm'] }));
  });
  afterAll(async () => {
    await app.stop();
    await upstream.close();
  });

  /** Resolves when the call has ended in whatever way; it is cut off by the caller after so many milliseconds. */
  function call(key: string, number: number, cut: number): Promise<void> {
    const method = ['GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'TRACE'][number % 6] ?? 'GET';
    const target = number % 13 === 0 ? `${path}/%2e%2e/${number}` : `${path}/${number}`;
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${key}`, ...(number % 5 === 0 && { 'content-length': 200_000 }) };
      const request = http.request(`${app.url}${target}`, { method, headers, agent: false });
      request.on('close', () => resolve()).on('error', () => undefined);
      request.on('response', (answer) => {
        answer.on('error', () => undefined);
        // One in three reads nothing of it.
        if (number % 3 > 0) answer.resume();
      });
      if (number % 5 === 0) request.write(Buffer.alloc(number % 10 === 0 ? 200_000 : 1000), () => undefined);
      else request.end();
      setTimeout(() => request.destroy(), cut);
    });
  }

  it('are all free again after ten thousand calls that ended in a dozen ways', async () => {
    upstream.answer((req, res) => {
      res.on('error', () => undefined);
      endings[Number(/(\d+)$/.exec(req.url ?? '')?.[1] ?? 0) % endings.length]?.(req, res);
    });
    for (let begun = 0; begun < 10_000; begun += 100) {
      const round = Array.from({ length: 100 }, (_, n) => begun + n);
      await Promise.all(round.map((number) => call(keys[number % 4] ?? '', number, 5 + (number % 7) * 10)));
    }
    // Calls whose callers have gone may still be waiting to be read.
    for (let seen = -1; seen !== upstream.received.length; await wait(1000)) seen = upstream.received.length;
    upstream.received.length = 0;
    upstream.answer(() => undefined);
    const open: http.ClientRequest[] = [];
    const statuses: (number | undefined)[] = [];
    for (let number = 0; number < 404; number++) {
      const request = http.request(`${app.url}${path}`, {
        headers: { authorization: `Bearer ${keys[number % 4]}` },
        agent: false,
      });
      request.on('error', () => undefined).on('response', (answer) => statuses.push(answer.resume().statusCode));
      open.push(request.end());
    }
    while (upstream.received.length + statuses.length < 404) await wait(20);
    await wait(200);
    expect([upstream.received.length, statuses]).toEqual([400, [429, 429, 429, 429]]);
    for (const request of open) request.destroy();
  }, 180_000);
});
