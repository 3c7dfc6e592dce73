import {
  addLink,
  countTry,
  findLinkByToken,
  forgetLinksBefore,
  reopenLink,
  revokeLink,
  spendLink,
} from '../../src/store/links';
import type { LinkRow } from '../../src/store/schema';
import { databases } from '../support/postgres';
import { at, atOnce, useStore } from '../support/rows';

describe.each(databases)('links on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  function some(token: string): Promise<LinkRow> {
    const link = {
      token,
      connectionName: 'customer',
      connectionId: null,
      clientId: '1000.CLIENT',
      dataCenter: 'eu' as const,
      scopes: ['ZohoCRM.modules.READ'],
      note: '',
      madeBy: 'owner',
      expiresAt: at(3600),
    };
    return addLink(store(), link, at(0));
  }

  it('are found by a token that is not stored', async () => {
    const link = await some('the-token-itself');
    expect(JSON.stringify(link)).not.toContain('the-token-itself');
    expect(await findLinkByToken(store(), 'the-token-itself')).toEqual(link);
    expect(await findLinkByToken(store(), link.token_digest)).toBeUndefined();
  });

  it('are spent by one of fifty, and not at all once revoked', async () => {
    const link = await some('spent');
    const spent = await atOnce(50, () => spendLink(store(), link.id, at(1)));
    expect(spent.filter(Boolean)).toHaveLength(1);
    expect(await revokeLink(store(), link.id, at(2))).toBeNull();
    await reopenLink(store(), link.id);
    expect(await revokeLink(store(), link.id, at(3))).toMatchObject({ status: 'revoked', ended_at: at(3) });
    expect(await spendLink(store(), link.id, at(4))).toBe(false);
  });

  it('take so many tries and no more, however many come at once', async () => {
    const link = await some('tried');
    const tries = await atOnce(50, () => countTry(store(), link.id, 10, at(1)));
    expect(tries.filter(Boolean)).toHaveLength(10);
    expect(await countTry(store(), (await some('late')).id, 10, at(3600))).toBe(false);
  });

  it('are forgotten by the time at which they expired', async () => {
    await some('old');
    await forgetLinksBefore(store(), at(3600));
    expect(await findLinkByToken(store(), 'old')).toBeDefined();
    await forgetLinksBefore(store(), at(3601));
    expect(await findLinkByToken(store(), 'old')).toBeUndefined();
  });
});
