import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defects } from './defects';

const root = join(__dirname, '../..');

describe('the seeded defects', () => {
  it.each(defects)('can be applied and point at tests that exist: $name', ({ file, find, tests }) => {
    expect(readFileSync(join(root, file), 'utf8').split(find)).toHaveLength(2);
    expect(tests.filter((test) => !existsSync(join(root, test)))).toEqual([]);
  });
});
