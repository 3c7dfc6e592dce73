import { type KyselyPlugin, SelectQueryNode, sql } from 'kysely';
import { type EventFilter, findEvents, knownActions, recordEvent } from '../../src/store/events';
import { byKeeper } from '../../src/audit';
import { recentEvents } from '../support/events';
import { databases, freshSqlite } from '../support/postgres';
import { at, useStore } from '../support/rows';

describe.each(databases)('events on %s', (_dialect, freshUrl) => {
  const store = useStore(freshUrl);

  it('tell who did what to what, when and from where, the newest first', async () => {
    const person = { name: 'person', ip: '192.0.2.7' };
    await recordEvent(store(), person, { action: 'token_revealed', subject: 'crm', detail: 'access_token' }, at(1));
    await recordEvent(store(), byKeeper, { action: 'revoked_at_zoho', subject: 'crm' }, at(2));
    expect(await recentEvents(store(), 10)).toMatchObject([
      { at: at(2), actor: 'keeper', ip: null, action: 'revoked_at_zoho', subject: 'crm', detail: null },
      { at: at(1), actor: 'person', ip: '192.0.2.7', action: 'token_revealed', detail: 'access_token' },
    ]);
    expect(await recentEvents(store(), 1)).toHaveLength(1);
  });

  it('give the names of all actions, those of versions to come included', async () => {
    for (const action of ['connected', 'zz_of_a_later_version', 'connected', 'a_first_one', 'connected']) {
      await recordEvent(store(), byKeeper, { action, subject: null }, at(3));
    }
    const recorded = await store().db.selectFrom('events').select('action').execute();
    const all = [...new Set(recorded.map(({ action }) => action))].toSorted();
    expect(all.length).toBeGreaterThan(2);
    expect((await knownActions(store())).toSorted()).toEqual(all);
  });

  it('are found page by page, those of one moment too', async () => {
    for (let number = 0; number < 10; number++) {
      await recordEvent(store(), byKeeper, { action: 'deleted', subject: 'paged' }, at(4 + Math.floor(number / 4)));
    }
    const filter = { ...everything, subject: 'paged' };
    const all = await findEvents(store(), filter, null, 100);
    expect(all).toHaveLength(10);
    const first = await findEvents(store(), filter, null, 3);
    const second = await findEvents(store(), filter, first.at(-1) ?? null, 3);
    const third = await findEvents(store(), filter, second.at(-1) ?? null, 100);
    expect([...first, ...second, ...third]).toEqual(all);
  });
});

describe('events in a long table', () => {
  const store = useStore(freshSqlite);
  const mark = { at: at(5), id: '00000000-0000-4000-8000-000000000000' };
  const filters: readonly (readonly [string, Partial<EventFilter>, string])[] = [
    ['all', {}, 'events_by_time (at<?)'],
    ['by action', { action: 'connected' }, 'events_by_action (action=? AND at<?)'],
    ['by subject', { subject: 'crm' }, 'events_by_subject (subject=? AND at<?)'],
    ['by actor', { actor: 'person' }, 'events_by_actor (actor=? AND at<?)'],
    ['by time', { since: at(1) }, 'events_by_time (at>? AND at<?)'],
    ['by actor and time', { actor: 'person', since: at(1) }, 'events_by_actor (actor=? AND at>? AND at<?)'],
  ];

  it.each(filters)('are looked for by an index: %s', async (_what, filter, index) => {
    const explained = { ...store(), db: store().db.withPlugin(explaining) };
    const plan: unknown = await findEvents(explained, { ...everything, ...filter }, mark, 50);
    expect(plan).toContainEqual(expect.objectContaining({ detail: `SEARCH events USING INDEX ${index}` }));
  });
});

const everything: EventFilter = { action: null, subject: null, actor: null, since: null };

/** Makes a query tell how SQLite would answer it. */
const explaining: KyselyPlugin = {
  transformQuery: ({ node }) =>
    SelectQueryNode.is(node)
      ? { ...node, explain: { kind: 'ExplainNode', options: sql`query plan`.toOperationNode() } }
      : node,
  transformResult: async ({ result }) => result,
};
