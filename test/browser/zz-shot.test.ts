import { startApp } from '../support/app';
import { person } from '../support/person';
import { startUpstream } from '../support/upstream';
import { chromium as pw } from 'playwright-core';
import chromium from '@sparticuz/chromium';

it('shoots', async () => {
  const app = await startApp();
  const up = await startUpstream();
  const me = person(app);
  await me.connect({ name: 'crm-sales', scopes: 'ZohoCRM.users.READ,Desk.tickets.READ,ZohoMail.accounts.READ,AaaServer.profile.READ,ZohoBooks.settings.READ' });
  for (let i = 0; i < 4; i++) await me.submit('/connections/crm-sales/refresh');
  const added = await me.submit('/alerts', { url: up.url + '/hook/a/very/long/path/that/goes/on/and/on' }, '/alerts');
  const page1 = await me.visit('/alerts');
  const action = /action="(\/alerts\/[^"]+\/test)"/.exec(page1.text)?.[1] ?? '';
  await me.submit(action, {}, '/alerts');
  up.answer((_q, r) => void r.writeHead(500).end());
  await me.submit(action, {}, '/alerts');
  const { store } = app.server;
  const [hook] = await store.db.selectFrom('webhooks').selectAll().execute();
  for (const [type, state, code] of [['connection.broken','needs_reconnect','invalid_code'],['connection.recovered',null,'invalid_code']] as const) {
    const id = 'm' + type;
    await store.db.insertInto('alerts').values({ id, at: new Date().toISOString(), type, connection_name: 'crm-sales', data_center: 'us', state, code }).execute();
    await store.db.insertInto('deliveries').values({ id: 'd' + id, alert_id: id, webhook_id: hook?.id ?? '', status: 'pending', attempts: 2, due_at: new Date(Date.now() + 600000).toISOString(), tried_at: new Date().toISOString(), answer_status: 503, reason: 'refused by the receiver' }).execute();
  }
  const browser = await pw.launch({ executablePath: await chromium.executablePath(), args: [...chromium.args, '--no-sandbox'] });
  for (const width of [320, 1280]) for (const scheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
    page.on('console', (m) => process.stderr.write(m.text() + '\n'));
    await page.goto(app.url + '/alerts');
    await page.screenshot({ path: `/tmp/shot-alerts-${width}-${scheme}.png`, fullPage: true });
    process.stderr.write(`alerts ${width} ${await page.evaluate('document.scrollingElement.scrollWidth')}\n`);
    await page.goto(app.url + '/connections/crm-sales');
    await page.screenshot({ path: `/tmp/shot-conn-${width}-${scheme}.png`, fullPage: true });
    process.stderr.write(`conn ${width} ${await page.evaluate('document.scrollingElement.scrollWidth')}\n`);
    await page.click('button[value=crm]');
    await page.waitForLoadState();
    await page.screenshot({ path: `/tmp/shot-try-${width}-${scheme}.png`, fullPage: true });
    process.stderr.write(`try ${width} ${await page.evaluate('document.scrollingElement.scrollWidth')}\n`);
    await page.close();
  }
  await browser.close(); await app.stop(); await up.close();
  expect(added.status).toBe(200);
}, 120000);
