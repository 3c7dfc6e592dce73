import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of this program, as its package.json has it: both src/ and dist/ are beside that. */
export const version = readVersion();

function readVersion(): string {
  const written: unknown = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8'));
  const isPackage = typeof written === 'object' && written !== null && 'version' in written;
  return isPackage ? String(written.version) : 'unknown';
}
