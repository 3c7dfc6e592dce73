import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fill, open } from '../databases.mjs';
import { root } from '../keeper.mjs';
import { burst } from '../load.mjs';
import { serve } from '../servers.mjs';
import { spread } from '../table.mjs';
import { startZoho } from '../zoho.mjs';

const upstream = 300;
const callers = 1000;
const route = '/api/v1/connections/default/token';

/** A thousand callers whose token has ended, spread over 1, 2 and 4 instances. */
export async function measure(table, { isQuick, databases }) {
  const rounds = isQuick ? 3 : 20;
  const zoho = await startZoho(upstream);
  const database = await databases.create('PostgreSQL');
  const store = await open(database);
  await fill(store, 1);
  const first = await serve({ database, zoho });
  const servers = [first, ...(await Promise.all([1, 2, 3].map(() => serve({ database, zoho, withKey: false }))))];
  for (const instances of [1, 2, 4]) {
    const bases = servers.slice(0, instances).map(({ base }) => base + route);
    const slowest = [];
    let most = 0;
    for (let round = 0; round <= rounds; round++) {
      await expire(store);
      const before = zoho.tokens;
      const taken = await burst(bases, { callers, headers: first.program });
      // The first one meets code that was never run.
      if (round === 0) continue;
      slowest.push(taken.at(-1));
      most = Math.max(most, zoho.tokens - before);
    }
    const what = `${callers} callers at expiry over ${instances} instance${instances === 1 ? '' : 's'}, ${rounds} rounds`;
    table.add(`${what}: refreshes`, 'one', String(most), '1', most === 1);
    const worst = Math.max(...slowest) - upstream;
    const measured = `${spread(slowest, 0)} ms`;
    table.add(`${what}: the slowest`, `${upstream} ms upstream`, measured, `≤ ${upstream + 300} ms`, worst <= 300);
  }
  await Promise.all(servers.map(({ stop }) => stop()));
  await store.close();
  zoho.stop();
  table.add('20 callers of Zoho’s Node SDK at expiry: refreshes', 'the Keeper: 1', String(await sdk()));
}

async function expire({ db }) {
  const past = new Date(Date.now() - 1000).toISOString();
  await db.updateTable('connections').set({ access_token_expires_at: past }).execute();
  // What was refreshed before does not count against the budget.
  await db.deleteFrom('refreshes').execute();
}

/** Its tokens live for a second. */
async function sdk() {
  const zoho = await startZoho(upstream, 1);
  const folder = mkdtempSync(join(tmpdir(), 'keeper-bench-'));
  const args = [join(root, 'bench/peers/sdk.mjs'), zoho.url, join(folder, 'tokens.txt')];
  const child = spawn('node', args, { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  await lines.next();
  await pause(1500);
  const before = zoho.tokens;
  child.stdin.write('20\n');
  const { value: answered } = await lines.next();
  const ended = once(child, 'exit');
  child.stdin.end();
  await ended;
  rmSync(folder, { recursive: true, force: true });
  zoho.stop();
  if (answered !== '20') throw new Error(`Zoho's SDK answered ${answered} of 20.`);
  return zoho.tokens - before;
}
