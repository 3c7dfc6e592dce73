import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';

/** Makes an empty database of its own and returns its URL. */
export type FreshDatabase = () => Promise<string>;

/** For `describe.each`: the same statements have to work on both. What they leave behind is removed after the file. */
export const databases: readonly (readonly ['SQLite' | 'PostgreSQL', FreshDatabase])[] = [
  ['SQLite', freshSqlite],
  ['PostgreSQL', freshPostgres],
];

const folders: string[] = [];
let postgres: Server | undefined;

afterAll(async () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  if (!postgres) return;
  const gone = once(postgres.child, 'exit');
  postgres.child.stdin?.end();
  await gone;
});

/** A new folder that is removed after the test file. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keeper-test-'));
  folders.push(folder);
  return folder;
}

export async function freshSqlite(): Promise<string> {
  return `sqlite:${join(freshFolder(), 'keeper.db')}`;
}

/** A database on a real server that is started when the file first asks for one, which takes about a second. */
export async function freshPostgres(): Promise<string> {
  const { url } = (postgres ??= await startPostgres());
  const name = `keeper_${randomBytes(6).toString('hex')}`;
  await query(url, `create database ${name}`);
  return url.replace(/[^/]*$/, name);
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(statement);
    return rows;
  } finally {
    await client.end();
  }
}

interface Server {
  readonly url: string;
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

/** Ends the server of this test file in the middle of what it does. */
export const crashPostgres = (): Promise<void> => order('crash');

/** Starts it again; it recovers what was committed. */
export const startPostgresAgain = (): Promise<void> => order('start');

/** Stops all its processes, or lets them go on. */
export const freezePostgres = (): Promise<void> => order('freeze');
export const thawPostgres = (): Promise<void> => order('thaw');

async function order(what: 'crash' | 'start' | 'freeze' | 'thaw'): Promise<void> {
  postgres?.child.stdin?.write(`${what}\n`);
  const { value } = (await postgres?.lines.next()) ?? {};
  if (value !== what) throw new Error(`PostgreSQL did not ${what}`);
}

// The package is an ES module that hooks into the end of its process, so it gets a process of its own.
async function startPostgres(): Promise<Server> {
  const child = spawn(process.execPath, [join(__dirname, 'postgres-server.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value, done } = await lines.next();
  if (done) throw new Error('PostgreSQL did not start');
  return { url: value, child, lines };
}
