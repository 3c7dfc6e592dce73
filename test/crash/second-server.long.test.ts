import { setTimeout as wait } from 'node:timers/promises';
import { pathOf, person } from '../support/person';
import { somebody } from '../support/simulator';
import { asProcess, runCommand, serveBeside, startCommand } from '../support/start';

describe('a second server on a SQLite file', () => {
  it('is told of the first one, and leaves the code alone that the first one is exchanging', async () => {
    const site = await asProcess();
    const first = await site.serve();
    const second: { end(signal: 'SIGKILL'): Promise<unknown> }[] = [];
    try {
      expect(first.written()).not.toContain('Another Keeper');
      const { control } = site.simulator;
      const someone = person(site);
      const callback = pathOf(await someone.consent({ name: 'crm' }));
      control.faults.inject({ endpoint: 'exchange', kind: 'slow', delay_ms: 4000 });
      const connecting = someone.visit(callback);
      await control.arrived(1, { endpoint: 'exchange' });
      const beside = await serveBeside(site);
      second.push(beside);
      // Commands come and go beside them.
      expect((await runCommand(site, ['connections'])).code).toBe(0);
      expect((await connecting).text).toContain('“crm” is connected.');
      expect(control.count({ endpoint: 'exchange' })).toBe(1);
      expect(beside.written()).toContain('Another Keeper');
    } finally {
      await Promise.all(second.map((running) => running.end('SIGKILL')));
      await site.stop();
    }
  });

  it('leaves the code alone that a command is exchanging', async () => {
    const site = await asProcess();
    try {
      // Makes the database.
      await (await site.serve()).end('SIGTERM');
      const { control } = site.simulator;
      const zuid = somebody(site.simulator, 'eu');
      const { id, secret } = control.selfClient(zuid);
      const client = { ZOHO_CLIENT_ID: id, ZOHO_CLIENT_SECRET: secret, ZOHO_DATA_CENTER: 'eu' };
      const scopes = 'ZohoCRM.org.READ,AaaServer.profile.READ';
      control.faults.inject({ endpoint: 'exchange', kind: 'slow', delay_ms: 4000 });
      const args = ['connect', 'crm', '--scopes', scopes, '--code', control.selfClientCode(zuid, scopes)];
      const command = await startCommand({ ...site, env: { ...site.env, ...client } }, args);
      await control.arrived(1, { endpoint: 'exchange' });
      await site.serve(client);
      expect(await command.ended).toMatchObject({ code: 0, stdout: 'crm\n' });
      expect(control.count({ endpoint: 'exchange' })).toBe(1);
    } finally {
      await site.stop();
    }
  });

  it('that comes alone takes up at once what a crash of both left', async () => {
    const site = await asProcess();
    const first = await site.serve();
    try {
      const { control } = site.simulator;
      const someone = person(site);
      const callback = pathOf(await someone.consent({ name: 'crm' }));
      const beside = await serveBeside(site);
      control.faults.inject({ endpoint: 'exchange', kind: 'hang_before_headers' });
      const cut = someone.visit(callback).catch(() => 'cut off');
      await control.arrived(1, { endpoint: 'exchange' });
      await Promise.all([first.end('SIGKILL'), beside.end('SIGKILL')]);
      expect(await cut).toBe('cut off');
      await site.serve();
      for (let looked = 0; control.count({ endpoint: 'exchange' }) < 2 && looked < 50; looked++) await wait(100);
      expect(control.count({ endpoint: 'exchange' })).toBe(2);
    } finally {
      await site.stop();
    }
  });
});
