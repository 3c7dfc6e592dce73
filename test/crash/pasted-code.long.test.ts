import { person } from '../support/person';
import { asProcess } from '../support/start';

it.each(['before_processing', 'after_last_byte'] as const)(
  'kill -9 while a pasted code is exchanged (%s): the attempt is finished or reported, and no token is left',
  async (moment) => {
    const site = await asProcess();
    try {
      const { control } = site.simulator;
      const { zuid = 0 } = control.users().find(({ dataCenter }) => dataCenter === 'us') ?? {};
      const self = control.selfClient(zuid);
      const env = { ZOHO_CLIENT_ID: self.id, ZOHO_CLIENT_SECRET: self.secret };
      const program = await site.serve(env);
      control.faults.inject({ endpoint: 'exchange', kind: 'kill', pid: program.pid, moment });
      const code = control.selfClientCode(zuid, 'ZohoCRM.org.READ');
      const someone = person(site);
      await someone.submit('/connect/code', { code, name: 'crm' }, '/connect/code').catch(() => null);
      expect((await program.ended).signal).toBe('SIGKILL');
      await site.serve(env);
      for (;;) {
        const { text } = await someone.visit('/');
        if (text.includes('href="/connections/crm"')) return;
        if (text.includes('Connecting “crm” was interrupted.')) return;
        expect(text).toContain('Connecting “crm” is under way');
      }
    } finally {
      await site.stop();
    }
  },
  60_000,
);
