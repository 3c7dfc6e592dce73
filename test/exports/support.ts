import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionExport } from '../../src/exports/connection-export';
import { findFormat } from '../../src/exports/formats';
import { itWhere } from '../support/skip';

export const sample: ConnectionExport = {
  connection: 'crm',
  clientId: '1000.ABC',
  clientSecret: 'client-secret',
  refreshToken: '1000.refresh',
  accessToken: '1000.access',
  expiresAt: '2026-11-25T22:37:00.500Z',
  accountsUrl: 'https://accounts.zoho.eu',
  apiDomain: 'https://www.zohoapis.eu',
  dataCenter: 'eu',
  scopes: ['ZohoCRM.modules.ALL', 'AaaServer.profile.Read'],
  redirectUri: 'http://localhost:3000/oauth/callback',
  userEmail: 'maria@brightwater.example',
  keeperUrl: 'http://localhost:3000',
};

export function make(format: string, changes: Partial<ConnectionExport> = {}): string {
  const found = findFormat(format);
  if (!found) throw new Error(`there is no format ${format}`);
  return found.make({ ...sample, ...changes });
}

/** `it` where the program is installed: the project brings no language but Node. Skips aloud. */
export function itWith(program: string): typeof it {
  const isThere = spawnSync(program, ['--version']).error === undefined;
  return itWhere(isThere, `what ${program} reads of the ways out`, `the program ${program} is missing`);
}

/** Runs a program on files in a folder of its own; `$FILE` of its arguments is the folder. Returns what it wrote. */
export function runOn(
  files: Readonly<Record<string, string>>,
  [program = '', ...args]: readonly string[],
  env: Record<string, string> = {},
): string {
  const folder = mkdtempSync(join(tmpdir(), 'keeper-export-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const options = {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...env },
      timeout: 20_000,
    } as const;
    const { status, stdout, stderr } = spawnSync(program, args, options);
    if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}${stdout}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
