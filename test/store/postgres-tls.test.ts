import { chownSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../src/config/config';
import { startWarnings } from '../../src/config/warnings';
import { createAuthority } from '../support/certificates';
import { freshFolder, freshPostgres, query } from '../support/postgres';
import { startScript } from '../support/process';
import { someKeys } from '../support/rows';

// A process of its own, where db.example.test is this computer, and not known to be.
const open = `
  const dns = require('node:dns');
  const { lookup } = dns;
  dns.lookup = (host, ...rest) => lookup(host === 'db.example.test' ? '127.0.0.1' : host, ...rest);
  const store = await load('store/open').openStore(args[0], args[1]);
  const { rows } = await require(args[2]).sql\`select ssl from pg_stat_ssl where pid = pg_backend_pid()\`.execute(store.db);
  await store.close();
  console.log(rows[0].ssl);
`;
const kysely = require.resolve('kysely');

describe('PostgreSQL at another computer', () => {
  const [authority, keys] = [createAuthority(freshFolder()), someKeys()];
  let url: string;
  beforeAll(async () => {
    url = (await freshPostgres()).replace('127.0.0.1', 'db.example.test');
  });

  async function opened(query: string, env: Record<string, string> = {}): Promise<string> {
    const { code, stdout, stderr } = await (await startScript(open, [url + query, keys, kysely], env)).ended;
    return code === 0 ? stdout.trim() : stderr.trim().replace(/^\(node.*\n|^\(Use.*\n/gm, '');
  }

  async function encrypt(): Promise<void> {
    const own = url.replace('db.example.test', '127.0.0.1');
    const [{ data_directory: folder } = {}] = await query(own, 'show data_directory');
    const { key, cert } = authority.issue('db.example.test');
    for (const [name, text] of [
      ['server.key', key],
      ['server.crt', cert],
    ] as const) {
      const file = join(String(folder), name);
      writeFileSync(file, text, { mode: 0o600 });
      chownSync(file, statSync(String(folder)).uid, statSync(String(folder)).gid);
    }
    await query(own, 'alter system set ssl = on');
    await query(own, 'select pg_reload_conf()');
  }

  it('is refused without encryption, unless the URL says that it is meant', async () => {
    expect(await opened('')).toMatch(/^The PostgreSQL server has no encryption: .*add sslmode=disable to the end/);
    expect(await opened('', { PGSSLMODE: 'disable' })).toMatch(/^The PostgreSQL server has no encryption/);
    expect(await opened('?sslmode=disable')).toBe('false');
  });

  it('is used with encryption, by a certificate that is verified whatever the environment says', async () => {
    await encrypt();
    const untrusted = /^The certificate of the PostgreSQL server .* is signed by nobody whom this computer knows/;
    expect(await opened('')).toMatch(untrusted);
    for (const query of ['', '?sslmode=require', '?sslmode=verify-full', '?ssl=true', '?sslnegotiation=direct']) {
      expect([query, await opened(query, { NODE_TLS_REJECT_UNAUTHORIZED: '0' })]).toEqual([
        query,
        expect.stringMatching(untrusted),
      ]);
    }
    expect(await opened('', { NODE_EXTRA_CA_CERTS: authority.file })).toBe('true');
    expect(await opened(`?sslrootcert=${authority.file}`)).toBe('true');
    expect(await opened('?sslmode=no-verify')).toBe('true');
    expect(await opened('?sslmode=disable')).toBe('false');
  });
});

it.each([
  ['sslmode=disable', /connection to PostgreSQL is not encrypted: .*sslmode=verify-full/],
  ['sslmode=no-verify', /connection to PostgreSQL is not verified/],
])('%s is told at every start, unless the server is this computer', (query, sentence) => {
  const warnings = (host: string): string[] => {
    const env = { DATABASE_URL: `postgres://keeper:x@${host}/keeper?${query}`, ENCRYPTION_KEYS: someKeys() };
    return startWarnings(readConfig(env), 'v24.1.0', new Date());
  };
  expect(warnings('db.example.test')).toEqual([expect.stringMatching(sentence)]);
  for (const host of ['localhost', '127.0.0.1', '[::1]', '%2Fvar%2Frun']) expect(warnings(host)).toEqual([]);
});

it('NODE_TLS_REJECT_UNAUTHORIZED=0 and ZOHO_PKCE=off are told at every start', () => {
  const warnings = (env: Record<string, string>): string[] => startWarnings(readConfig(env), 'v24.1.0', new Date());
  expect(warnings({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toEqual([expect.stringMatching(/does not obey/)]);
  expect(warnings({ ZOHO_PKCE: 'off' })).toEqual([expect.stringMatching(/^ZOHO_PKCE is off/)]);
  expect(warnings({ NODE_TLS_REJECT_UNAUTHORIZED: '1' })).toEqual([]);
});
