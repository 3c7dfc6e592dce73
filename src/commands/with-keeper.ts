import { existsSync } from 'node:fs';
import pino from 'pino';
import type { Config } from '../config/config';
import { StorageError } from '../errors';
import { createLogOutput } from '../lib/log-output';
import { type Keeper, openKeeper, sqliteFileOf } from '../keeper';

/** Works whether the server runs or not. Logs to stderr, so that stdout holds data only. */
export async function withKeeper<Result>(config: Config, work: (keeper: Keeper) => Promise<Result>): Promise<Result> {
  const log = pino({ level: 'warn' }, createLogOutput(2));
  const keeper = await openKeeper(config, log, () => new Date());
  try {
    return await work(keeper);
  } finally {
    await keeper.close();
  }
}

/** Throws a StorageError when the SQLite file is missing: in a wrong folder, an empty one would be created. */
export function requireDatabase(config: Config): Config {
  const file = sqliteFileOf(config.databaseUrl);
  if (file === null || existsSync(file)) return config;
  const next = 'start the Keeper once (serve), name its folder with --dir, or set DATABASE_URL.';
  throw new StorageError(`There is no database at ${file}: ${next}`);
}
