import type { Kysely } from 'kysely';
import type { Cipher } from './encryption/cipher';
import type { Database } from './schema';

/** The database with the cipher of its secrets: the first argument of every query function. */
export interface Store {
  readonly db: Kysely<Database>;
  readonly cipher: Cipher;
}

export interface OpenStore extends Store {
  readonly file: string | null;
  readonly keyFile: string | null;
  close(): Promise<void>;
}

export function inTransaction<Result>(store: Store, work: (store: Store) => Promise<Result>): Promise<Result> {
  return store.db.transaction().execute((db) => work({ db, cipher: store.cipher }));
}
