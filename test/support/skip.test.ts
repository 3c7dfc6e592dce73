import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(__dirname, '..');
/** Any way to leave a test out: called, chosen by a condition, or by another name. */
const leftOut = /\b(?:it|test|describe)\.(?:skip|only|todo|failing)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\(/;

it('no test is left out without saying aloud what and why (support/skip.ts)', () => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const ours = [relative(root, __filename), join('support', 'skip.ts')];
  const found = files.filter((file) => leftOut.test(readFileSync(join(root, file), 'utf8')));

  expect(found.filter((file) => !ours.includes(file))).toEqual([]);
  expect(found).toContain(join('support', 'skip.ts'));
});
