import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isBuildStale } from '../src/build-age';

describe('the age of the compiled program', () => {
  const root = mkdtempSync(join(tmpdir(), 'keeper-age-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('is no concern where there are no sources', () => {
    write('dist/.tsbuildinfo', 100);
    expect(isBuildStale(root)).toBe(false);
  });

  it('is told when a source is newer, and not when none is', () => {
    write('src/web/page.ts', 99);
    expect(isBuildStale(root)).toBe(false);
    write('src/web/page.ts', 101);
    expect(isBuildStale(root)).toBe(true);
    write('dist/.tsbuildinfo', 102);
    expect(isBuildStale(root)).toBe(false);
  });

  function write(file: string, seconds: number): void {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), '');
    utimesSync(join(root, file), seconds, seconds);
  }
});
