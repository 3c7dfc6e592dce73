import { markGivenOut } from '../../src/store/access-tokens';
import {
  addConnection,
  deleteConnection,
  findConnection,
  findConnectionById,
  forgetTokens,
  listConnections,
  openAccessToken,
  openRefreshToken,
  renewConnection,
} from '../../src/store/connections';
import { claimRefresh, type Lease, saveRefresh, saveFailure } from '../../src/store/leases';
import type { ConnectionRow } from '../../src/store/schema';
import { databases } from '../support/postgres';
import { added, at, atOnce, someAccess, someGrant, token, useStore } from '../support/rows';

const times = { now: at(10), until: at(25) };
const trouble = { error_code: 'timed_out', failed_at: at(11), failures: 1, retry_at: at(16) };
const refreshed = () => ({
  access: someAccess({ receivedAt: at(12), requestedBy: 'person' }),
  newRefreshToken: null,
});

describe.each(databases)('connections on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('gives back the tokens that it stores sealed', async () => {
    const grant = someGrant();
    const row = await added(store(), grant);
    expect(openRefreshToken(store(), row)).toBe(grant.refreshToken);
    expect(openAccessToken(store(), row)).toBe(grant.access?.token);
    expect(JSON.stringify(row)).not.toContain(grant.refreshToken.slice(5, 21));
    expect(JSON.stringify(row)).not.toContain(grant.access?.token.slice(5, 21));
    expect(await findConnection(store(), grant.name)).toEqual(row);
    expect((await listConnections(store())).map(({ name }) => name)).toContain(grant.name);
  });

  it('gives a name to one of twenty connections that want it at once', async () => {
    const { name } = someGrant();
    const rows = await atOnce(20, () => addConnection(store(), someGrant({ name }), at(0)));
    expect(rows.filter((row) => row !== null)).toHaveLength(1);
  });

  describe('a refresh', () => {
    it('is claimed by one of fifty callers', async () => {
      const row = await added(store());
      const leases = await atOnce(50, (n) => claimRefresh(store(), row, `owner-${n}`, times));
      expect(leases.filter((lease) => lease !== null)).toHaveLength(1);
    });

    it('cannot be claimed again until the lease is over', async () => {
      const { id } = await claimed('first');
      const held = await read(id);
      expect(await claimRefresh(store(), held, 'second', { now: at(24), until: at(40) })).toBeNull();
      expect(await claimRefresh(store(), held, 'second', { now: at(25), until: at(40) })).not.toBeNull();
    });

    it('is not claimed by somebody who read the connection before another refresh was done', async () => {
      const { lease, row } = await claimed('first');
      await saveRefresh(store(), lease, refreshed());
      expect(await claimRefresh(store(), row, 'late', times)).toBeNull();
    });

    it('can be claimed at once when the one before it has ended, well or badly', async () => {
      for (const end of [saveTroubleFor, saveTokensFor]) {
        const { id, lease } = await claimed('first');
        await end(lease);
        expect(await claimRefresh(store(), await read(id), 'second', times)).not.toBeNull();
      }
    });

    it('stores the new access token, leaves the refresh token byte for byte, and clears the trouble', async () => {
      const { id, lease } = await claimed('first');
      await saveFailure(store(), lease, { ...trouble, status: 'needs_reconnect', refused_at: at(1) });
      const before = await read(id);
      const next = await claimRefresh(store(), before, 'second', times);
      const tokens = refreshed();
      expect(next && (await saveRefresh(store(), next, tokens))).not.toBeNull();
      const after = await read(id);
      expect(openAccessToken(store(), after)).toBe(tokens.access.token);
      expect(after.refresh_token_sealed).toBe(before.refresh_token_sealed);
      expect(after).toMatchObject({
        status: 'active',
        error_code: null,
        failures: 0,
        refused_at: null,
        retry_at: null,
      });
      expect(after).toMatchObject({ refreshed_by: 'person', refreshed_at: at(12), lease_owner: null });
    });

    it('stores a new refresh token when Zoho sends one', async () => {
      const { id, lease } = await claimed('first');
      const newRefreshToken = token();
      await saveRefresh(store(), lease, { ...refreshed(), newRefreshToken });
      expect(openRefreshToken(store(), await read(id))).toBe(newRefreshToken);
    });

    it('leaves both tokens byte for byte when it fails', async () => {
      const { id, lease, row } = await claimed('first');
      await saveFailure(store(), lease, trouble);
      const { refresh_token_sealed, access_token_sealed } = row;
      expect(await read(id)).toMatchObject({ ...trouble, refresh_token_sealed, access_token_sealed });
    });

    it('is not saved by a holder whose lease somebody else took over', async () => {
      const { id, lease } = await claimed('late');
      const second = await claimRefresh(store(), await read(id), 'second', { now: at(30), until: at(45) });
      expect(await saveRefresh(store(), lease, refreshed())).toBeNull();
      expect(await saveFailure(store(), lease, trouble)).toBe(false);
      expect(await read(id)).toMatchObject({ lease_owner: 'second', error_code: null });
      expect(second && (await saveRefresh(store(), second, refreshed()))).not.toBeNull();
    });

    it('is not saved over a grant that came meanwhile', async () => {
      const { id, lease } = await claimed('late');
      const grant = someGrant();
      await renewConnection(store(), await read(id), grant, at(13));
      expect(await saveRefresh(store(), lease, { ...refreshed(), newRefreshToken: token() })).toBeNull();
      expect(openRefreshToken(store(), await read(id))).toBe(grant.refreshToken);
    });
  });

  describe('a new grant', () => {
    it('is put into a connection by one of ten that read it at the same time', async () => {
      const row = await added(store());
      const rows = await atOnce(10, () => renewConnection(store(), row, someGrant({ name: row.name }), at(5)));
      expect(rows.filter((saved) => saved !== null)).toHaveLength(1);
    });

    it('is not put over a token that a program was given meanwhile', async () => {
      const row = await added(store());
      await markGivenOut(store(), row);
      expect(await renewConnection(store(), row, someGrant({ name: row.name }), at(5))).toBeNull();
      expect(await renewConnection(store(), await read(row.id), someGrant({ name: row.name }), at(5))).not.toBeNull();
    });

    it('makes a connection active again, with a ledger of its own', async () => {
      const { id, lease, row } = await claimed('first');
      await saveFailure(store(), lease, { ...trouble, status: 'needs_reconnect', throttled_until: at(600) });
      await renewConnection(store(), await read(id), someGrant({ name: row.name }), at(5));
      const after = await read(id);
      expect(after).toMatchObject({ status: 'active', error_code: null, throttled_until: null, lease_owner: null });
      expect(after.refresh_token_id).not.toBe(row.refresh_token_id);
    });
  });

  describe.each([
    ['forgetting the tokens', forgetTokens],
    ['deleting', deleteConnection],
  ])('%s', (_what, change) => {
    it('is done by one of ten that read the connection at the same time', async () => {
      const row = await added(store());
      const results = await atOnce(10, () => change(store(), row));
      expect(results.filter(Boolean)).toHaveLength(1);
    });

    it('is refused when the connection changed since it was read', async () => {
      const row = await added(store());
      await claimRefresh(store(), row, 'somebody', times);
      expect(await change(store(), row)).toBe(false);
      expect((await read(row.id)).refresh_token_sealed).toBe(row.refresh_token_sealed);
    });
  });

  it('leaves no token behind when they are forgotten', async () => {
    const row = await added(store());
    await forgetTokens(store(), row);
    const none = { refresh_token_sealed: null, access_token_sealed: null, access_token_expires_at: null };
    expect(await read(row.id)).toMatchObject({ status: 'revoked', ...none });
  });

  async function claimed(owner: string): Promise<{ id: string; lease: Lease; row: ConnectionRow }> {
    const row = await added(store());
    const lease = await claimRefresh(store(), row, owner, times);
    if (!lease) throw new Error('nobody else could have claimed it');
    return { id: row.id, lease, row };
  }

  async function read(id: string): Promise<ConnectionRow> {
    const row = await findConnectionById(store(), id);
    if (!row) throw new Error('the connection is gone');
    return row;
  }

  function saveTroubleFor(lease: Lease): Promise<boolean> {
    return saveFailure(store(), lease, trouble);
  }

  function saveTokensFor(lease: Lease): Promise<unknown> {
    return saveRefresh(store(), lease, refreshed());
  }
});
