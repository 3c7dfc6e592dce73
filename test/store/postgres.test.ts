import { connect, createServer, type Server } from 'node:net';
import { sql } from 'kysely';
import { openDatabase } from '../../src/store/database';
import { StorageError } from '../../src/store/errors';
import { openStore } from '../../src/store/open';
import { freshPostgres } from '../support/postgres';
import { atOnce, someKeys } from '../support/rows';

describe('a PostgreSQL database', () => {
  it('syncs each commit on every connection, although the URL says otherwise', async () => {
    const { db, close } = await openDatabase(`${await freshPostgres()}?options=-c%20synchronous_commit%3Doff`);
    // Transactions at once have a connection each.
    const rows = await atOnce(5, () =>
      db.transaction().execute(async (transaction) => {
        const statement = sql<{ id: number; synced: string }>`
          select pg_backend_pid() as id, current_setting('synchronous_commit') as synced`;
        return (await statement.execute(transaction)).rows[0];
      }),
    );
    await close();
    expect(new Set(rows.map((row) => row?.id)).size).toBeGreaterThan(1);
    expect(rows.map((row) => row?.synced)).toEqual(rows.map(() => 'on'));
  });

  it('that is reached through something that does not keep this setting is refused in one line', async () => {
    const url = new URL(await freshPostgres());
    const pooler = await forgetfulPooler(Number(url.port));
    const address = pooler.address();
    url.port = String(address !== null && typeof address === 'object' ? address.port : 0);
    const refusal: unknown = await openStore(url.href, someKeys()).catch((error: unknown) => error);
    pooler.close();
    expect(refusal).toBeInstanceOf(StorageError);
    expect(String(refusal)).toMatch(
      /^StorageError: The PostgreSQL database does not keep synchronous_commit=on, so tokens could be lost: not started\..*$/,
    );
  });
});

/** Passes everything on, except that the setting arrives as another one. */
async function forgetfulPooler(port: number): Promise<Server> {
  const pooler = createServer((client) => {
    const database = connect(port, '127.0.0.1');
    client.on('data', (bytes) =>
      database.write(bytes.toString('latin1').replace('synchronous_commit = on', 'synchronous_commit =off'), 'latin1'),
    );
    database.pipe(client);
    client.on('close', () => database.destroy());
  });
  await new Promise<void>((resolve) => pooler.listen(0, '127.0.0.1', resolve));
  return pooler;
}
