import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Simulator } from '../../src/simulator/simulator';
import { connect, refresh, start } from '../support/simulator';

let simulator: Simulator;
let victim: ChildProcess;
let token: string;
beforeEach(async () => {
  simulator = await start();
  token = (await connect(simulator)).refresh;
  victim = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], { stdio: 'ignore' });
  await once(victim, 'spawn');
});
afterEach(async () => {
  victim.kill();
  await simulator.close();
});

const minted = () => simulator.control.minted().filter((secret) => secret.kind === 'access_token').length;

it.each([
  ['before_processing', 0],
  ['after_processing', 1],
  ['after_first_byte', 1],
  ['after_last_byte', 1],
] as const)('kills a process %s, %d access tokens made', async (moment, made) => {
  const before = minted();
  const ended = once(victim, 'exit');
  simulator.control.faults.inject({ endpoint: 'refresh', kind: 'kill', pid: victim.pid, moment, delay_ms: 5 });
  const answer = await refresh(simulator, token)
    .then((response) => response.text())
    .catch(() => 'cut');
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(minted() - before).toBe(made);
  expect(answer === 'cut').toBe(made === 0);
});
