import { createApiKey, revokeApiKey } from '../../src/auth/api-keys';
import { createAuthentication } from '../../src/auth/authentication';
import { keyText, newKey, parseKey } from '../../src/auth/key-format';
import { digest } from '../../src/lib/secrets';
import { rotateKey } from '../../src/maintenance/rotate-key';
import { findApiKey, isGenuine } from '../../src/store/api-keys';
import { createCipher } from '../../src/store/encryption/cipher';
import { parseKeys } from '../../src/store/encryption/keyring';
import { openStore } from '../../src/store/open';
import type { ApiKeyRow } from '../../src/store/schema';
import { contextOn } from '../support/context';
import { databases, freshSqlite } from '../support/postgres';
import { at, someKeys, useStore } from '../support/rows';

const me = { name: 'person', ip: null };
const wanted = { name: 'report', connections: ['crm'], rights: 'read', days: 30 } as const;
const changed = /^This API key is not as the Keeper stored it\./;

describe.each(databases)('whoever can write to the database, on %s,', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);
  const context = () => contextOn(store());
  const authenticate = (text: string) => createAuthentication(context()).authenticate(text, null);

  async function rewritten(change: Partial<ApiKeyRow>): Promise<string> {
    const { text, key } = await createApiKey(context(), wanted, me);
    await expect(authenticate(text)).resolves.toMatchObject({ id: key.id });
    await store().db.updateTable('api_keys').set(change).where('id', '=', key.id).execute();
    return text;
  }

  it.each([
    ['all connections', { connections: '*' }],
    ['more rights', { rights: 'refresh' }],
    ['a longer life', { expires_at: at(1e9) }],
    ['no proof', { proof_sealed: null }],
  ] as const)('cannot give a key %s', async (_what, change) => {
    await expect(authenticate(await rewritten(change))).rejects.toThrow(changed);
  });

  it('cannot add a key, not even with the proof of another one', async () => {
    const { key } = await createApiKey(context(), { ...wanted, connections: null }, me);
    const own = newKey();
    const { id, secret } = own;
    for (const proof_sealed of [null, key.proof_sealed]) {
      const row = { ...key, id, secret_digest: digest(secret), proof_sealed };
      await store().db.insertInto('api_keys').values(row).execute();
      await expect(authenticate(keyText(own))).rejects.toThrow(changed);
      await store().db.deleteFrom('api_keys').where('id', '=', id).execute();
    }
    await store()
      .db.updateTable('api_keys')
      .set({ secret_digest: digest(secret) })
      .where('id', '=', key.id)
      .execute();
    await expect(authenticate(keyText({ id: key.id, secret }))).rejects.toThrow(changed);
  });

  it('cannot bring a revoked key back to life', async () => {
    const { text, key } = await createApiKey(context(), wanted, me);
    await revokeApiKey(context(), key.id, me);
    await store().db.updateTable('api_keys').set({ revoked_at: null }).where('id', '=', key.id).execute();
    await expect(authenticate(text)).rejects.toThrow(changed);
  });
});

it('An API key is told in the log when its row was changed', async () => {
  const store = await openStore(await freshSqlite(), someKeys());
  const errors: object[] = [];
  const context = { ...contextOn(store), log: { ...contextOn(store).log, error: (line: object) => errors.push(line) } };
  const { text, key } = await createApiKey(context, wanted, me);
  await store.db.updateTable('api_keys').set({ connections: '*' }).execute();
  const { authenticate } = createAuthentication(context);
  for (let call = 0; call < 3; call++) await expect(authenticate(text, null)).rejects.toThrow(changed);
  expect(errors).toEqual([{ apiKey: key.id }]);
  await store.close();
});

it('API keys stay good when the encryption key is rotated', async () => {
  const store = await openStore(await freshSqlite(), null);
  const { key } = await createApiKey(contextOn(store), wanted, me);
  await rotateKey(contextOn(store), me, 0);
  const row = await findApiKey(store, key.id);
  expect(row && isGenuine(store, row)).toBe(true);
  expect(row?.proof_sealed).not.toBe(key.proof_sealed);
  await store.close();
});

describe('API keys of a Keeper that had no proofs', () => {
  /** As it left the database: no proofs, and its own text in the check of the key. */
  async function older() {
    const [url, keys] = [await freshSqlite(), someKeys()];
    const store = await openStore(url, keys);
    const { text, key } = await createApiKey(contextOn(store), wanted, me);
    const row = `key:${store.cipher.keyIds[0]}`;
    const value = createCipher(parseKeys(keys, 'here')).seal('zoho-token-keeper', { column: 'meta.value', row });
    await store.db.updateTable('api_keys').set({ proof_sealed: null }).execute();
    await store.db.updateTable('meta').set({ value }).where('key', '=', row).execute();
    await store.close();
    return { open: () => openStore(url, keys), text, key };
  }

  it('get them when the database is first opened', async () => {
    const { open, text, key } = await older();
    const store = await open();
    const { authenticate } = createAuthentication(contextOn(store));
    await expect(authenticate(text, null)).resolves.toMatchObject({ id: key.id });
    await store.close();
  });

  it('get none later, whatever is deleted', async () => {
    const { open, text } = await older();
    const first = await open();
    await first.db.updateTable('api_keys').set({ proof_sealed: null }).execute();
    await first.close();
    const second = await open();
    await second.db.deleteFrom('meta').execute();
    await second.close();
    const third = await open();
    expect(await findApiKey(third, parseKey(text)?.id ?? '')).toMatchObject({ proof_sealed: null });
    await third.close();
  });
});
