import type { Kysely } from 'kysely';
import type { Cipher } from './encryption/cipher';
import { isUndone } from './errors';
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

/** How often a transaction is begun that the others were in the way of. */
const tries = 3;

/** Does `work` again when the database has undone it for the sake of another one, so it must not do anything else. */
export async function inTransaction<Result>(store: Store, work: (store: Store) => Promise<Result>): Promise<Result> {
  for (let round = 1; ; round++) {
    try {
      return await store.db.transaction().execute((db) => work({ db, cipher: store.cipher }));
    } catch (error) {
      if (round === tries || !isUndone(error)) throw error;
    }
  }
}
