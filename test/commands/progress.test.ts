import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { built } from '../support/build';
import { itWhere } from '../support/skip';
import { inProcess, runCommand, type TestApp } from '../support/start';

const script = '/usr/bin/script';

describe('long work on the command line', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
  });
  afterAll(() => app.stop());

  const itAtTerminal = itWhere(existsSync(script), 'progress at a terminal', 'script(1) of util-linux is missing');

  itAtTerminal('says at a terminal where it stands, in one line that is gone at the end', async () => {
    const command = `${process.execPath} ${await built()}/main.js rotate-key --grace 2`;
    const options = { cwd: app.folder, env: { ...process.env, ...app.env } };
    const { stdout } = await promisify(execFile)(script, ['-qec', command, '/dev/null'], options);
    const [waiting, ended] = ['\rWaiting 2 s for a running Keeper\u001b[K', '\r\u001b[K0 secrets were sealed anew;'];
    expect(stdout).toContain(waiting + ended);
  });

  it('says nothing of it elsewhere', async () => {
    const { stderr } = await runCommand(app, ['rotate-key', '--grace', '1']);
    expect(stderr).toMatch(/^0 secrets were sealed anew;[^\r]*$/);
  });
});
