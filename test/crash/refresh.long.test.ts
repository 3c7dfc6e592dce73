import { randomInt } from 'node:crypto';
import { limit, times } from '../support/full';
import { type Person, person } from '../support/person';
import { asProcess, type ProcessSite } from '../support/start';
import type { Process } from '../support/process';

/** Seen from Zoho, and last the moment in which the browser hears of the new token. */
const moments = ['before_processing', 'after_processing', 'after_first_byte', 'after_last_byte', 'answered'] as const;
type Moment = (typeof moments)[number];

it.concurrent.each([
  ['as Zoho does it', false, times(30, 400)],
  ['with a new refresh token each time', true, times(10, 100)],
] as const)(
  'kill -9 during a refresh %s: no refresh token is lost, and what was acknowledged is stored',
  async (_what, rotateRefreshTokens, rounds) => {
    const site = await asProcess();
    const someone = person(site);
    try {
      let program = await site.serve();
      const names = Array.from({ length: rounds }, (_, number) => `c-${number}`);
      for (const name of names) await someone.connect({ name });
      // From here on the old refresh token lives for a minute after each refresh.
      site.simulator.control.settings.rotateRefreshTokens = rotateRefreshTokens;
      for (const [number, name] of names.entries()) {
        const acknowledged = await killedRefresh(site, someone, program, name, moments[number % moments.length]);
        program = await site.serve();
        if (acknowledged) expect(lastAccessToken(site)).toBe(await reveal(someone, name, 'access_token'));
      }
      // The process that died still holds its lease for some seconds, so all of them wait together.
      await Promise.all(names.map((name) => refreshes(site, someone, name)));
    } finally {
      await site.stop();
    }
  },
  limit(240_000),
);

/** Whether the browser was told of a new token before the program died. */
async function killedRefresh(
  site: ProcessSite,
  someone: Person,
  program: Process,
  name: string,
  moment: Moment = 'before_processing',
): Promise<boolean> {
  const { faults } = site.simulator.control;
  if (moment !== 'answered') {
    faults.inject({ endpoint: 'refresh', kind: 'kill', pid: program.pid, moment, delay_ms: randomInt(51) });
  }
  const answer = await someone.submit(`/connections/${name}/refresh`).catch(() => null);
  if (moment === 'answered') program.process.kill('SIGKILL');
  expect((await program.ended).signal).toBe('SIGKILL');
  return answer?.status === 303;
}

async function refreshes(site: ProcessSite, someone: Person, name: string): Promise<void> {
  const path = `/connections/${name}`;
  expect((await someone.submit(`${path}/refresh`, {}, path)).status).toBe(303);
  const { text } = await someone.visit(path);
  expect(text).toContain('>Active<');
  expect(text).toMatch(/ends<\/span>/);
  const living = site.simulator.control.livingRefreshTokens().map((token) => token.value);
  expect(living).toContain(await reveal(someone, name, 'refresh_token'));
}

async function reveal(someone: Person, name: string, token: string): Promise<string> {
  const path = `/connections/${name}`;
  const page = await someone.submit(`${path}/reveal`, { token }, path);
  return /data-token[^>]*value="([^"]*)"/.exec(page.text)?.[1] ?? '';
}

function lastAccessToken(site: ProcessSite): string | undefined {
  return site.simulator.control.minted().findLast(({ kind }) => kind === 'access_token')?.value;
}
