// Tries other people's OAuth clients with the simulator and prints a table; ends with 1 when one fails that should not:
// npm run clients
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
if (!existsSync(join(root, 'clients/node_modules'))) {
  execFileSync('npm', ['ci', '--prefix', 'clients', '--ignore-scripts'], { cwd: root, stdio: ['ignore', 2, 2] });
}
const { startSimulator } = createRequire(import.meta.url)('../dist/simulator/simulator.js');
const { tryClient } = await import('./try.mjs');
const { tryNewman } = await import('./newman.mjs');

/** Seconds that an hour has here: clients look at a clock of their own, which the simulator cannot move. */
const life = 6;
/** How many of the first four steps each has to pass: who does not refresh gives out a dead token after an hour. */
const clients = [
  { name: 'grant', steps: 2 },
  { name: 'passport-oauth2', steps: 2 },
  { name: 'openid-client', steps: 4 },
  { name: 'oauth4webapi', steps: 4 },
  { name: 'simple-oauth2', steps: 3 },
  { name: '@zohocrm/nodejs-sdk-8.0', steps: 4, file: 'zoho-sdk.mjs' },
  { name: 'requests-oauthlib', steps: 4, file: 'requests-oauthlib.py' },
];
const zoho = await startSimulator({ settings: { accessTokenLife: life, browserSessions: true } });
const another = await startSimulator();
const head = [
  ['client', 'version', 'connects', 'gives a token', 'after an hour', 'after two', 'a person of `eu`', 'sends'],
  Array.from({ length: 8 }, () => '---'),
];
const rows = await Promise.all([...clients.map(tried), newman()]);
for (const cells of [...head, ...rows]) process.stdout.write(`| ${cells.join(' | ')} |\n`);
await Promise.all([zoho.close(), another.close()]);

async function tried({ name, steps, file = `${name}.mjs` }) {
  const version = versionOf(name);
  if (version === undefined) return [name, ...notRun()];
  const words = await tryClient(file, zoho, life).catch((error) => [String(error)]);
  check(name, words.slice(0, steps), steps);
  return [name, version, ...words];
}

async function newman() {
  const words = await tryNewman(readFileSync(join(root, 'docs/simulator.md'), 'utf8'), another);
  check('newman', words, 3);
  return ['newman', versionOf('newman'), ...words, '', '', 'secret in the URL'];
}

function check(name, words, steps) {
  if (words.length === steps && words.every((word) => word === 'yes')) return;
  process.stderr.write(`${name} has to pass ${steps} steps: ${words.join(' · ')}\n`);
  process.exitCode = 1;
}

/** Undefined where the Python library is missing. */
function versionOf(name) {
  if (name === 'requests-oauthlib') {
    const lines = 'import flask, requests_oauthlib; print(requests_oauthlib.__version__)';
    const { status, stdout } = spawnSync('/usr/bin/python3', ['-c', lines], { encoding: 'utf8' });
    return status === 0 ? stdout.trim() : undefined;
  }
  const own = JSON.parse(readFileSync(join(root, 'clients/package.json'), 'utf8')).dependencies;
  return own[name] ?? JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies[name];
}

function notRun() {
  const how = 'apt-get install python3-requests-oauthlib python3-flask';
  process.stderr.write(`requests-oauthlib was NOT run, as it is not installed: ${how}\n`);
  return ['', 'not run', '', '', '', '', ''];
}
