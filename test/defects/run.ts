import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Defect, defects } from './defects';

// Run by `npm run test:defects`: brings each defect in alone, in a copy, and expects its tests to notice.

const root = join(__dirname, '../..');
const parts = ['src', 'test', 'views', 'public', 'docs', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const alone = new Set(process.env['DEFECT']?.split('|'));
const minutes = 60_000;

let copy: string;
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'keeper-defects-'));
  for (const part of [...parts, '.env.example', 'README.md'])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const chosen = defects.filter(({ name }) => alone.size === 0 || alone.has(name));

it(
  'without a defect, the tests that look for them are green',
  async () => {
    const files = [...new Set(chosen.flatMap(({ tests }) => tests))];
    expect(await failures(files)).toEqual({ failed: [], broken: 0 });
  },
  15 * minutes,
);

it.each(chosen)(
  '$name: is noticed',
  async (defect) => {
    const restore = apply(defect);
    try {
      const { failed } = await failures(defect.tests, defect.only);
      expect(failed).not.toEqual([]);
    } finally {
      restore();
    }
  },
  5 * minutes,
);

function apply({ file, find, replace }: Defect): () => void {
  const path = join(copy, file);
  const sound = readFileSync(path, 'utf8');
  if (sound.split(find).length !== 2) throw new Error(`${file} does not have this text exactly once: ${find}`);
  writeFileSync(
    path,
    sound.replace(find, () => replace),
  );
  return () => writeFileSync(path, sound);
}

/** Names of the tests that fail, and how many test files could not even begin. */
async function failures(files: readonly string[], only?: string): Promise<{ failed: string[]; broken: number }> {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const args = [
    'node_modules/jest/bin/jest.js',
    '--json',
    `--outputFile=${report}`,
    '--maxWorkers=2',
    '--forceExit',
    ...files,
  ];
  if (only !== undefined) args.push('-t', only);
  const child = spawn(process.execPath, args, {
    cwd: copy,
    stdio: 'ignore',
    timeout: 4 * minutes,
    killSignal: 'SIGKILL',
  });
  await once(child, 'close');
  const result: { numRuntimeErrorTestSuites: number; testResults: { assertionResults: Assertion[] }[] } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  const assertions = result.testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = assertions.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  return { failed, broken: result.numRuntimeErrorTestSuites };
}

interface Assertion {
  readonly status: string;
  readonly fullName: string;
}
