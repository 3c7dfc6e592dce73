import { countSlots, slotsWarning } from '../../src/connections/slots';
import type { DueRevocation, HoldingConnection, WaitingFlow } from '../../src/store/slots';

const day = (n: number): string => `2026-11-${String(n).padStart(2, '0')}T00:00:00.000Z`;

function held(name: string, change: Partial<HoldingConnection> = {}): HoldingConnection {
  const row = { name, client_id: 'client', zuid: '1', user_email: 'maria@example.com' };
  return { ...row, status: 'active', error_code: null, connected_at: day(2), ...change };
}

function many(count: number, zuid: string | null): HoldingConnection[] {
  return Array.from({ length: count }, (_, index) => held(`${zuid}-${index + 1}`, { zuid }));
}

function due(name: string, change: Partial<DueRevocation> = {}): DueRevocation {
  return { connection_name: name, client_id: 'client', zuid: '1', made_at: day(1), created_at: day(3), ...change };
}

const waiting: WaitingFlow = { connection_name: 'crm', client_id: 'client', updated_at: day(4) };

it('tokens count from the oldest on, also those that are still to be revoked or wait for a second yes', () => {
  const [slots] = countSlots([held('crm')], [due('crm')], [waiting]);
  expect(slots).toMatchObject({ clientId: 'client', zuid: '1', email: 'maria@example.com', ofClient: 3 });
  expect(slots?.slots).toEqual([
    { name: 'crm', since: day(1), state: 'ending' },
    { name: 'crm', since: day(2), state: 'used' },
    { name: 'crm', since: day(4), state: 'unconfirmed' },
  ]);
});

it('a token that Zoho refuses has no slot any more, one that fails otherwise has', () => {
  const refused = held('old', { status: 'needs_reconnect', error_code: 'invalid_code' });
  const damaged = held('damaged', { status: 'needs_reconnect', error_code: 'damaged' });
  expect(countSlots([refused, damaged], [], []).flatMap(({ slots }) => slots.map(({ name }) => name))).toEqual([
    'damaged',
  ]);
});

it('users and clients are counted apart, and nobody knows whether two unknown users are one', () => {
  const rows = [held('a'), held('b', { zuid: '2' }), held('c', { client_id: 'other' })];
  const unknown = [held('d', { zuid: null }), held('e', { zuid: null })];
  expect(countSlots([...rows, ...unknown], [], []).map(({ slots, ofClient }) => [slots.length, ofClient])).toEqual([
    [1, 4],
    [1, 4],
    [1, 1],
    [1, 4],
    [1, 4],
  ]);
});

describe('a warning', () => {
  const warned = (rows: readonly HoldingConnection[], revocations: readonly DueRevocation[] = []): string | null =>
    slotsWarning(
      countSlots(rows, revocations, [])[0] ?? { clientId: '', zuid: null, email: null, slots: [], ofClient: 0 },
    );

  it.each<[count: number, words: RegExp | null]>([
    [14, null],
    [15, /^15 of the 20 .* other programs may have more/],
    [18, /^18 of the 20/],
    [19, /^19 of the 20 .*: the next connect may push out “1-1”, the oldest/],
    [20, /^20 of the 20 .*: the next connect pushes out “1-1”, the oldest/],
  ])('with %d of one user', (count, words) => {
    const told = warned(many(count, '1'));
    if (words === null) expect(told).toBeNull();
    else expect(told).toMatch(words);
  });

  it('says so when the oldest is one that is being revoked anyway', () => {
    expect(warned(many(19, '1'), [due('crm')])).toContain('pushes out a token that “crm” had before, the oldest');
  });

  it('comes earlier when several users share a client, as long as it may be the client that counts', () => {
    expect(warned([...many(8, '1'), ...many(6, '2')])).toBeNull();
    expect(warned([...many(8, '1'), ...many(7, '2')])).toMatch(/^15 refresh tokens of several users.*do not agree/);
    // With more than twenty alive, it evidently is not.
    expect(warned([...many(11, '1'), ...many(11, '2')])).toBeNull();
  });
});
