import { disconnect, remove } from '../../src/connections/connections';
import { sendTest } from '../../src/alerts/delivery';
import { watch } from '../../src/alerts/watch';
import { addTarget, removeTarget } from '../../src/alerts/targets';
import { createHmac } from 'node:crypto';
import { iso, addSeconds } from '../../src/lib/time';
import { explainConnection } from '../../src/connections/explanations';
import { type TestKeeper, withoutServer } from '../support/keeper';
import { startUpstream, type Upstream } from '../support/upstream';

const me = { name: 'person', ip: null };

interface Payload {
  readonly id: string;
  readonly type: string;
  readonly connection: string | null;
  readonly state: string | null;
  readonly code: string | null;
}

describe('alerts', () => {
  let keeper: TestKeeper;
  let receiver: Upstream;
  let secret: string;
  beforeEach(async () => {
    keeper = await withoutServer();
    receiver = await startUpstream();
    secret = (await addTarget(keeper, { kind: 'webhook', address: `${receiver.url}/zoho` }, me)) ?? '';
  });
  afterEach(async () => {
    await keeper.stop();
    await receiver.close();
  });

  /** What the server does every few seconds. */
  async function tick(): Promise<void> {
    await keeper.schedule.tick();
    await watch(keeper, explainConnection);
    await keeper.deliveries.deliver();
  }

  async function passing(seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 15) {
      keeper.advance(15);
      await tick();
    }
  }

  function payloads(): Payload[] {
    return receiver.received.map(({ body }) => JSON.parse(body) as Payload);
  }

  it('tells once that a connection has to be reconnected, and once that it works again', async () => {
    const name = await keeper.connection({ used: true });
    keeper.revokeAtZoho();
    keeper.advance(3600);
    await passing(600);
    expect(payloads()).toEqual([
      {
        id: expect.stringMatching(/^msg_/),
        type: 'connection.broken',
        time: expect.stringMatching(/Z$/),
        connection: name,
        data_center: 'us',
        state: 'needs_reconnect',
        code: 'invalid_code',
        sentence: expect.stringMatching(
          new RegExp(`“${name}” needs to be reconnected.*Most likely it was revoked at Zoho`),
        ),
        next: 'Reconnect.',
        dashboard_url: `${keeper.config.baseUrl}/connections/${name}`,
      },
    ]);
    expect(keeper.logged.filter((line) => line.includes('"connection broken"'))).toHaveLength(1);
    await keeper.reconnect(name);
    await passing(60);
    expect(payloads().map(({ type, connection }) => [type, connection])).toEqual([
      ['connection.broken', name],
      ['connection.recovered', name],
    ]);
    expect(keeper.logged.filter((line) => line.includes('"connection recovered"'))).toHaveLength(1);
  });

  it('signs as Standard Webhooks says', async () => {
    await keeper.connection({ used: true });
    keeper.revokeAtZoho();
    keeper.advance(3600);
    await passing(180);
    const [{ headers, body, method, url } = { headers: {}, body: '', method: '', url: '' }] = receiver.received;
    expect([method, url, headers['content-type']]).toEqual(['POST', '/zoho', 'application/json']);
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    expect(headers['webhook-id']).toBe((JSON.parse(body) as Payload).id);
    expect(Math.abs(Number(headers['webhook-timestamp']) - keeper.now().getTime() / 1000)).toBeLessThan(300);
  });

  it('says nothing while a token still lives or failures are short', async () => {
    await keeper.connection({ used: true });
    keeper.advance(3600 - 250);
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503', times: Infinity });
    await passing(800);
    expect(payloads()).toEqual([]);
    keeper.simulator.control.faults.clearFaults();
    await passing(600);
    expect(payloads()).toEqual([]);
  });

  it('tells about a connection that could not be refreshed for a quarter of an hour, then about its recovery', async () => {
    const name = await keeper.connection({ used: true });
    keeper.advance(3600);
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503', times: Infinity });
    await passing(890);
    expect(payloads()).toEqual([]);
    await passing(400);
    expect(payloads()).toMatchObject([{ type: 'connection.broken', connection: name, state: 'failing' }]);
    keeper.simulator.control.faults.clearFaults();
    await passing(1800);
    expect(payloads()).toMatchObject([
      { type: 'connection.broken' },
      { type: 'connection.recovered', code: 'zoho_unavailable' },
    ]);
  });

  it('tells again when a failing connection turns out to need a person', async () => {
    await keeper.connection({ used: true });
    keeper.advance(3600);
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503', times: Infinity });
    await passing(1300);
    keeper.revokeAtZoho();
    keeper.simulator.control.faults.clearFaults();
    await passing(2400);
    expect(payloads().map(({ state }) => state)).toEqual(['failing', 'needs_reconnect']);
  });

  it('says nothing when a person disconnects or deletes a broken connection', async () => {
    const [one, other] = [await keeper.connection({ used: true }), await keeper.connection({ used: true })];
    keeper.revokeAtZoho();
    keeper.advance(3600);
    await passing(300);
    expect(payloads()).toHaveLength(2);
    await disconnect(keeper, one, me);
    await remove(keeper, other, me);
    await passing(60);
    expect(payloads()).toHaveLength(2);
  });

  it('tells once however many instances watch and deliver', async () => {
    await keeper.connection({ used: true });
    keeper.revokeAtZoho();
    keeper.advance(3600);
    await keeper.schedule.tick();
    keeper.advance(61);
    await keeper.schedule.tick();
    const all = [keeper, await keeper.another(), await keeper.another()];
    await Promise.all(all.map((one) => watch(one, explainConnection)));
    await Promise.all(all.map(({ deliveries }) => deliveries.deliver()));
    expect(payloads()).toHaveLength(1);
  });

  it('repeats what was not accepted, with the same id, also after a restart, and gives up in the end', async () => {
    receiver.answer((_req, res) => void res.writeHead(500).end());
    await keeper.connection({ used: true });
    keeper.revokeAtZoho();
    keeper.advance(3600);
    await passing(300);
    const began = keeper.now();
    const instance = await keeper.another();
    for (let minutes = 0; minutes < 10 * 60; minutes += 1) {
      keeper.advance(60);
      await instance.deliveries.deliver();
    }
    expect(receiver.received).toHaveLength(6);
    expect(new Set(payloads().map(({ id }) => id)).size).toBe(1);
    const [delivery] = await keeper.store.db.selectFrom('deliveries').selectAll().execute();
    expect(delivery).toMatchObject({ status: 'failed', attempts: 6, answer_status: 500 });
    expect((delivery?.tried_at ?? '') < iso(addSeconds(began, 8 * 3600))).toBe(true);
  });

  it('follows no redirect with a signed message', async () => {
    const elsewhere = await startUpstream();
    receiver.answer((_req, res) => void res.writeHead(307, { location: elsewhere.url }).end());
    const [webhook] = await keeper.store.db.selectFrom('alert_targets').selectAll().execute();
    const delivery = await sendTest(keeper, webhook?.id ?? '', me);
    expect(delivery).toMatchObject({ status: 'failed', answer_status: 307 });
    expect(elsewhere.received).toEqual([]);
    await elsewhere.close();
  });

  it('sends a test once and says what came of it', async () => {
    const [webhook] = await keeper.store.db.selectFrom('alert_targets').selectAll().execute();
    expect(await sendTest(keeper, webhook?.id ?? '', me)).toMatchObject({
      status: 'delivered',
      answer_status: 200,
    });
    await receiver.close();
    const failed = await sendTest(keeper, webhook?.id ?? '', me);
    expect(failed).toMatchObject({ status: 'failed', attempts: 1, reason: 'no connection (ECONNREFUSED)' });
    expect(payloads()).toMatchObject([{ type: 'test', connection: null }]);
    receiver = await startUpstream();
  });

  it.each([
    ['not an address', 'nonsense'],
    ['not a web server', 'ftp://example.com/'],
    ['sent in clear over the network', 'http://alerts.example.com/'],
    ['sent in clear to another computer', 'http://192.168.1.5/'],
    ['with a password', 'https://me:secret@example.com/'],
  ])('refuses a webhook that is %s', async (_what, address) => {
    await expect(addTarget(keeper, { kind: 'webhook', address }, me)).rejects.toMatchObject({ code: 'invalid_url' });
  });

  it('refuses to test or remove a webhook that is not there', async () => {
    await expect(sendTest(keeper, 'none', me)).rejects.toMatchObject({ code: 'not_found' });
    await expect(removeTarget(keeper, 'none', me)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('stores the secret of a webhook sealed and never logs it', async () => {
    const [webhook] = await keeper.store.db.selectFrom('alert_targets').selectAll().execute();
    expect(webhook?.secret_sealed).toMatch(/^v1\./);
    expect(JSON.stringify(webhook)).not.toContain(secret.slice(6));
    const events = JSON.stringify(await keeper.store.db.selectFrom('events').selectAll().execute());
    expect(events).toContain('webhook_added');
    expect(events + keeper.logged.join('')).not.toContain(secret.slice(6));
  });
});
