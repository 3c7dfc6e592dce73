import { createServer, type Server } from 'node:net';
import { TLSSocket } from 'node:tls';
import { openStore } from '../../src/store/open';
import { createAuthority } from '../support/certificates';
import { freshFolder, freshPostgres, query } from '../support/postgres';
import { someKeys } from '../support/rows';

const password = 'hun/ter#2';
const written = encodeURIComponent(password);

describe('a PostgreSQL database that cannot be used is told in one line, without the password:', () => {
  it('a wrong password', async () => {
    const url = await as('keeper_wrong', 'something-else');
    expect(await refusalOf(url)).toMatch(
      /^PostgreSQL refused the password of keeper_wrong: correct it in DATABASE_URL/,
    );
  });

  it('a database that is not there', async () => {
    const url = new URL(await freshPostgres());
    url.pathname = '/shop';
    expect(await refusalOf(url.href)).toMatch(
      /^There is no PostgreSQL database called shop: make it with CREATE DATABASE shop OWNER postgres;/,
    );
  });

  it.each([
    ['nowhere.invalid', /^The PostgreSQL server nowhere\.invalid:5432 was not found: .*DNS/],
    ['127.0.0.1:1', /^No PostgreSQL server listens at 127\.0\.0\.1:1: start it, or correct DATABASE_URL\.$/],
    ['%2Fnowhere', /^A file that DATABASE_URL names is not there: a socket/],
  ])('no server at %s', async (host, sentence) => {
    expect(await refusalOf(`postgres://keeper:${written}@${host}/keeper`)).toMatch(sentence);
  });

  it('a certificate file that is not there', async () => {
    const url = `postgres://keeper:${written}@127.0.0.1:1/keeper?sslmode=verify-full&sslrootcert=/nowhere/ca.pem`;
    expect(await refusalOf(url)).toMatch(/^A file that DATABASE_URL names is not there: .*sslrootcert/);
  });

  it('a server without encryption', async () => {
    const url = `${await freshPostgres()}?sslmode=verify-full`;
    expect(await refusalOf(url)).toMatch(/^The PostgreSQL server has no encryption: .*sslmode/);
  });

  it('a role that may not make tables, with the statement that lets it', async () => {
    const url = await as('keeper-new', password);
    const { pathname } = new URL(url);
    const line = await refusalOf(url);
    expect(line).toBe(
      `PostgreSQL does not let "keeper-new" make tables in the schema public: connect to the database ${pathname.slice(1)} ` +
        'as its owner and run GRANT USAGE, CREATE ON SCHEMA public TO "keeper-new";',
    );
    await query(asOwner(url), line.slice(line.indexOf('GRANT')));
    expect(await refusalOf(url)).toBe('');
  });

  it('a role that may not see any schema, with the statement that lets it', async () => {
    const url = await as('keeper_blind', password);
    await query(asOwner(url), 'revoke usage on schema public from public');
    const line = await refusalOf(url);
    expect(line).toMatch(/^PostgreSQL has no schema that the role keeper_blind may use: /);
    await query(asOwner(url), line.slice(line.indexOf('GRANT')));
    expect(await refusalOf(url)).toBe('');
  });

  it('tables that another role made', async () => {
    const url = await as('keeper_other', password);
    expect(await refusalOf(asOwner(url))).toBe('');
    await query(asOwner(url), 'grant create on schema public to keeper_other');
    expect(await refusalOf(url)).toMatch(
      /^PostgreSQL does not let keeper_other .*connect as the role that made them\.$/,
    );
  });
});

describe('a PostgreSQL server that encrypts', () => {
  const authority = createAuthority(freshFolder());

  it.each([
    [
      'is signed by an authority that nobody knows',
      'localhost',
      undefined,
      /signed by nobody whom this computer knows: add sslrootcert=.*NODE_EXTRA_CA_CERTS=/,
    ],
    [
      'is for another name',
      'db.example.com',
      authority.file,
      /is for another name than localhost:\d+: write the certificate’s/,
    ],
    ['is good', 'localhost', authority.file, /^The PostgreSQL database cannot be used/],
  ])('whose certificate %s is told as what it is', async (_what, name, ca, sentence) => {
    const server = await encrypting(authority.issue(name));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const query = ca === undefined ? 'sslmode=verify-full' : `sslmode=verify-full&sslrootcert=${ca}`;
    const line = await refusalOf(`postgres://keeper:${written}@localhost:${port}/keeper?${query}`);
    server.close();
    expect(line).toMatch(sentence);
  });
});

/** Says yes to encryption, and nothing more once it is there. */
async function encrypting(certificate: { key: Buffer; cert: Buffer }): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write('S');
      const encrypted = new TLSSocket(socket, { isServer: true, ...certificate });
      encrypted.on('error', () => undefined);
      encrypted.once('data', () => encrypted.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** The line that the operator reads; empty when the database opens. */
async function refusalOf(url: string): Promise<string> {
  try {
    const store = await openStore(url, someKeys());
    await store.close();
    return '';
  } catch (error) {
    const line = error instanceof Error ? error.message : String(error);
    expect(line).not.toMatch(/hun|ter#2|something-else|\n/);
    return line;
  }
}

/** A database, and its URL for a role with the password `hun/ter#2` that gives another one. */
async function as(role: string, given: string): Promise<string> {
  const url = new URL(await freshPostgres());
  await query(url.href, `create role "${role}" login password '${password}'`);
  return Object.assign(url, { username: role, password: encodeURIComponent(given) }).href;
}

function asOwner(url: string): string {
  return Object.assign(new URL(url), { username: 'postgres', password: 'postgres' }).href;
}
