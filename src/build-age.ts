import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Whether a source file is newer than the compiled program, as after an update without a build. False without sources. */
export function isBuildStale(root: string): boolean {
  const built = statSync(join(root, 'dist/.tsbuildinfo'), { throwIfNoEntry: false })?.mtimeMs;
  const folder = join(root, 'src');
  if (built === undefined || !statSync(folder, { throwIfNoEntry: false })) return false;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.some((file) => file.endsWith('.ts') && statSync(join(folder, file)).mtimeMs > built);
}
