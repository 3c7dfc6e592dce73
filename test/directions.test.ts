import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..');

/** A file of each room, an import that it must not have, and one that it may. */
const rooms: readonly (readonly [file: string, wrong: string, right: string])[] = [
  ['lib/time', '../zoho/errors', './log'],
  ['lib/time', 'express', 'node:fs'],
  ['zoho/ping', '../store/store', '../lib/time'],
  ['zoho/ping', '../errors', 'axios'],
  ['store/ping', '../zoho/client', '../zoho/data-centers'],
  ['store/ping', '../errors', './errors'],
  ['store/encryption/sealed', '../../zoho/client', '../../lib/time'],
  ['config/config', '../connections/names', '../zoho/data-centers'],
  ['errors', './connections/names', './lib/problem'],
  ['audit', './auth/sign-in', './store/events'],
  ['context', './keeper', './config/config'],
  ['connections/names', '../alerts/message', '../audit'],
  ['connections/names', '../keeper', './status'],
  ['alerts/message', '../connections/names', '../errors'],
  ['tokens/backoff', '../calls/refusals', '../connections/clients'],
  ['calls/refusals', '../alerts/message', '../tokens/tokens'],
  ['exports/env', '../calls/refusals', '../tokens/tokens'],
  ['imports/recognise', '../tokens/tokens', '../connections/names'],
  ['auth/password', '../connections/clients', '../connections/names'],
  ['maintenance/clock', '../tokens/tokens', '../connections/clients'],
  ['keeper', './app', './tokens/tokens'],
  ['jobs', './store/open', './maintenance/backup'],
  ['web/words', '../store/open', '../keeper'],
  ['web/pages/keys', '../../store/open', '../../auth/api-keys'],
  ['web/pages/keys', '../../api/input', '../input'],
  ['web/words', 'axios', 'express'],
  ['api/input', '../web/words', '../keeper'],
  ['api/proxy', '../zoho/client', '../zoho/products'],
  ['commands/table', '../store/open', '../keeper'],
  ['commands/table', '../web/words', '../auth/api-keys'],
  ['simulator/app', '../lib/time', '../zoho/data-centers'],
  ['simulator/state/world', '../../zoho/answers', '../clock'],
];

it('refuses an import against the directions in every room, and only those', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keeper-directions-'));
  try {
    cpSync(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    const wrong = rooms.map(([file, specifier], number) => write(folder, `src/${file}-wrong-${number}.ts`, specifier));
    // The files of the ground are named one by one.
    const ground = rooms.filter(([file]) => !file.includes('/'));
    for (const [file, specifier] of ground) write(folder, `src/${file}.ts`, specifier);
    rooms.forEach(([file, , specifier], number) => write(folder, `src/${file}-right-${number}.ts`, specifier));
    const expected = [
      ...wrong.filter((file) => file.split('/').length > 2),
      ...ground.map(([file]) => `src/${file}.ts`),
    ];
    expect(refusedIn(folder).toSorted()).toEqual(expected.toSorted());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function write(folder: string, file: string, specifier: string): string {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `import '${specifier}';\n`);
  return file;
}

/** Files in which the linter finds an import that is not allowed. */
function refusedIn(folder: string): string[] {
  const linter = join(root, 'node_modules/oxlint/bin/oxlint');
  const args = [linter, '--format', 'json', 'src'];
  const { diagnostics } = JSON.parse(run(args, folder)) as { diagnostics: { code: string; filename: string }[] };
  const restricted = diagnostics.filter(({ code }) => code.includes('no-restricted-imports'));
  return [...new Set(restricted.map(({ filename }) => filename))];
}

/** The linter ends with 1 when it finds something. */
function run(args: string[], cwd: string): string {
  try {
    return execFileSync(process.execPath, args, { cwd, encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
