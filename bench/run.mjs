// Measures the compiled program beside others and prints one table: npm run bench -- [quick] [--markdown] [part …]
// Whatever else the machine does meets all that is compared, as they take turns; only a quiet machine gives figures of their own.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './keeper.mjs';
import { createTable } from './table.mjs';

if (!existsSync(join(root, 'bench/node_modules'))) {
  execFileSync('npm', ['ci', '--prefix', 'bench', '--ignore-scripts'], { cwd: root, stdio: ['ignore', 2, 2] });
}
const names = ['tokens', 'connect', 'expiry', 'fleet', 'size', 'start', 'install'];
const given = process.argv.slice(2).filter((word) => word !== '--markdown');
const parts = given.filter((word) => word !== 'quick');
const unknown = parts.filter((part) => !names.includes(part));
if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}; there are ${names.join(', ')}.`);

const { startDatabases } = await import('./databases.mjs');
const databases = await startDatabases();
const table = createTable();
for (const name of parts.length > 0 ? parts : names) {
  process.stderr.write(`-- ${name}\n`);
  const { measure } = await import(`./rows/${name}.mjs`);
  await measure(table, { isQuick: given.includes('quick'), databases });
}
await databases.stop();
process.stdout.write(`${table.markdown()}\n`);
process.exit(0);
