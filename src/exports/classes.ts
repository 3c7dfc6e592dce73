import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenExport } from './connection-export';

const folder = join(__dirname, '../../stores');

/** A class of stores/, with the address and the name that fit in the place of those that it is shipped with. */
export function keeperClass(file: string) {
  return ({ keeperUrl, connection }: OpenExport): string =>
    readFileSync(join(folder, file), 'utf8')
      .replaceAll('http://localhost:3000', keeperUrl)
      .replaceAll(/(['"])default\1/g, `$1${connection}$1`);
}
