import { pendingRevocations } from '../support/revocations';
import {
  addRevocation,
  claimRevocation,
  dueRevocations,
  openRevocationToken,
  removeRevocation,
} from '../../src/store/revocations';
import type { RevocationRow } from '../../src/store/schema';
import { inTransaction } from '../../src/store/store';
import { databases } from '../support/postgres';
import { at, atOnce, token, useStore } from '../support/rows';

describe.each(databases)('revocations on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('keeps the token sealed until Zoho has been told', async () => {
    const secret = token();
    const row = await noted('sealed', secret);
    expect(JSON.stringify(row)).not.toContain(secret.slice(5, 21));
    expect(openRevocationToken(store(), row)).toBe(secret);
  });

  it('is due at once, then only when its pause is over', async () => {
    const row = await noted('pause');
    expect(await dueNames(at(0))).toContain('pause');
    await claimRevocation(store(), row, at(60));
    expect(await dueNames(at(59))).not.toContain('pause');
    expect(await dueNames(at(60))).toContain('pause');
    expect((await pendingRevocations(store())).map((pending) => pending.connection_name)).toContain('pause');
  });

  it('is tried by one of twenty instances', async () => {
    const row = await noted('claimed');
    const claims = await atOnce(20, () => claimRevocation(store(), row, at(60)));
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  it('is gone once it is done', async () => {
    await removeRevocation(store(), (await noted('done')).id);
    expect(await dueNames(at(9999))).not.toContain('done');
  });

  it('is not noted when the transaction that takes the token out of use fails', async () => {
    const failing = inTransaction(store(), async (transaction) => {
      await addRevocation(
        transaction,
        { connectionName: 'rolled-back', clientId: '1000.CLIENT', dataCenter: 'us', token: token() },
        at(0),
      );
      throw new Error('the rest went wrong');
    });
    await expect(failing).rejects.toThrow('the rest went wrong');
    expect(await dueNames(at(9999))).not.toContain('rolled-back');
  });

  async function noted(connectionName: string, secret = token()): Promise<RevocationRow> {
    await addRevocation(store(), { connectionName, clientId: '1000.CLIENT', dataCenter: 'us', token: secret }, at(0));
    const row = (await pendingRevocations(store())).find((pending) => pending.connection_name === connectionName);
    if (!row) throw new Error('the revocation was not stored');
    return row;
  }

  async function dueNames(time: string): Promise<string[]> {
    return (await dueRevocations(store(), time)).map((row) => row.connection_name);
  }
});
