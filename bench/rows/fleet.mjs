import { setTimeout as pause } from 'node:timers/promises';
import { fill, open } from '../databases.mjs';
import { cpuOf } from '../process.mjs';
import { serve } from '../servers.mjs';
import { startZoho } from '../zoho.mjs';

const upstream = 300;
/** An instance looks for work every five seconds. */
const beginSeconds = 6;

/** Refreshes a second by 1, 2 and 4 instances on PostgreSQL. All connections are in use and their tokens have ended. */
export async function measure(table, { isQuick, databases }) {
  const seconds = isQuick ? 4 : 10;
  const connections = isQuick ? 3000 : 6000;
  const zoho = await startZoho(upstream);
  const database = await databases.create('PostgreSQL');
  const store = await open(database);
  await fill(store, connections);
  const of = (width, instances) =>
    keepFresh({ zoho, database, store, databases, connections, width, instances, seconds });

  const what = (width, rest) => `keep-fresh, ${upstream} ms upstream, ${width} calls at once: ${rest}`;
  const narrow = { one: await of(4, 1), four: await of(4, 4) };
  const ratio = narrow.four.rate / narrow.one.rate;
  table.atLeast(3.5, what(4, 'four instances'), `one: ${narrow.one.rate.toFixed(1)} a second`, [ratio]);
  const [one, two] = [await of(50, 1), await of(50, 2)];
  table.add(what(50, 'one instance'), 'itself', `${one.rate.toFixed(1)} a second`, '≥ 60 a second', one.rate >= 60);
  const twice = two.twice + one.twice + narrow.four.twice;
  const isWell = two.rate >= 28 && twice === 0;
  const measured = `${two.rate.toFixed(1)} a second, ${twice} asked twice`;
  table.add(what(50, 'two instances'), 'itself', measured, '≥ 28 a second, none twice', isWell);
  table.cost('refreshes, PostgreSQL', { cpu: one.cpu, database: one.database });
  await store.close();
  zoho.stop();
}

async function keepFresh({ zoho, database, store, databases, connections, width, instances, seconds }) {
  await rest(store);
  const settings = { ZOHO_CALLS_AT_ONCE: String(width) };
  const begin = () => serve({ database, zoho, settings, withKey: false });
  const servers = await Promise.all(Array.from({ length: instances }, begin));
  await store.db.deleteFrom('refreshes').execute();
  await store.db.updateTable('connections').set({ claimed_until: null }).execute();
  await pause(beginSeconds * 1000);
  const cpu = () => servers.reduce((sum, { pid }) => sum + cpuOf(pid), 0);
  const from = { tokens: zoho.tokens, cpu: cpu(), database: cpuOf(databases.pid), at: performance.now() };
  await pause(seconds * 1000);
  const done = zoho.tokens - from.tokens;
  const costs = { cpu: (cpu() - from.cpu) / done, database: (cpuOf(databases.pid) - from.database) / done };
  const rate = done / ((performance.now() - from.at) / 1000);
  await Promise.all(servers.map(({ stop }) => stop()));
  const asked = await store.db
    .selectFrom('refreshes')
    .select(({ fn }) => [fn.countAll().as('all'), fn.count('connection_id').distinct().as('distinct')])
    .executeTakeFirstOrThrow();
  if (Number(asked.all) >= connections) throw new Error('Too few connections: all were refreshed before the end.');
  return { rate, twice: asked.all - asked.distinct, ...costs };
}

/** All tokens have ended, and nobody may begin yet. */
async function rest({ db }) {
  const [past, later] = [-3600, 3600].map((ahead) => new Date(Date.now() + ahead * 1000).toISOString());
  const ended = { renew_by: past, access_token_expires_at: past, used_at: new Date().toISOString() };
  const waiting = { claimed_until: later, lease_owner: null, lease_until: null, refreshed_at: past };
  await db
    .updateTable('connections')
    .set({ ...ended, ...waiting })
    .execute();
}
