import { CompiledQuery, type DatabaseConnection, type Driver, PostgresDialect, type QueryResult } from 'kysely';
import type { Pool, PoolClient, QueryConfig } from 'pg';
import { codeOf } from '../lib/errors';
import { SilentDatabase, storageFault } from './errors';
import { nameOf } from './kept';
import type { Patience } from './postgres-patience';

/** PostgreSQL for whom nobody waits longer than `silence` milliseconds, a statement at a time. Null waits for ever. */
export class WatchedPostgresDialect extends PostgresDialect {
  readonly #create: () => Driver;

  constructor(pool: Pool, patience: Patience, silence: number | null) {
    super({ pool });
    this.#create = () => watch(patience, silence);
  }

  override createDriver(): Driver {
    return this.#create();
  }
}

function watch(patience: Patience, silence: number | null): Driver {
  const connections = new WeakMap<DatabaseConnection, Watched>();
  const run = (connection: DatabaseConnection, text: string) => connection.executeQuery(CompiledQuery.raw(text));
  return {
    init: () => Promise.resolve(),
    async acquireConnection() {
      const client = await patience.checkOut();
      const watched = watchClient(client, silence, () => patience.noticeSilence());
      connections.set(watched.connection, watched);
      return watched.connection;
    },
    beginTransaction: async (connection) => void (await run(connection, 'begin')),
    commitTransaction: async (connection) => void (await run(connection, 'commit')),
    // The server does that by itself for a connection that is lost, and the error to tell is why it was.
    rollbackTransaction: async (connection) =>
      void (connections.get(connection)?.isLost() || (await run(connection, 'rollback'))),
    releaseConnection: async (connection) => connections.get(connection)?.release(),
    destroy: () => patience.end(),
  };
}

interface Watched {
  readonly connection: DatabaseConnection;
  isLost(): boolean;
  release(): void;
}

function watchClient(client: PoolClient, silence: number | null, noticeSilence: () => void): Watched {
  let state: 'good' | 'used up' | 'lost' = 'good';
  const connection = {
    executeQuery,
    streamQuery(): never {
      throw new Error('nothing is streamed');
    },
  };
  return {
    connection,
    isLost: () => state === 'lost',
    release: () => client.release(state !== 'good'),
  };

  async function executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const statement = { text: sql, values: [...parameters] };
    const name = nameOf(sql);
    try {
      // Within a transaction there is no second try with a statement that the server no longer likes.
      if (name === undefined || client.getTransactionStatus() !== 'I') return await ask<Row>(statement);
      return await ask<Row>({ ...statement, name }).catch((error: unknown) => {
        if (!isOutdated(error)) throw error;
        state = 'used up';
        return ask<Row>(statement);
      });
    } catch (error) {
      const fault = storageFault(error);
      if (fault === 'unreachable') state = 'lost';
      // After a failover this server may stay read-only for good, while the address leads to another by now.
      else if (fault === 'read_only') state = 'used up';
      throw error;
    }
  }

  async function ask<Row>(statement: QueryConfig): Promise<QueryResult<Row>> {
    const { command, rowCount, rows } = await unlessSilent(client.query(statement));
    // Of the last, where several are in one text.
    return command === 'SELECT' ? { rows } : { rows: rows ?? [], numAffectedRows: BigInt(rowCount ?? 0) };
  }

  function unlessSilent<Answer>(answer: Promise<Answer>): Promise<Answer> {
    if (silence === null) return answer;
    return new Promise((resolve, reject) => {
      let isOver = false;
      const giveUp = (): void => {
        if (isOver) return;
        noticeSilence();
        reject(new SilentDatabase());
      };
      // An answer that came while this process was busy is read before the turn ends.
      const timer = setTimeout(() => setImmediate(giveUp), silence);
      const end = (): void => {
        isOver = true;
        clearTimeout(timer);
      };
      answer.then(resolve, reject).finally(end);
    });
  }
}

/** A migration of another instance changed the table, or a pooler forgot the statement. Nothing was done. */
function isOutdated(error: unknown): boolean {
  return ['0A000', '26000'].includes(codeOf(error));
}
