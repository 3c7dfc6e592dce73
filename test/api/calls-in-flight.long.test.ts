import { readFileSync } from 'node:fs';
import http from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { openStore } from '../../src/store/open';
import { person } from '../support/person';
import { someKey } from '../support/program';
import { asProcess, type ProcessSite, type ServerProcess } from '../support/start';
import { startUpstream, type Upstream } from '../support/upstream';

const megabyte = Buffer.alloc(1024 * 1024, 'x');

describe('calls through the proxy to a Zoho that never answers', () => {
  let upstream: Upstream;
  let site: ProcessSite;
  let running: ServerProcess;
  const keys: string[] = [];
  const open = new Set<http.ClientRequest>();
  beforeAll(async () => {
    upstream = await startUpstream();
    upstream.answer(() => undefined);
    site = await asProcess({ ZOHO_API_URLS: `us=${upstream.url}` });
    running = await site.serve();
    await person(site).connect({ name: 'crm' });
    const store = await openStore(site.env['DATABASE_URL'] ?? '', null);
    for (let number = 0; number < 6; number++)
      keys.push(await someKey(store, { connections: ['crm'], rights: 'read' }));
    await store.close();
  });
  afterEach(async () => {
    for (const request of open) request.destroy();
    open.clear();
    upstream.received.length = 0;
    await wait(500);
  });
  afterAll(async () => {
    await site.stop();
    await upstream.close();
  });

  const arrived = (): number => upstream.received.filter(({ method }) => method === 'POST').length;
  const memory = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${running.pid}/status`, 'utf8'))?.[1]) / 1024;

  /** Resolves with those that were answered once all have either arrived at Zoho or been answered. */
  async function send(calls: number, keyOf: (number: number) => string): Promise<http.IncomingMessage[]> {
    const answered: http.IncomingMessage[] = [];
    for (let number = 0; number < calls; number++) {
      const headers = { authorization: `Bearer ${keyOf(number)}`, 'content-length': megabyte.length };
      const url = `${running.url}/api/v1/connections/crm/proxy/crm/v8/Leads`;
      const request = http.request(url, { method: 'POST', headers, agent: false });
      open.add(request.on('error', () => undefined));
      request.on('response', (response) => answered.push(response.resume())).end(megabyte);
    }
    while (answered.length + arrived() < calls) await wait(20);
    return answered;
  }

  it('are a hundred for one key at a time, the others being told to wait, in bounded memory', async () => {
    const before = memory();
    const answered = await send(600, () => keys[0] ?? '');
    const [after, waiting] = [memory(), arrived()];
    expect(new Set(answered.map(({ statusCode }) => statusCode))).toEqual(new Set([429]));
    expect(answered[0]?.headers).toMatchObject({
      'retry-after': '1',
      'content-type': expect.stringContaining('problem+json'),
    });
    expect(waiting).toBe(100);
    expect(after - before).toBeLessThan(250);
    process.stderr.write(`600 calls of 1 MB with one key: ${Math.round(before)} MB, then ${Math.round(after)} MB\n`);
  });

  it('are four hundred for all keys at a time, and end when their callers go', async () => {
    const before = memory();
    const answered = await send(600, (number) => keys[number % keys.length] ?? '');
    const [after, waiting] = [memory(), arrived()];
    expect(new Set(answered.map(({ statusCode }) => statusCode))).toEqual(new Set([503]));
    expect(waiting).toBe(400);
    expect(after - before).toBeLessThan(400);
    process.stderr.write(`600 calls of 1 MB with six keys: ${Math.round(before)} MB, then ${Math.round(after)} MB\n`);
    for (const request of open) request.destroy();
    await wait(500);
    upstream.received.length = 0;
    expect(await send(100, () => keys[0] ?? '')).toEqual([]);
  });
});
