import { keeper, recentEvents, recordEvent } from '../../src/store/events';
import { databases } from '../support/postgres';
import { at, useStore } from './support';

describe.each(databases)('events on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('tell who did what to what, when and from where, the newest first', async () => {
    const person = { name: 'person', address: '192.0.2.7' };
    await recordEvent(store(), person, { action: 'token_revealed', subject: 'crm', detail: 'access_token' }, at(1));
    await recordEvent(store(), keeper, { action: 'revoked_at_zoho', subject: 'crm' }, at(2));
    expect(await recentEvents(store(), 10)).toMatchObject([
      { at: at(2), actor: 'keeper', address: null, action: 'revoked_at_zoho', subject: 'crm', detail: null },
      { at: at(1), actor: 'person', address: '192.0.2.7', action: 'token_revealed', detail: 'access_token' },
    ]);
    expect(await recentEvents(store(), 1)).toHaveLength(1);
  });
});
