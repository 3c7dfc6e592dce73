import { findClient, findDefaultClient, saveClient } from '../../src/store/clients';
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

  it('takes the client saved last when none is named', async () => {
    await saveClient(store(), { clientId: '1000.LATE', secret: 'x', dataCenter: 'us' }, at(20));
    await saveClient(store(), { clientId: '1000.EARLY', secret: 'x', dataCenter: 'us' }, at(10));
    expect(await findDefaultClient(store())).toMatchObject({ clientId: '1000.LATE' });
  });
});
