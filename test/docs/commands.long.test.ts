import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from '../support/process';

// Commands in the text, such as `node dist/main.js keys revoke <id>`, and synopses, which no shell can run as they stand.

const root = join(__dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'SECURITY.md', ...docs.map((name) => `docs/${name}`)];
const text = pages.map(read).join('\n');

/** `keys create` with its options, whatever stands for their values; a page may write it with `npx` or in a container. */
const written = [...text.matchAll(/(?:dist\/main\.js|zoho-token-keeper)((?: --(?:dir|env-file) \S+)* [a-z][^`\n]*)/g)]
  .map(([, line = '']) =>
    (line.split(' -- ')[0] ?? '').replaceAll(/--(dir|env-file) \S+/g, ' ').replaceAll(/[[\])]/g, ' '),
  )
  .map((line) => line.trim().split(/ +/));

const groups = ['keys', 'accounts'];
const nameOf = ([name = '', next = '']: readonly string[]): string[] => (groups.includes(name) ? [name, next] : [name]);

it('has commands in its pages', () => expect(written.length).toBeGreaterThan(30));

const commands = new Map(written.map((words) => [nameOf(words).join(' '), nameOf(words)]));
it.each([...commands])('%s, as README and docs write it, is a command with these options', async (name, words) => {
  const { code, stdout } = await (await startProgram([...words, '--help'])).ended;
  expect(code).toBe(0);
  expect(stdout).toContain(`Usage: zoho-token-keeper ${name}`);
  const options = written
    .filter((one) => nameOf(one).join(' ') === name)
    .flat()
    .filter((word) => /^--\w/.test(word));
  expect(options.filter((option) => !stdout.includes(`${option.split('=')[0]} `))).toEqual([]);
});

it('names npm scripts that there are', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: object };
  const named = [...text.matchAll(/(?:^|`|&& )npm (?:run (?:--silent )?)?([a-z:]+)/gm)].map(([, name = '']) => name);
  const ownOfNpm = ['run', 'ci', 'install', 'i', 'pack', 'prune', 'audit', 'sbom'];
  expect(named.filter((name) => !(name in scripts) && !ownOfNpm.includes(name))).toEqual([]);
});

it('has no block that no test takes', () => {
  // docs/simulator.md has a test of its own.
  const elsewhere = pages
    .filter((page) => page !== 'docs/simulator.md')
    .map(read)
    .join('\n');
  // Others run or read each of these: test/api/docs, test/docs, test/outside.
  const taken = /^(sh|console|js|python|php|env|json|yaml|ts|nginx|caddyfile|haproxy|apache)$/;
  const left = [...elsewhere.matchAll(/^```(.*)\n([^]*?)^```$/gm)].filter(([, language = '']) => !taken.test(language));
  const lines = left.filter(([, language]) => language === '').flatMap(([, , code = '']) => code.trim().split('\n'));
  expect(lines.filter((line) => !/^(node dist\/main\.js|npm) /.test(line))).toEqual([
    '.ci/run                     # all of this, as CI does it',
  ]);
  // Deluge runs at Zoho only.
  expect(left.flatMap(([, language]) => language || [])).toEqual(['deluge']);
});
