import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Defect, defects as all } from './defects';

const root = join(__dirname, '../..');
const parts = [
  'src',
  'test',
  'views',
  'public',
  'stores',
  'docs',
  'clients/keeper.mjs',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
/** In milliseconds. */
const minutes = 60_000;
/** `DEFECT='one name|another'` tries these alone. */
const wanted = process.env['DEFECT']?.split('|');

interface Run {
  readonly failed: readonly string[];
  readonly passed: readonly string[];
  /** Test files that could not even begin. */
  readonly broken: number;
}

/**
 * Run by `npm run test:defects`: brings each defect in alone, in a copy, and expects its tests to notice. Each half of the
 * defects has a copy of its own, so that both are tried at the same time.
 */
export function expectNoticed(half: 'first' | 'second'): void {
  const defects = halfOf(half).filter(({ name }) => !wanted || wanted.includes(name));
  let copy: string;
  beforeAll(() => {
    copy = makeCopy();
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  it('their texts stand exactly once where they say, and their tests exist', () => {
    expect(defects.flatMap((defect) => mistakesIn(copy, defect))).toEqual([]);
  });
  if (defects.length === 0) return;

  it(
    'without a defect, the tests that look for them are green',
    async () => {
      const whole = new Set(defects.flatMap(({ tests, only }) => (only === undefined ? tests : [])));
      const rest = new Set(defects.flatMap(({ tests }) => tests).filter((test) => !whole.has(test)));
      const names = defects.flatMap(({ only }) => only ?? []).join('|');
      for (const { failed, broken } of [await run(copy, [...whole]), await run(copy, [...rest], names)])
        expect({ failed, broken }).toEqual({ failed: [], broken: 0 });
    },
    9 * minutes,
  );

  it.each(defects)(
    '$name: is noticed',
    async (defect) => {
      const [mistake] = mistakesIn(copy, defect);
      if (mistake !== undefined) throw new Error(mistake);
      const path = join(copy, defect.file);
      const sound = readFileSync(path, 'utf8');
      writeFileSync(
        path,
        sound.replace(defect.find, () => defect.replace),
      );
      try {
        const { failed, passed } = await run(copy, defect.tests, defect.only);
        if (failed.length === 0) throw new Error(`no test noticed it; these passed: ${passed.join('; ') || 'none'}`);
      } finally {
        writeFileSync(path, sound);
      }
    },
    5 * minutes,
  );
}

/** What the same tests look for stays together, as these run once without any defect. */
function halfOf(half: 'first' | 'second'): readonly Defect[] {
  const groups = [...new Set(all.map(({ tests }) => tests.join()))].toSorted();
  return all.filter(({ tests }) => groups.indexOf(tests.join()) % 2 === (half === 'first' ? 0 : 1));
}

function makeCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), 'keeper-defects-'));
  for (const part of [...parts, '.env.example', 'README.md', 'CHANGELOG.md', 'SECURITY.md'])
    cpSync(join(root, part), join(copy, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** Why a defect cannot be tried, in words: somebody has renamed or moved what it is about. */
function mistakesIn(copy: string, { name, file, find, tests }: Defect): string[] {
  const times = existsSync(join(copy, file)) ? readFileSync(join(copy, file), 'utf8').split(find).length - 1 : 0;
  const text = times === 1 ? [] : [`“${name}”: ${file} has this text ${times} times instead of once: ${find}`];
  const missing = tests.filter((test) => !existsSync(join(copy, test)));
  return [...text, ...missing.map((test) => `“${name}”: there is no ${test}`)];
}

async function run(copy: string, files: readonly string[], only?: string): Promise<Run> {
  if (files.length === 0) return { failed: [], passed: [], broken: 0 };
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const args = ['--json', `--outputFile=${report}`, '--runInBand', '--forceExit', '--runTestsByPath', ...files];
  if (only !== undefined) args.push('-t', only);
  const child = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...args], {
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
  const named = (wantedStatus: string): string[] =>
    assertions.filter(({ status }) => status === wantedStatus).map(({ fullName }) => fullName);
  return { failed: named('failed'), passed: named('passed'), broken: result.numRuntimeErrorTestSuites };
}

interface Assertion {
  readonly status: string;
  readonly fullName: string;
}
