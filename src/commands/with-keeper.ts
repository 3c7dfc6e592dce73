import { existsSync } from 'node:fs';
import pino from 'pino';
import type { Config } from '../config/config';
import { StorageError } from '../errors';
import { type Keeper, openKeeper, sqliteFileOf } from '../keeper';

/**
 * Runs `work` with the parts that the server has, on the same database, whether the server runs or not. Logs to stderr,
 * so that stdout holds data only.
 */
export async function withKeeper<Result>(config: Config, work: (keeper: Keeper) => Promise<Result>): Promise<Result> {
  const log = pino({ level: 'warn' }, pino.destination({ fd: 2, sync: true }));
  const keeper = await openKeeper(config, log, () => new Date());
  try {
    return await work(keeper);
  } finally {
    await keeper.close();
  }
}

/** Throws a StorageError when the SQLite file is not there: in a wrong folder, an empty one would be made and searched. */
export function requireDatabase(config: Config): Config {
  const file = sqliteFileOf(config.databaseUrl);
  if (file === null || existsSync(file)) return config;
  throw new StorageError(`There is no database at ${file}: run this where the Keeper runs, or set DATABASE_URL.`);
}
