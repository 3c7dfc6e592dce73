import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Restored, restoreBackup } from '../../src/maintenance/restore';
import { addConnection } from '../../src/store/connections';
import { openStore } from '../../src/store/open';
import type { OpenStore } from '../../src/store/store';
import { at, someGrant } from './rows';
import { freshFolder } from './postgres';

export interface TestStore {
  store: OpenStore;
  folder: string;
  file: string;
  url: string;
  keyFile: string;
}

export async function storeWith(connections: number): Promise<TestStore> {
  const folder = freshFolder();
  const file = join(folder, 'keeper.db');
  const store = await openStore(`sqlite:${file}`, null);
  for (let n = 0; n < connections; n++) await addConnection(store, someGrant(), at(n));
  return { store, folder, file, url: `sqlite:${file}`, keyFile: join(folder, 'keeper.key') };
}

export async function restoreTo(
  folder: string,
  backup: string,
  replace = false,
): Promise<{ restored: Restored; url: string; file: string }> {
  const file = join(folder, 'keeper.db');
  const url = `sqlite:${file}`;
  const restored = await restoreBackup({ databaseUrl: url, encryptionKeys: null }, backup, replace, () => new Date());
  return { restored, url, file };
}

export function manifestBeside(backup: string): { file: string; content: Record<string, unknown> } {
  const file = backup.replace(/\.db$/, '.json');
  return { file, content: existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {} };
}

export function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
