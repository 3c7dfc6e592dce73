// Runs the clients of clients/ through Zoho's traps and prints one table in Markdown, a column each: npm run score [-- NAME …]
// Why a client lost a row goes to stderr.
import { execFile, execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'clients');
if (existsSync(join(folder, 'package.json')) && !existsSync(join(folder, 'node_modules')))
  execFileSync('npm', ['ci', '--prefix', 'clients', '--ignore-scripts'], { cwd: root, stdio: ['ignore', 2, 2] });

const wanted = process.argv.slice(2);
const clients = readdirSync(folder)
  .filter(isProgram)
  .filter((file) => wanted.length === 0 || wanted.includes(parse(file).name))
  .sort((a, b) => Number(b.startsWith('keeper.')) - Number(a.startsWith('keeper.')) || a.localeCompare(b));
const columns = [];
// One after the other: what one client computes must not make another one late.
for (const file of clients) columns.push({ name: parse(file).name, rows: await scoreOf(join(folder, file)) });

const traps = columns[0]?.rows.map(({ trap }) => trap) ?? [];
print(['trap', ...columns.map(({ name }) => name)]);
print(['---', ...columns.map(() => '---')]);
for (const [n, trap] of traps.entries()) print([trap, ...columns.map(({ rows }) => wordOf(rows[n]))]);
print(['of all', ...columns.map(({ rows }) => rows.filter(({ passed }) => passed).length)]);
for (const { name, rows } of columns)
  for (const { trap, why } of rows.filter(({ passed }) => !passed)) process.stderr.write(`${name}, ${trap}: ${why}\n`);

/** What is executable is a client, what is not is shared by them. */
function isProgram(file) {
  try {
    accessSync(join(folder, file), constants.X_OK);
    return parse(file).ext !== '';
  } catch {
    return false;
  }
}

function scoreOf(program) {
  const args = [join(root, 'dist/simulator/cli.js'), 'score', '--json', '--', program];
  return new Promise((resolve) => {
    // It ends with 1 when a row is lost.
    execFile(process.execPath, args, { maxBuffer: 2 ** 24 }, (_error, stdout) => resolve(JSON.parse(stdout)));
  });
}

function wordOf({ passed, why }) {
  if (/^It did not (start|begin)/.test(why)) return 'not run';
  return passed ? 'passed' : 'lost';
}

function print(cells) {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}
