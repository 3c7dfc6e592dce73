import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../keeper.mjs';

/** What is installed without dev dependencies, reckoned from the lock and what lies on the disk. */
export function measure(table) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const own = closure(lock, '');
  own.delete('');
  const express = closure(lock, 'node_modules/express');
  const [size, bareSize] = [megabytes(own), megabytes(express)];
  const bare = (value) => `bare Express 5: ${value}`;
  table.add('packages without dev dependencies', bare(express.size), String(own.size), '≤ 150', own.size <= 150);
  table.add('their size', bare(`${bareSize.toFixed(1)} MB`), `${size.toFixed(1)} MB`, '≤ 60 MB', size <= 60);
}

/** A package of the lock and all that it needs, as far as it is installed: others are for other systems. */
function closure(lock, place, found = new Set()) {
  if (found.has(place) || !existsSync(join(root, place))) return found;
  found.add(place);
  const { dependencies = {}, optionalDependencies = {} } = lock[place];
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const needed = resolve(lock, place, name);
    if (needed !== undefined) closure(lock, needed, found);
  }
  return found;
}

/** Where Node would find it. */
function resolve(lock, place, name) {
  for (let folder = place; ; folder = dirname(folder)) {
    const candidate = join(folder === '.' ? '' : folder, 'node_modules', name);
    if (candidate in lock) return candidate;
    if (folder === '' || folder === '.') return undefined;
  }
}

function megabytes(places) {
  return [...places].reduce((sum, place) => sum + sizeOf(join(root, place)), 0) / 1_000_000;
}

/** Without what lies in a `node_modules` of its own, which is another package. */
function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + sizeOf(path);
    return entry.isFile() ? sum + statSync(path).size : sum;
  }, 0);
}
