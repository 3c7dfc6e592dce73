import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/app';
import { built } from '../support/build';
import { freshFolder } from '../support/postgres';

const secret = '1000.0123456789abcdef0123456789abcdef.0123456789abcdef0123456789abcdef';

describe('an error that nobody expected', () => {
  it.each([
    ['thrown', `throw new TypeError('${secret}')`, 'TypeError'],
    [
      'of a promise',
      `Promise.reject(Object.assign(new RangeError('${secret}'), { token: '${secret}' }))`,
      'RangeError',
    ],
    ['that is no error', `Promise.reject('${secret}')`, 'string'],
  ])('(%s) ends the process with its kind on stderr and nothing that it holds', async (_what, cause, kind) => {
    const folder = freshFolder();
    const fault = join(folder, 'fault.js');
    writeFileSync(fault, `setTimeout(() => { ${cause}; }, 50);`);
    const child = spawn(process.execPath, ['-r', fault, join(await built(), 'main.js'), 'serve'], {
      env: {
        PATH: process.env['PATH'],
        PORT: String(await freePort()),
        DATABASE_URL: `sqlite:${join(folder, 'keeper.db')}`,
      },
    });
    let said = '';
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    await once(child, 'close');
    expect(child.exitCode).toBe(1);
    expect(said).toContain(`"error":"${kind}"`);
    expect(said).not.toContain(secret.slice(0, 16));
  });
});
