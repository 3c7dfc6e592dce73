import { readFileSync } from 'node:fs';
import { codeOf } from '../lib/errors';
import { Misfit } from './parsers';

/** The text of a file that a person or program wrote. Throws a Misfit when it cannot be read, or not as UTF-8. */
export function readText(file: string): string {
  const bytes = read(file);
  const mark = bytes.subarray(0, 2).toString('hex');
  // What PowerShell and old editors write by default.
  if (mark === 'fffe' || mark === 'feff' || bytes.includes(0)) throw new Misfit('is UTF-16 (save it as UTF-8)');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Misfit('is not UTF-8 (save it as UTF-8)');
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Misfit(`cannot be read (${codeOf(error) || 'unreadable'})`);
  }
}
