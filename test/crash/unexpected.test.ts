import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../support/site';
import { freshFolder } from '../support/postgres';
import { startProgram } from '../support/process';

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
    const env = { PORT: String(await freePort()), NODE_OPTIONS: `--require=${fault}` };
    const running = await startProgram(['serve'], { cwd: folder, env });
    expect((await running.ended).code).toBe(1);
    const said = running.written();
    expect(said).toContain(`"error":"${kind}"`);
    expect(said).not.toContain(secret.slice(0, 16));
  });
});
