import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');
const text = (file: string) => readFileSync(join(root, file), 'utf8');

interface Bill {
  readonly bomFormat: string;
  readonly components: readonly { readonly name: string; readonly properties?: readonly { readonly name: string }[] }[];
}

it('the bill of materials of a release names what the program is made of, and marks the tools of its making', () => {
  expect(text('.github/workflows/release.yml')).toContain('npm run --silent sbom');
  // With --omit=dev npm leaves out what a tool needs as well, such as pg.
  const bill = JSON.parse(execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: root, encoding: 'utf8' })) as Bill;
  expect(bill.bomFormat).toBe('CycloneDX');
  const isTool = ({ properties = [] }: Bill['components'][number]) =>
    properties.some(({ name }) => name === 'cdx:npm:package:development');
  const [tools, parts] = [true, false].map((wanted) =>
    bill.components.filter((component) => isTool(component) === wanted).map(({ name }) => name),
  );
  const { dependencies } = JSON.parse(text('package.json')) as { dependencies: object };
  expect(parts).toEqual(expect.arrayContaining(Object.keys(dependencies)));
  expect([parts?.includes('jest'), tools?.includes('jest')]).toEqual([false, true]);
});

it('known weaknesses of what it is made of stop a change and a release', () => {
  for (const file of ['ci', 'release']) expect(text(`.github/workflows/${file}.yml`)).toContain('npm audit --omit=dev');
});

it('is tested on the versions of Node that its documents name', () => {
  const [, matrix = ''] = /node: \[(.*)\]/.exec(text('.github/workflows/ci.yml')) ?? [];
  const versions = matrix.replaceAll("'", '').split(', ');
  const { engines } = JSON.parse(text('package.json')) as { engines: { node: string } };
  expect(engines.node).toBe(`>=${versions[0]}`);
  const [last, ...others] = versions.toReversed();
  const words = `${others.toReversed().join(', ')} and ${last}`;
  for (const file of ['README.md', 'SECURITY.md', 'docs/deploying.md']) expect(text(file)).toContain(words);
});
