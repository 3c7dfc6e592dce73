import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Row, playTrap, score } from '../../src/simulator/score/score';
import { traps } from '../../src/simulator/score/traps/index';
import { built } from '../support/build';

const run = promisify(execFile);
const root = join(__dirname, '../..');
const ours = [process.execPath, join(root, 'clients/keeper.mjs')];
const naive = [process.execPath, join(root, 'test/support/naive-client.mjs')];
const env = { PATH: process.env['PATH'] };
const patience = 120_000;

beforeAll(built);

it.each(traps)(
  'our own client passes $name',
  async (trap) => {
    expect(await playTrap(ours, env, trap)).toEqual({ trap: trap.name, passed: true, why: trap.about });
  },
  patience,
);

/** What the naive client is caught at, by how it was started. */
const caught: Record<'eager' | 'lazy', Record<string, string>> = {
  eager: {
    throttle: 'It asked Zoho 10 times for 10 callers, although each was refused.',
    'many-calls': 'It had no token at call 11 of 30.',
    'twenty-callers': 'It asked Zoho for 20 tokens when 20 callers came at once.',
    '21st-token': 'By 7 reconnects it ended the connection of another installation.',
    'lost-answer': 'It had no token any more after the answer to a refresh had been lost.',
    'other-data-centre': 'It had no token for a user of another data centre.',
    'forged-state': "It connected somebody else's account by a link without a state.",
    restart: 'It had no token any more after a restart.',
  },
  lazy: {
    'errors-with-200': 'It gave out what is no living token after an error that came with status 200.',
    'kept-refresh-token': 'It gave out what is no living token two hours after the connect.',
    clock: 'It gave out what is no living token in the last seconds of its life as counted from the answer.',
    'forged-accounts-server':
      'It sent a secret to the host that somebody had written into the address of the callback.',
    'double-callback': 'It gave out what is no living token after the callback had been loaded three times.',
    'failed-reconnect': 'It had no token any more after a person had declined to connect again.',
  },
};

it.each(['eager', 'lazy'] as const)(
  'a naive client that is %s loses what it was made to lose, and all traps catch one of the two',
  async (mode) => {
    const wanted = Object.entries(caught[mode]);
    const chosen = traps.filter(({ name }) => name in caught[mode]);
    const rows = await Promise.all(score([...naive, mode], env, chosen));
    expect(new Map(rows.map(({ trap, why }) => [trap, why]))).toEqual(new Map(wanted));
    expect(rows.some(({ passed }) => passed)).toBe(false);
    const all = Object.values(caught).flatMap(Object.keys);
    expect(new Set(all)).toEqual(new Set(traps.map(({ name }) => name)));
  },
  patience,
);

interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function command(...args: string[]): Promise<Ending> {
  const program = join(await built(), 'simulator/cli.js');
  const ended = {
    code: 0,
    ...(await run(process.execPath, [program, 'score', ...args]).catch((error: Ending) => error)),
  };
  return { code: ended.code, stdout: ended.stdout, stderr: ended.stderr };
}

it('prints a table, and ends with 1 when a trap has caught the client', async () => {
  const { code, stdout } = await command('--only', 'forged-state,other-data-centre', '--', ...naive, 'lazy');
  expect(code).toBe(1);
  const [head, , first, second, , sum] = stdout.split('\n');
  expect(head).toBe('| trap | | why |');
  expect(first).toMatch(/^\| other-data-centre +\| passed \| Who lives in another data centre/);
  expect(second).toMatch(/^\| forged-state +\| lost {3}\| It connected somebody else's account by a link/);
  expect(sum).toBe('1 of 2 passed.');
});

it('prints the rows as JSON, and ends with 0 when the client passes', async () => {
  const { code, stdout } = await command('--only', 'other-data-centre', '--json', '--', ...naive, 'lazy');
  const rows = JSON.parse(stdout) as Row[];
  expect({ code, rows }).toMatchObject({ code: 0, rows: [{ trap: 'other-data-centre', passed: true }] });
});

it('says so when the client does not start, and which traps there are', async () => {
  const gone = await command('--only', 'restart', '--', '/no/such/client');
  expect(gone.stdout).toContain('It did not start: spawn /no/such/client ENOENT.');
  const ended = await command('--only', 'restart', '--', process.execPath, '-e', '0');
  expect(ended.stdout).toMatch(/It did not begin to answer at http:\S+: it has ended\./);
  expect((await command('--', '')).stderr).toContain('The command is empty.');
  const unknown = await command('--only', 'rain', '--', ...naive);
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
  expect(unknown.stderr).toContain('There is no trap “rain”. There are errors-with-200, throttle, ');
});

it.each([
  ["r.writeHead(302, { location: 'http://[' }).end()", 'It sends browsers to what is no address: http://[.'],
  [
    "r.end('x'.repeat(q.url === '/' ? 1 : 2e6))",
    'It does not answer any more: an answer of more than 1000000 characters.',
  ],
])('goes on after a client that answers by %s', async (answer, why) => {
  const listen = `.listen(new URL(process.env.ZOHO_REDIRECT_URI).port)`;
  const client = [process.execPath, '-e', `require('http').createServer((q, r) => ${answer})${listen}`];
  const { stdout, stderr } = await command('--only', 'restart,double-callback', '--', ...client);
  expect([stdout.split(why).length, stderr]).toEqual([3, '']);
});

it('stands in the docs: each trap, and that our own client passes it', () => {
  const pages = ['simulator', 'benchmarks'].map((name) => readFileSync(join(root, `docs/${name}.md`), 'utf8')).join('');
  const rows = traps.flatMap(({ name, about }) => [`| ${name} | ${about} |`, `| ${name} | passed |`]);
  expect(rows.filter((row) => !pages.includes(row))).toEqual([]);
});
