import { randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { limit, times } from '../support/full';
import { send } from '../support/http';
import { pathOf, person } from '../support/person';
import { asProcess, type ProcessSite } from '../support/start';

describe('SIGTERM', () => {
  let site: ProcessSite;
  beforeEach(async () => {
    site = await asProcess();
  });
  afterEach(() => site.stop());

  it('lets an exchange that is under way finish, then ends the program with exit code 0', async () => {
    const program = await site.serve();
    const someone = person(site);
    const callback = pathOf(await someone.consent({ name: 'under-way' }));
    site.simulator.control.faults.inject({ endpoint: 'exchange', kind: 'slow', delay_ms: 1500 });
    const answer = someone.open(callback);
    await site.simulator.control.arrived(1, { endpoint: 'exchange' });
    const ended = program.end('SIGTERM');
    program.process.kill('SIGTERM'); // A second one does not cut it short.
    expect((await answer).status).toBe(303);
    expect((await ended).code).toBe(0);
    await site.serve();
    expect((await someone.visit('/connections/under-way')).status).toBe(200);
    expect((await someone.visit('/')).text).not.toContain('interrupted');
  });

  it(
    'at any moment ends the program in good time, with nothing lost or left unfinished',
    async () => {
      const someone = person(site);
      let program = await site.serve();
      await someone.connect({ name: 'c-0' });
      const seen = { answered: 0, cutOff: 0 };
      for (let round = 1; round <= times(20, 100); round++) {
        const name = `c-${round}`;
        const callback = pathOf(await someone.consent({ name }));
        for (const endpoint of ['exchange', 'refresh'] as const)
          site.simulator.control.faults.inject({ endpoint, kind: 'slow', delay_ms: randomInt(200) });
        const answers = [someone.open(callback), someone.submit(`/connections/c-${round - 1}/refresh`)];
        const settled = Promise.allSettled(answers);
        await wait(randomInt(100));
        const begun = Date.now();
        expect((await program.end('SIGTERM')).code).toBe(0);
        expect(Date.now() - begun).toBeLessThan(25_000);
        const [connected] = await settled;
        site.simulator.control.faults.clearFaults();

        program = await site.serve();
        expect((await someone.visit('/')).text).not.toContain('interrupted');
        const isAnswered = connected?.status === 'fulfilled' && connected.value.status === 303;
        seen[isAnswered ? 'answered' : 'cutOff']++;
        // Who came too late finds the code unspent.
        if (!isAnswered) await someone.visit(callback);
        expect((await someone.visit(`/connections/${name}`)).text).toContain('>Active<');
      }
      expect(seen.answered).toBeGreaterThan(0);
    },
    limit(120_000),
  );

  it('waits for an exchange whose browser has gone', async () => {
    const program = await site.serve();
    const someone = person(site);
    const callback = await someone.consent({ name: 'left' });
    const { control } = site.simulator;
    control.faults.inject({ endpoint: 'exchange', kind: 'slow', delay_ms: 1000 });
    const leaving = new AbortController();
    const headers = { cookie: someone.cookie() };
    const answer = fetch(callback, { headers, signal: leaving.signal }).catch(() => 'gone');
    await control.arrived(1, { endpoint: 'exchange' });
    leaving.abort();
    expect(await answer).toBe('gone');
    expect((await program.end('SIGTERM')).code).toBe(0);
    await site.serve();
    expect((await someone.visit('/connections/left')).text).toContain('>Active<');
    expect((await someone.visit('/')).text).not.toContain('interrupted');
  });

  it('ends an idle program at once, also while browsers keep their connections open', async () => {
    const program = await site.serve();
    const agent = await fetch(`${site.url}/healthz`, { headers: { connection: 'keep-alive' } });
    await agent.text();
    const begun = Date.now();
    expect((await program.end('SIGTERM')).code).toBe(0);
    expect(Date.now() - begun).toBeLessThan(3000);
  });
});

describe('other signals', () => {
  let site: ProcessSite;
  beforeEach(async () => {
    site = await asProcess();
  });
  afterEach(() => site.stop());

  it('SIGHUP, from a terminal that is closed, ends the program as SIGTERM does', async () => {
    const program = await site.serve();
    expect(await program.end('SIGHUP')).toMatchObject({ code: 0 });
  });

  it('SIGUSR1 does not open a debugger to the users of the computer', async () => {
    const program = await site.serve();
    program.process.kill('SIGUSR1');
    for (let asked = 0; asked < 20; asked++) expect((await send(program.url, { path: '/healthz' })).status).toBe(200);
    const { stderr } = await program.end('SIGTERM');
    expect(stderr).toBe('');
  });
});
