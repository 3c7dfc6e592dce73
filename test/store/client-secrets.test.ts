import type { DataCenterCode } from '../../src/zoho/data-centers';
import { DamagedSecret } from '../../src/store/encryption/cipher';
import {
  findClientSecret,
  listClientSecrets,
  removeClientSecret,
  saveClientSecret,
} from '../../src/store/client-secrets';
import { databases } from '../support/postgres';
import { at, useStore } from '../support/rows';

describe.each(databases)('secrets of clients in single data centres, on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('are given back for their client and data centre only, and are stored sealed', async () => {
    const name = { clientId: '1000.ONE', dataCenter: 'eu' } as const;
    await saveClientSecret(store(), name, 'the-secret-in-eu', at(0));
    expect(await findClientSecret(store(), name)).toBe('the-secret-in-eu');
    expect(await findClientSecret(store(), { ...name, dataCenter: 'in' })).toBeNull();
    expect(await findClientSecret(store(), { ...name, clientId: '1000.OTHER' })).toBeNull();
    const rows = await store().db.selectFrom('client_secrets').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain('the-secret-in-eu');
  });

  it('are replaced, listed and removed', async () => {
    const name = { clientId: '1000.TWO', dataCenter: 'in' } as const;
    await saveClientSecret(store(), name, 'old', at(0));
    await saveClientSecret(store(), name, 'new', at(1));
    await saveClientSecret(store(), { ...name, dataCenter: 'eu' }, 'other', at(2));
    expect(await findClientSecret(store(), name)).toBe('new');
    expect(await listClientSecrets(store(), '1000.TWO')).toEqual([
      { dataCenter: 'eu', savedAt: at(2), isDamaged: false },
      { dataCenter: 'in', savedAt: at(1), isDamaged: false },
    ]);
    expect(await removeClientSecret(store(), name)).toBe(true);
    expect(await removeClientSecret(store(), name)).toBe(false);
    expect(await listClientSecrets(store(), '1000.TWO')).toHaveLength(1);
  });

  it('open nowhere else: one that was moved to another data centre or client is damaged', async () => {
    const from = { clientId: '1000.THREE', dataCenter: 'eu' as DataCenterCode };
    await saveClientSecret(store(), from, 'the-secret-in-eu', at(0));
    for (const to of [
      { ...from, dataCenter: 'cn' as const },
      { ...from, clientId: '1000.FOUR' },
    ]) {
      await saveClientSecret(store(), to, 'another', at(0));
      const moved = store().db.selectFrom('client_secrets').select('secret_sealed').where('id', '=', 'eu/1000.THREE');
      const { secret_sealed: sealed } = await moved.executeTakeFirstOrThrow();
      await store()
        .db.updateTable('client_secrets')
        .set({ secret_sealed: sealed })
        .where('client_id', '=', to.clientId)
        .where('data_center', '=', to.dataCenter)
        .execute();
      await expect(findClientSecret(store(), to)).rejects.toBeInstanceOf(DamagedSecret);
    }
  });
});
