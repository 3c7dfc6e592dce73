// The simulation by hand: npm run simulate -- --seed N --hours H. Without a seed it takes one by chance, and prints it.
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { transformSync } from '@swc/core';

const require = createRequire(import.meta.url);
const jsc = { target: 'es2023', parser: { syntax: 'typescript' } };
const extensions = { ...Module._extensions };
for (const name of Object.keys(extensions)) delete Module._extensions[name];
// First of all: scopes.ts stands beside scopes.json.
Module._extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), { filename, jsc, module: { type: 'commonjs' } });
  module._compile(code, filename);
};
Object.assign(Module._extensions, extensions);
const { simulate } = require('./simulate.ts');

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    hours: { type: 'string', default: '1000' },
    lines: { type: 'string', default: '60' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
process.stdout.write(`seed ${seed}\n`);
const began = performance.now();
const { hours, broken, hash, counts, last } = await simulate(seed, Number(values.hours));
const took = ((performance.now() - began) / 1000).toFixed(1);
if (broken.length > 0) process.stdout.write(`${last.slice(-Number(values.lines)).join('\n')}\n`);
process.stdout.write(`${hours.toFixed(1)} hours in ${took} s, history ${hash}: ${JSON.stringify(counts)}\n`);
for (const line of broken) process.stdout.write(`broken: ${line}\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
