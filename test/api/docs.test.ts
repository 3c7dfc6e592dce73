import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProduct, products } from '../../src/zoho/products';
import { startApp, type TestApp } from '../support/app';
import { person } from '../support/person';
import { someKey } from './support';

const page = readFileSync(join(__dirname, '../../docs/api.md'), 'utf8');

describe('docs/api.md', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp();
    await person(app).connect({ name: 'crm', scopes: 'ZohoCRM.org.READ' });
  });
  afterAll(() => app.stop());

  function example(language: string): string {
    const code = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1];
    if (code === undefined) throw new Error(`there is no example in ${language}`);
    // The address of a real data centre stands for the simulated one.
    return code.replaceAll('https://www.zohoapis.com', String(app.simulator.urls.us));
  }

  it.each([
    ['sh', 'sh'],
    ['js', process.execPath],
    ['python', 'python3'],
    ['php', 'php'],
  ])('has an example in %s that runs, where it is installed', async (language, interpreter) => {
    const key = await someKey(app.server.store, { connections: ['crm'], rights: 'read' });
    const env = { PATH: process.env['PATH'], KEEPER_URL: app.url, KEEPER_KEY: key };
    const flags = language === 'js' ? '-e' : '-c';
    const code = example(language);
    const args = language === 'php' ? ['-r', code.replace('<?php', '')] : [flags, code];
    try {
      const { stdout } = await promisify(execFile)(interpreter, args, { env });
      expect(stdout).toContain('company_name');
    } catch (error) {
      const missing = error instanceof Error && /ENOENT|curl: (not found|command not found)/.test(error.message);
      if (!missing) throw error;
    }
  });

  it('lists the products that the proxy knows by a word of their own', () => {
    const listed = [...page.matchAll(/`~([a-z]+)`/g)].map(([, code = '']) => code);
    const own = products.filter(({ host }) => host !== 'api' && host !== 'accounts').map(({ code }) => code);
    expect(listed.toSorted()).toEqual(own.toSorted());
    expect(listed.every((code) => findProduct(code))).toBe(true);
  });
});
