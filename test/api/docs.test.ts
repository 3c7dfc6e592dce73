import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileHosts, products } from '../../src/zoho/products';
import { inProcess, type TestApp } from '../support/start';
import { person } from '../support/person';
import { someKey } from '../support/program';

const page = readFileSync(join(__dirname, '../../docs/api.md'), 'utf8');

describe('docs/api.md', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
    await person(app).connect({ name: 'crm', scopes: 'ZohoCRM.org.READ' });
  });
  afterAll(() => app.stop());

  function example(language: string): string {
    const code = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1];
    if (code === undefined) throw new Error(`there is no example in ${language}`);
    // The address of a real data centre stands for the simulated one.
    return code.replaceAll('https://www.zohoapis.com', String(app.simulator.urls.us));
  }

  describe.each([
    ['sh', 'curl', 'sh', '-c'],
    ['js', process.execPath, process.execPath, '-e'],
    ['python', 'python3', 'python3', '-c'],
    ['php', 'php', 'php', '-r'],
  ])('in %s', (language, needed, interpreter, flag) => {
    // An example can only run where its language is installed; the project brings none but Node.
    const installed = spawnSync(needed, ['--version']).error === undefined;
    (installed ? it : it.skip)('has an example that runs', async () => {
      const key = await someKey(app.server.store, { connections: ['crm'], rights: 'read' });
      const env = { PATH: process.env['PATH'], KEEPER_URL: app.url, KEEPER_KEY: key };
      const code = example(language).replace('<?php', '');
      const { stdout } = await promisify(execFile)(interpreter, [flag, code], { env });
      expect(stdout).toContain('company_name');
    });
  });

  it('lists the products that the proxy knows by a word of their own', () => {
    const listed = [...page.matchAll(/`~([a-z]+)`/g)].map(([, code = '']) => code);
    const own = products.filter(({ host }) => host !== 'api' && host !== 'accounts').map(({ code }) => code);
    expect([...new Set(listed)].toSorted()).toEqual([...own, ...fileHosts].toSorted());
  });
});
