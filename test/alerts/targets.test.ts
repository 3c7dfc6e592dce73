import { sendTest } from '../../src/alerts/delivery';
import { watchStanding } from '../../src/alerts/standing';
import { addTarget, changeTarget, keepEnvironmentTarget, listTargets, removeTarget } from '../../src/alerts/targets';
import { watch } from '../../src/alerts/watch';
import { explainConnection } from '../../src/connections/explanations';
import { refusedSecrets } from '../../src/connections/client-list';
import { lowSlots } from '../../src/connections/slots';
import type { TargetEvent, TargetKind } from '../../src/store/schema';
import { type TestKeeper, withoutServer } from '../support/keeper';
import { type MailServer, startMailServer } from '../support/mail-server';
import { added } from '../support/rows';
import { startUpstream, type Upstream } from '../support/upstream';

const me = { name: 'person', ip: null };
const mailConfig = (port: number) => ({
  url: `smtp://localhost:${port}`,
  from: 'keeper@example.com',
  alertEmails: ['ops@example.com'],
});

describe('targets', () => {
  let keeper: TestKeeper;
  let receiver: Upstream;
  let mailServer: MailServer;
  beforeEach(async () => {
    [keeper, receiver, mailServer] = [await withoutServer(), await startUpstream(), await startMailServer()];
  });
  afterEach(async () => {
    await keeper.stop();
    await Promise.all([receiver.close(), mailServer.close()]);
  });

  function add(kind: TargetKind, events?: readonly TargetEvent[], path = kind): Promise<string | null> {
    return addTarget(keeper, { kind, address: `${receiver.url}/${path}`, ...(events && { events }) }, me);
  }

  async function tick(): Promise<void> {
    await watch(keeper, explainConnection);
    await keeper.deliveries.deliver();
  }

  async function breakAll(names: readonly string[]): Promise<void> {
    const broken = { status: 'needs_reconnect', error_code: 'invalid_code' } as const;
    await keeper.store.db.updateTable('connections').set(broken).where('name', 'in', names).execute();
  }

  async function some(count: number): Promise<string[]> {
    const names = Array.from({ length: count }, (_, index) => `c-${String(index).padStart(3, '0')}`);
    for (const name of names) await added(keeper.store, { name });
    return names;
  }

  const bodies = (): unknown[] => receiver.received.map(({ body }) => JSON.parse(body) as unknown);

  it.each([
    ['slack', (body: { blocks: unknown[] }) => body.blocks],
    ['teams', (body: { attachments: unknown[] }) => body.attachments],
    ['discord', (body: { embeds: unknown[] }) => body.embeds],
    ['google_chat', (body: { cardsV2: unknown[] }) => body.cardsV2],
  ] as const)('of the kind %s get its message without a signature', async (kind, partOf) => {
    await add(kind);
    const [name = ''] = await some(1);
    await breakAll([name]);
    await tick();
    expect(receiver.received).toMatchObject([{ method: 'POST', url: `/${kind}` }]);
    expect(receiver.received[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(receiver.received[0]?.headers).not.toHaveProperty('webhook-signature');
    const [body] = bodies();
    expect(JSON.stringify(partOf(body as never))).toContain(`${keeper.config.baseUrl}/connections/${name}`);
  });

  it('by e-mail come from ALERT_EMAILS, keep what a person chose, and go when it is taken out', async () => {
    const withMail = { ...keeper, config: { ...keeper.config, mail: mailConfig(mailServer.port) } };
    await keepEnvironmentTarget(withMail);
    const [target] = await listTargets(keeper.store);
    expect(await sendTest(withMail, target?.id ?? '', me)).toMatchObject({ status: 'delivered', answer_status: 250 });
    expect(mailServer.received).toMatchObject([{ from: 'keeper@example.com', to: ['ops@example.com'] }]);
    await changeTarget(withMail, target?.id ?? '', { name: 'Ops', events: ['slots.low'] }, me);
    await keepEnvironmentTarget(withMail);
    expect(await listTargets(keeper.store)).toMatchObject([{ name: 'Ops', events: 'slots.low' }]);
    await expect(removeTarget(withMail, target?.id ?? '', me)).rejects.toMatchObject({ code: 'from_environment' });
    await keepEnvironmentTarget(keeper);
    expect(await listTargets(keeper.store)).toEqual([]);
  });

  it('are told only what they have chosen', async () => {
    await add('slack', ['connection.recovered']);
    await add('discord', ['connection.broken']);
    const [name = ''] = await some(1);
    await breakAll([name]);
    await tick();
    await keeper.store.db.updateTable('connections').set({ status: 'active', error_code: null }).execute();
    await tick();
    expect(receiver.received.map(({ url }) => url)).toEqual(['/discord', '/slack']);
  });

  it('get one message with a list for many breaks, and those after it gathered for five minutes', async () => {
    await add('webhook');
    const names = await some(30);
    await breakAll(names.slice(0, 15));
    await tick();
    expect(bodies()).toMatchObject([
      { type: 'connection.broken', connection: null, count: 15, connections: names.slice(0, 15), code: 'invalid_code' },
    ]);
    expect(bodies()[0]).toMatchObject({
      sentence: expect.stringMatching(/^15 connections broke: (c-\d{3}, ){9}c-009 and 5 more\./),
    });
    for (const name of names.slice(15)) {
      await breakAll([name]);
      await tick();
    }
    expect(bodies()).toMatchObject([{}, { connection: names[15] }, { connection: names[16] }]);
    keeper.advance(301);
    await tick();
    expect(bodies().slice(3)).toMatchObject([{ count: 13, connections: names.slice(17) }]);
    await keeper.store.db.updateTable('connections').set({ status: 'active', error_code: null }).execute();
    await tick();
    expect(bodies()[4]).toMatchObject({ type: 'connection.recovered', count: 30 });
  });

  it('hear of refreshes that fail while the token lives only where that was chosen, and of the end', async () => {
    await add('slack');
    await add('webhook', ['connection.failing', 'connection.recovered']);
    const [name = ''] = await some(1);
    const fails = { error_code: 'zoho_unavailable', failures: 1, access_token_expires_at: '2999' };
    const connection = keeper.store.db.updateTable('connections').where('name', '=', name);
    await connection.set(fails).execute();
    await tick();
    expect(bodies()).toEqual([]);
    await connection.set({ failures: 2 }).execute();
    await tick();
    await connection.set({ error_code: null, failures: 0 }).execute();
    await tick();
    expect(bodies()).toMatchObject([
      { type: 'connection.failing', state: 'stumbling', connection: name },
      { type: 'connection.recovered', connection: name },
    ]);
  });

  it('hear once of a refused client and of slots that run out, and again when it comes back', async () => {
    await add('webhook');
    for (const name of await some(18)) expect(name).toBeTruthy();
    const look = async (): Promise<void> => {
      await watchStanding(keeper, 'slots.low', await lowSlots(keeper));
      await watchStanding(keeper, 'client_secret.refused', await refusedSecrets(keeper));
      await keeper.deliveries.deliver();
    };
    await keeper.store.db.updateTable('connections').set({ error_code: 'invalid_client_secret' }).execute();
    await Promise.all([look(), look()]);
    await look();
    expect(bodies()).toMatchObject([
      { type: 'slots.low', sentence: expect.stringContaining('18 of the 20') },
      { type: 'client_secret.refused', sentence: expect.stringContaining('18 connections get no new tokens') },
    ]);
    await keeper.store.db.updateTable('connections').set({ error_code: null }).execute();
    await look();
    await keeper.store.db.updateTable('connections').set({ error_code: 'invalid_client_secret' }).execute();
    await look();
    expect(bodies()).toHaveLength(3);
  });

  it.each([
    ['seconds', () => '90', 90],
    ['a date', () => new Date(Date.now() + 90_000).toUTCString(), 90],
  ])('that are busy are left alone for as long as they ask, in %s', async (_what, retryAfter, seconds) => {
    receiver.answer((_req, res) => void res.writeHead(429, { 'retry-after': retryAfter() }).end());
    await add('discord');
    const [one = '', other = ''] = await some(2);
    await breakAll([one]);
    await tick();
    await breakAll([other]);
    await tick();
    const after = receiver.received.length;
    receiver.answer((_req, res) => void res.writeHead(204).end());
    keeper.advance(seconds - 20);
    await tick();
    expect(receiver.received).toHaveLength(after);
    keeper.advance(100);
    await tick();
    expect(receiver.received.length).toBe(after + 2);
  });

  it.each([
    ['slack', 'https://example.com/services/x', /is not where Slack takes messages/],
    ['discord', 'https://discord.com.example.com/api/webhooks/1', /is not where Discord/],
    ['google_chat', 'https://hooks.slack.com/services/x', /is not where Google Chat/],
    ['teams', 'https://contoso.webhook.office.com/webhookb2/x', /old connector, which Microsoft has retired/],
    ['teams', 'https://logic.azure.com.example.com/x', /is not where Microsoft Teams/],
    ['email', 'ops@example.com', /No mail server is set/],
  ] as const)('of the kind %s are not %s', async (kind, address, reason) => {
    await expect(addTarget(keeper, { kind, address }, me)).rejects.toMatchObject({
      message: expect.stringMatching(reason),
    });
  });

  it.each([
    ['slack', 'https://hooks.slack.com/services/T0/B0/x'],
    ['teams', 'https://prod-23.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke?sig=x'],
    ['teams', 'https://default1.environment.api.powerplatform.com/powerautomate/workflows/1?sig=x'],
    ['discord', 'https://discord.com/api/webhooks/1/x'],
    ['google_chat', 'https://chat.googleapis.com/v1/spaces/1/messages?key=x&token=y'],
  ] as const)('of the kind %s are at %s, which is neither stored nor recorded in clear', async (kind, address) => {
    await addTarget(keeper, { kind, address }, me);
    const { db } = keeper.store;
    const stored = [
      await db.selectFrom('alert_targets').selectAll().execute(),
      await db.selectFrom('events').selectAll().execute(),
    ];
    const { pathname } = new URL(address);
    expect(JSON.stringify(stored) + keeper.logged.join('')).not.toContain(pathname);
    await expect(addTarget(keeper, { kind, address }, me)).rejects.toMatchObject({ code: 'exists' });
  });
});
