import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formats } from '../../src/exports/formats';

it('docs/exports.md has the table of formats', () => {
  const page = readFileSync(join(__dirname, '../../docs/exports.md'), 'utf8');
  const listed = [...page.matchAll(/^\| (`[^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$/gm)];
  expect(listed.map(([, ...cells]) => cells.map((cell) => cell?.trim()))).toEqual(
    formats.map(({ name, title, fileName, holds, isCode, needsClient }) => [
      `\`${name}\``,
      title,
      `\`${fileName}\``,
      (holds ?? []).join(', '),
      isCode ? '' : 'yes',
      needsClient ? 'no' : 'yes',
    ]),
  );
});
