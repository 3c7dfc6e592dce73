import { listClientSecrets, saveClientSecret } from '../../src/store/client-secrets';
import {
  findClient,
  findDefaultClient,
  listClients,
  makeDefaultClient,
  removeClient,
  saveClient,
  type StoredClient,
} from '../../src/store/clients';
import { databases } from '../support/postgres';
import { at, useStore } from '../support/rows';

describe.each(databases)('clients on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('finds no client where none was saved', async () => {
    expect(await findDefaultClient(store())).toBeNull();
    expect(await findClient(store(), '1000.NOBODY')).toBeNull();
  });

  it('gives back the secret that it stores sealed', async () => {
    const client = { clientId: '1000.ONE', secret: 'a-secret-of-the-client', dataCenter: 'ca' } as const;
    await saveClient(store(), client, at(0));
    expect(await findClient(store(), '1000.ONE')).toEqual(client);
    const rows = await store().db.selectFrom('clients').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain('a-secret-of-the-client');
  });

  it('replaces secret and data centre of a client that it knows', async () => {
    await saveClient(store(), { clientId: '1000.TWO', secret: 'old', dataCenter: 'us' }, at(1));
    await saveClient(store(), { clientId: '1000.TWO', secret: 'new', dataCenter: 'eu' }, at(2));
    expect(await findClient(store(), '1000.TWO')).toEqual({ clientId: '1000.TWO', secret: 'new', dataCenter: 'eu' });
  });

  it('takes the client made the default last, and without any the one saved last', async () => {
    const [late, early] = [client('1000.LATE'), client('1000.EARLY')];
    await saveClient(store(), late, at(20));
    await saveClient(store(), early, at(10));
    expect(await findDefaultClient(store())).toMatchObject({ clientId: '1000.LATE' });
    expect(await makeDefaultClient(store(), '1000.LATE', at(30))).toBe(true);
    expect(await makeDefaultClient(store(), '1000.EARLY', at(40))).toBe(true);
    expect(await makeDefaultClient(store(), '1000.NOBODY', at(50))).toBe(false);
    // Saving one again changes nothing about it.
    await saveClient(store(), late, at(60));
    expect((await listClients(store())).slice(0, 2)).toEqual([early, late]);
  });

  it('lists one whose secret is damaged, and removes one with its secrets of single data centres', async () => {
    const damaged = client('1000.DAMAGED');
    await saveClient(store(), damaged, at(0));
    await saveClientSecret(store(), { clientId: damaged.clientId, dataCenter: 'in' }, 'own', at(0));
    await store()
      .db.updateTable('clients')
      .set({ secret_sealed: 'v1.k.damaged' })
      .where('client_id', '=', damaged.clientId)
      .execute();
    expect(await listClients(store())).toContainEqual({ ...damaged, secret: null });
    expect(await removeClient(store(), damaged.clientId)).toBe(true);
    expect(await removeClient(store(), damaged.clientId)).toBe(false);
    expect(await listClientSecrets(store(), damaged.clientId)).toEqual([]);
  });
});

function client(clientId: string): StoredClient {
  return { clientId, secret: 'x', dataCenter: 'us' };
}
