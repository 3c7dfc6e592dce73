import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createLogOutput } from '../../src/lib/log-output';
import { built } from '../support/build';
import { send } from '../support/http';
import { freshFolder } from '../support/postgres';
import { type Process, startProcess, startProgram } from '../support/process';
import { freePort } from '../support/site';
import { itWhere } from '../support/skip';

async function answers(port: number): Promise<boolean> {
  return send(`http://127.0.0.1:${port}`, { path: '/healthz' }).then(
    ({ status }) => status === 200,
    () => false,
  );
}

async function eventually(check: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await check()); tries++) {
    if (tries > 500) throw new Error('it did not happen');
    await setTimeout(20);
  }
}

describe('a Keeper whose log cannot be written', () => {
  let running: Process | undefined;
  afterEach(() => running?.end('SIGKILL'));

  it('because the disk is full answers, and stops when it is told to', async () => {
    const port = await freePort();
    const full = openSync('/dev/full', 'w');
    const stdio = ['ignore', full, 'pipe'] as const;
    running = await startProgram(['serve'], { cwd: freshFolder(), env: { PORT: String(port) }, stdio: [...stdio] });
    await eventually(() => answers(port));
    const { code, stderr } = await running.end('SIGTERM');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    closeSync(full);
  });

  it('because its reader has gone answers, and stops when it is told to', async () => {
    const port = await freePort();
    running = await startProgram(['serve'], { cwd: freshFolder(), env: { PORT: String(port) } });
    running.process.stdout?.destroy();
    await eventually(() => answers(port));
    expect((await running.end('SIGTERM')).code).toBe(0);
  });

  const hasScript = spawnSync('script', ['--version']).status === 0;
  const itAtTerminal = itWhere(
    hasScript,
    'a log at a terminal',
    'the program script is missing (apt-get install bsdutils)',
  );
  itAtTerminal('is in words where it is a terminal', async () => {
    const port = await freePort();
    const command = `exec ${process.execPath} ${join(await built(), 'main.js')} --dir ${freshFolder()} serve`;
    running = startProcess('script', ['-qfec', command, '/dev/null'], { env: { PORT: String(port) } });
    await eventually(() => answers(port));
    expect(await running.line()).toMatch(/^\d\d:\d\d:\d\d info  listening version=\S+ database=SQLite clients=0 /);
    await running.end('SIGKILL');
  });

  itAtTerminal('because its terminal has gone ends', async () => {
    const port = await freePort();
    const command = `exec ${process.execPath} ${join(await built(), 'main.js')} --dir ${freshFolder()} serve`;
    running = startProcess('script', ['-qfec', command, '/dev/null'], { env: { PORT: String(port) } });
    await eventually(() => answers(port));
    await running.end('SIGKILL');
    await eventually(async () => !(await answers(port)));
  });
});

describe('lines that nobody reads', () => {
  let fifo: number;
  // It stays open: lines are tried on it until the process ends, and by then its number could be that of another file.
  beforeEach(() => {
    const path = join(freshFolder(), 'log');
    spawnSync('mkfifo', [path]);
    fifo = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  });

  function read(): string {
    const buffer = Buffer.alloc(4 * 1024 * 1024);
    let length = 0;
    try {
      for (;;) length += readSync(fifo, buffer, length, buffer.length - length, null);
    } catch {
      return buffer.toString('utf8', 0, length);
    }
  }

  it('wait up to a limit, are counted beyond it, and nothing waits for them', async () => {
    const output = createLogOutput(fifo);
    const line = (number: number): string => `${String(number).padEnd(999, '.')}\n`;
    for (let number = 0; number < 3000; number++) output.write(line(number));
    let text = '';
    await eventually(() => {
      text += read();
      output.write(line(9999));
      return text.includes('9999');
    });
    const lines = text.split('\n').filter(Boolean);
    const notices = lines.filter((entry) => entry.startsWith('{')).map((entry) => JSON.parse(entry));
    expect(notices[0]).toMatchObject({ level: 40, msg: 'log lines were lost: stdout could not be written' });
    const lost = notices.reduce((sum: number, notice) => sum + notice.lines, 0);
    const kept = lines.filter((entry) => /^\d/.test(entry) && !entry.startsWith('9999'));
    expect(kept.length + lost).toBeGreaterThanOrEqual(3000);
    expect(kept.length).toBeGreaterThan(1000);
    expect(kept.length).toBeLessThan(1200);
    expect(kept.every((entry) => entry.length === 999)).toBe(true);
  });
});
