import { otherClients, endFailuresOf } from '../../src/store/client-failures';
import { markGivenOut } from '../../src/store/access-tokens';
import { findConnectionById, forgetTokens } from '../../src/store/connections';
import { claimRefresh, saveFailure } from '../../src/store/leases';
import type { ConnectionRow } from '../../src/store/schema';
import { databases } from '../support/postgres';
import { added, at, useStore } from '../support/rows';

describe.each(databases)('connections of a client on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('may be tried again at once after what the client was refused for, and only then', async () => {
    const refused = await failed('1000.REPAIRED', 'invalid_client');
    const otherwise = await failed('1000.REPAIRED', 'invalid_code');
    const elsewhere = await failed('1000.OTHER', 'invalid_client');
    await endFailuresOf(store(), '1000.REPAIRED', ['invalid_client']);
    expect((await read(refused)).retry_at).toBeNull();
    expect((await read(otherwise)).retry_at).toBe(at(300));
    expect((await read(elsewhere)).retry_at).toBe(at(300));
  });

  it('do not get the refusal of a refresh that began before the repair', async () => {
    const row = await read(await failed('1000.LATE', 'invalid_client'));
    const lease = await claimRefresh(store(), row, 'slow', { now: at(301), until: at(316) });
    await endFailuresOf(store(), '1000.LATE', ['invalid_client']);
    const late = { error_code: 'invalid_client', failed_at: at(310), failures: 2, retry_at: at(600) };
    expect(lease && (await saveFailure(store(), lease, late))).toBe(false);
    expect((await read(row)).retry_at).toBeNull();
  });

  it('are counted while their client is not known, without those that are disconnected', async () => {
    for (const clientId of ['1000.STORED', '1000.MISSING', '1000.MISSING']) await added(store(), { clientId });
    await forgetTokens(store(), await added(store(), { clientId: '1000.MISSING' }));
    const counted = await otherClients(store(), ['1000.STORED']);
    expect(counted).toContainEqual({ clientId: '1000.MISSING', connections: 2 });
    expect(counted.map(({ clientId }) => clientId)).not.toContain('1000.STORED');
  });

  it('note the end of the last token that was given out, and not of one before a reconnect', async () => {
    const row = await added(store());
    await markGivenOut(store(), row);
    await markGivenOut(store(), { ...row, access_token_expires_at: at(1800) });
    expect((await read(row)).given_out_until).toBe(at(3600));
    await markGivenOut(store(), { ...row, refresh_token_id: 'before', access_token_expires_at: at(7200) });
    expect((await read(row)).given_out_until).toBe(at(3600));
  });

  async function failed(clientId: string, errorCode: string): Promise<ConnectionRow> {
    const row = await added(store(), { clientId });
    const lease = await claimRefresh(store(), row, 'owner', { now: at(0), until: at(15) });
    const failure = { error_code: errorCode, failed_at: at(1), failures: 7, retry_at: at(300) };
    if (!lease || !(await saveFailure(store(), lease, failure))) throw new Error('the failure was not stored');
    return row;
  }

  async function read({ id }: ConnectionRow): Promise<ConnectionRow> {
    const row = await findConnectionById(store(), id);
    if (!row) throw new Error('the connection is gone');
    return row;
  }
});
