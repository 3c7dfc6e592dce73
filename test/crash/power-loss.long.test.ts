import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { listConnections } from '../../src/store/connections';
import { verifySecrets } from '../../src/store/encryption/sealed';
import { openStore } from '../../src/store/open';
import { built } from '../support/build';
import { limit, times } from '../support/full';
import { freshFolder } from '../support/postgres';
import { startProcess } from '../support/process';
import { canTrace, writer } from '../support/writer';
import { describeWhere } from '../support/skip';

const written = times(20, 200);
const why = 'what was synced can only be seen with strace (apt-get install strace) and the right to trace';

describeWhere(
  canTrace(),
  'power cuts',
  why,
)('after a power cut that takes along everything that was not synced', () => {
  it(
    'each connection that was said to be stored is there, wherever the cut comes',
    async () => {
      const folder = freshFolder();
      const log = join(folder, 'strace.log');
      const tracing = startProcess(
        'strace',
        ['-f', '-qq', '-yy', '-xx', '-s', '70000', '-e', 'trace=pwrite64,fsync,ftruncate,write', '-o', log].concat(
          process.execPath,
          '-e',
          writer,
          await built(),
          `sqlite:${join(folder, 'keeper.db')}`,
          String(written),
        ),
      );
      await tracing.ended;
      const cuts = cutsOf(readFileSync(log, 'latin1'));
      expect(cuts).toHaveLength(written);
      for (const { acknowledged, files } of cuts) {
        const after = join(folder, `after-${acknowledged.length}`);
        mkdirSync(after);
        for (const [name, bytes] of files) writeFileSync(join(after, name), bytes, { mode: 0o600 });
        copyFileSync(join(folder, 'keeper.key'), join(after, 'keeper.key'));
        const store = await openStore(`sqlite:${join(after, 'keeper.db')}`, null);
        expect((await listConnections(store)).map((row) => row.name)).toEqual(expect.arrayContaining(acknowledged));
        expect((await verifySecrets(store)).damaged).toEqual({});
        await store.close();
      }
    },
    limit(60_000),
  );
});

interface Cut {
  readonly acknowledged: readonly string[];
  readonly files: ReadonlyMap<string, Buffer>;
}

/** What the disk held for certain at each moment at which something was said to be stored. */
function cutsOf(trace: string): Cut[] {
  const durable = new Map<string, Buffer>();
  const waiting = new Map<string, ((bytes: Buffer) => Buffer)[]>();
  const acknowledged: string[] = [];
  const cuts: Cut[] = [];
  for (const line of trace.split('\n')) {
    const [, call = '', path = '', rest = ''] = /^\d+ +(\w+)\(\d+<([^>]*)>(.*)$/.exec(line) ?? [];
    const name = basename(decoded(path));
    const isDatabase = /^keeper\.db(-wal)?$/.test(name);
    const queue = waiting.get(name) ?? [];
    if (isDatabase) waiting.set(name, queue);
    if (call === 'pwrite64' && isDatabase) queue.push(writing(rest));
    if (call === 'ftruncate' && isDatabase) queue.push((bytes) => resized(bytes, Number(/\d+/.exec(rest)?.[0])));
    if (call === 'fsync' && isDatabase) {
      durable.set(
        name,
        queue.reduce((bytes, change) => change(bytes), durable.get(name) ?? Buffer.alloc(0)),
      );
      waiting.set(name, []);
    }
    const said = call === 'write' && !isDatabase ? /^c-\d+$/.exec(textOf(rest).toString().trim()) : null;
    if (said) {
      acknowledged.push(said[0]);
      cuts.push({ acknowledged: [...acknowledged], files: new Map(durable) });
    }
  }
  return cuts;
}

function writing(rest: string): (bytes: Buffer) => Buffer {
  const data = textOf(rest);
  const offset = Number(/, \d+, (\d+)\)/.exec(rest)?.[1]);
  return (bytes) => {
    const grown = resized(bytes, Math.max(bytes.length, offset + data.length));
    data.copy(grown, offset);
    return grown;
  };
}

function resized(bytes: Buffer, length: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(Math.max(0, length - bytes.length))]).subarray(0, length);
}

/** The bytes between the quotes. */
function textOf(rest: string): Buffer {
  return Buffer.from((/"((?:\\x[0-9a-f]{2})*)"/.exec(rest)?.[1] ?? '').replaceAll('\\x', ''), 'hex');
}

/** strace -xx writes names like all other text: \x68\x65… */
function decoded(text: string): string {
  return Buffer.from(text.replaceAll('\\x', ''), 'hex').toString();
}
