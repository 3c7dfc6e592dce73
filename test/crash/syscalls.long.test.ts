import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listConnections } from '../../src/store/connections';
import { verifySecrets } from '../../src/store/encryption/sealed';
import { openStore } from '../../src/store/open';
import { built } from '../support/build';
import { limit, times } from '../support/full';
import { person, pathOf } from '../support/person';
import { freshFolder } from '../support/postgres';
import { startProcess } from '../support/process';
import { createSite } from '../support/site';
import { canTrace, writer } from '../support/writer';
import { describeWhere } from '../support/skip';

const written = 12;
const why =
  'strace is missing (apt-get install strace), or the right to trace; the kills of connect.long.test.ts remain';

const describeTraced = describeWhere(canTrace(), 'system calls that fail', why);

describeTraced('a store whose system calls fail', () => {
  const calls = 'pwrite64,fsync,ftruncate,write,linkat,link,rename,unlink';
  // The writer makes about 42 fsyncs and 600 pwrites, which strace counts apart, so half of the steps are small.
  const sweep = (count: number): number[] =>
    Array.from({ length: count }, (_, n) => 1 + Math.floor((n * (n % 2 === 0 ? 600 : 42)) / count));

  it.each<[string, string, number]>([
    ['is killed at', 'signal=SIGKILL', times(40, 500)],
    ['finds no space once at', 'error=ENOSPC', times(20, 250)],
    ['finds the disk broken from', 'error=EIO:+', times(20, 250)],
  ])(
    'loses nothing that it said it had stored when it %s any one of them',
    async (_what, fault, runs) => {
      let cut = 0;
      let kept = 0;
      await inTwos(sweep(runs), async (step) => {
        const url = `sqlite:${join(freshFolder(), 'keeper.db')}`;
        const [kind = '', from = ''] = fault.split(':');
        const acknowledged = await runTraced(
          url,
          `${fault.startsWith('error') ? 'pwrite64,fsync' : calls}:${kind}:when=${step}${from}`,
        );
        if (acknowledged.length < written) cut++;
        kept += acknowledged.length;
        const store = await openStore(url, null);
        const stored = (await listConnections(store)).map((row) => row.name);
        expect({ step, missing: acknowledged.filter((name) => !stored.includes(name)) }).toEqual({ step, missing: [] });
        expect({ step, ...(await verifySecrets(store)) }).toEqual({ step, total: stored.length, damaged: {} });
        await store.close();
      });
      expect(cut).toBeGreaterThan(runs / 10);
      // A writer that stores nothing would lose nothing.
      expect(kept).toBeGreaterThan(runs);
    },
    limit(120_000),
  );
});

describeTraced('an answer that says something was stored', () => {
  it('leaves after the disk has it, each time', async () => {
    // With two answers each: one to the button, one to the callback.
    const connects = 50;
    const site = await createSite();
    const { env, folder, simulator } = site;
    const log = join(folder, 'strace.log');
    const tracing = startProcess(
      'strace',
      ['-f', '-qq', '-yy', '-s', '40', '-e', 'trace=pwrite64,fsync,write,writev,sendmsg', '-o', log].concat(
        process.execPath,
        join(await built(), 'main.js'),
        'serve',
      ),
      { cwd: folder, env },
    );
    await tracing.line();
    const someone = person(site);
    for (let n = 0; n < connects; n++) {
      simulator.control.advance(601);
      const page = await someone.visit(pathOf(await someone.consent({ name: `c-${n}` })));
      expect(page.text).toContain('is connected');
    }
    // strace ends with what it traces.
    process.kill(Number(readFileSync(`/proc/${tracing.pid}/task/${tracing.pid}/children`, 'utf8').trim()), 'SIGTERM');
    await tracing.ended;
    const { answers, early } = answersIn(readFileSync(log, 'utf8'));
    expect(answers).toBeGreaterThanOrEqual(2 * connects);
    expect(early).toEqual([]);
    await site.remove();
  }, 120_000);
});

/** How many redirects went out, and those of them that went while a write to the log of the database was not on disk. */
function answersIn(trace: string): { answers: number; early: string[] } {
  let answers = 0;
  let waiting = false;
  let synced = false;
  const early: string[] = [];
  for (const line of trace.split('\n')) {
    if (/pwrite64\(.*keeper\.db-wal/.test(line)) waiting = true;
    else if (/fsync(\(.*keeper\.db-wal.*| resumed>.*)= 0/.test(line)) [waiting, synced] = [false, true];
    else if (/(write|writev|sendmsg)\(.*HTTP\/1\.1 303/.test(line)) {
      answers++;
      if (waiting || !synced) early.push(line);
      synced = false;
    }
  }
  return { answers, early };
}

/** Runs the writer with a fault in its system calls. Returns the names that it said were stored. */
async function runTraced(url: string, inject: string): Promise<string[]> {
  const [calls = ''] = inject.split(':');
  const traced = startProcess(
    'strace',
    ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${inject}`].concat(
      process.execPath,
      '-e',
      writer,
      await built(),
      url,
      String(written),
    ),
  );
  return (await traced.ended).stdout.split('\n').filter(Boolean);
}

async function inTwos(steps: readonly number[], work: (step: number) => Promise<void>): Promise<void> {
  const left = [...steps];
  const one = async (): Promise<void> => {
    for (let step = left.shift(); step !== undefined; step = left.shift()) await work(step);
  };
  await Promise.all([one(), one()]);
}
