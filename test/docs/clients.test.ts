import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

// `npm run clients` prints the table of docs/simulator.md; it needs an installation of its own, so no test runs it.
it('docs/simulator.md shows the clients in the versions that `npm run clients` installs', () => {
  const { dependencies } = JSON.parse(read('clients/package.json')) as { dependencies: Record<string, string> };
  const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: Record<string, string> };
  const [, table = ''] = /^## Clients that were tried\n([^]*?)^## /m.exec(read('docs/simulator.md')) ?? [];
  const shown = [...table.matchAll(/^\| ([\w@/.-]+) \| ([\d.]+) \|/gm)].map(([, name = '', version]) => [
    name,
    version,
  ]);
  const fromNpm = shown.filter(([name]) => name !== 'requests-oauthlib');
  const installed = fromNpm.map(([name = '']) => [name, dependencies[name] ?? devDependencies[name]]);
  expect(fromNpm).toEqual(installed);
  const frames = ['express', 'express-session', 'passport'];
  const tried = Object.keys(dependencies).filter((name) => !frames.includes(name));
  expect(shown.map(([name]) => name)).toEqual(expect.arrayContaining([...tried, 'newman', 'requests-oauthlib']));
});

it('names no host of a registry in the lock of the clients', () => {
  expect(read('clients/package-lock.json')).not.toContain('"resolved"');
});
