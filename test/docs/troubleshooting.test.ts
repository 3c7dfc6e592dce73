import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dependsOnFacts } from '../../src/zoho/causes';
import { errorPages } from '../../src/zoho/error-pages';
import { explain, explainedCodes } from '../../src/zoho/messages';

const file = join(__dirname, '../../docs/troubleshooting.md');
const row = (...cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

function pagesTable(): string {
  const rows = errorPages.map(({ title, says, cause, cure }) =>
    row(`**${title}**${says === null ? '' : `: ${says}`}`, cause, cure),
  );
  return [row('Zoho shows', 'because', 'cure'), row('---', '---', '---'), ...rows].join('\n');
}

function codesTable(operation: 'connect' | 'refresh'): string {
  const rows = explainedCodes(operation).map((code) => {
    const { sentence, next } = explain(code, operation);
    return row(`\`${code}\`${dependsOnFacts(code, operation) ? ' *' : ''}`, sentence, next);
  });
  return [row('code', 'what happened', 'next step'), row('---', '---', '---'), ...rows].join('\n');
}

const tables = { pages: pagesTable(), connect: codesTable('connect'), refresh: codesTable('refresh') };

function withTables(text: string): string {
  return Object.entries(tables).reduce(
    (page, [name, table]) =>
      page.replace(new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`), (_, begin: string, end: string) =>
        [begin, table, '\n', end].join(''),
      ),
    text,
  );
}

// `REWRITE=yes npx jest test/docs/troubleshooting.test.ts` writes the tables anew.
it('docs/troubleshooting.md has the words of the program', () => {
  const text = readFileSync(file, 'utf8');
  if (process.env['REWRITE'] === 'yes') writeFileSync(file, withTables(text));
  expect(readFileSync(file, 'utf8')).toBe(withTables(text));
  for (const table of Object.values(tables)) expect(withTables(text)).toContain(table);
});
