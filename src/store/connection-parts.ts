import { type ExpressionBuilder, sql } from 'kysely';
import type { Database } from './schema';
import type { Store } from './store';

/**
 * Of the list of connections: `refused` needs a person, `failing` has no token left, `waiting` fails but has one or was told
 * when to ask again, `active` and `disconnected` have no trouble.
 */
export type Part = 'refused' | 'failing' | 'waiting' | 'active' | 'disconnected' | 'rest' | 'all';

/**
 * The condition for a connection to be in this part, worded so that both databases choose the index that is made for it:
 * none that is disconnected has an error.
 */
export function isIn(eb: ExpressionBuilder<Database, 'connections'>, part: Part, now: string) {
  const isAccepted = eb('status', '<>', 'needs_reconnect');
  const isFailing = eb.and([eb('error_code', 'is not', null), isAccepted]);
  switch (part) {
    case 'refused':
      return eb('status', '=', 'needs_reconnect');
    case 'failing':
      return eb.and([
        isFailing,
        eb.or([eb('access_token_expires_at', 'is', null), eb('access_token_expires_at', '<=', now)]),
        eb.or([eb('throttled_until', 'is', null), eb('throttled_until', '<=', now)]),
      ]);
    case 'waiting':
      return eb.and([isFailing, eb.or([eb('access_token_expires_at', '>', now), eb('throttled_until', '>', now)])]);
    case 'rest':
      return eb.and([eb('error_code', 'is', null), isAccepted]);
    case 'active':
      return eb.and([eb('status', '=', 'active'), eb('error_code', 'is', null)]);
    case 'disconnected':
      return eb('status', '=', 'revoked');
    case 'all':
      return eb.lit(true);
  }
}

/** A number that was not counted to its end: `isMore` when there are more than that. */
export interface Count {
  readonly count: number;
  readonly isMore: boolean;
}

export interface ListCounts {
  readonly all: Count;
  readonly broken: Count;
  readonly waiting: Count;
  readonly disconnected: Count;
}

/** So many are counted of connections, and of those with one tag: more would make the page wait. */
const longestCount = 10_000;
const longestTagCount = 1000;
const mostTags = 20;

export async function countList(store: Store, now: string): Promise<ListCounts> {
  const [all, refused, failing, waiting, disconnected] = await Promise.all(
    (['all', 'refused', 'failing', 'waiting', 'disconnected'] as const).map((part) => countPart(store, part, now)),
  );
  return {
    all: atMost(all ?? 0, longestCount),
    broken: atMost((refused ?? 0) + (failing ?? 0), longestCount),
    waiting: atMost(waiting ?? 0, longestCount),
    disconnected: atMost(disconnected ?? 0, longestCount),
  };
}

async function countPart({ db }: Store, part: Part, now: string): Promise<number> {
  const some = db
    .selectFrom('connections')
    .select('name')
    .where((eb) => isIn(eb, part, now))
    .limit(longestCount + 1);
  const counted = db.selectFrom(some.as('some')).select(({ fn }) => fn.countAll().as('count'));
  // PostgreSQL's driver sends counts as text.
  return Number((await counted.executeTakeFirstOrThrow()).count);
}

function atMost(counted: number, most: number): Count {
  return { count: Math.min(counted, most), isMore: counted > most };
}

/** The first tags that connections have, each with how many have it. */
export async function countTags({ db }: Store): Promise<(Count & { readonly tag: string })[]> {
  // From each tag to the next one by the index: connections with the same tag are not read.
  const { rows } = await sql<{ tag: string; count: number | string }>`
    with recursive known (tag) as (
      select min(tag) from connection_tags
      union all
      select (select min(later.tag) from connection_tags as later where later.tag > known.tag)
      from known where known.tag is not null
    )
    select tag, (
      select count(*) from (
        select 1 from connection_tags as tagged where tagged.tag = known.tag limit ${longestTagCount + 1}
      ) as counted
    ) as count
    from known where tag is not null limit ${mostTags}`.execute(db);
  return rows.map(({ tag, count }) => ({ tag, ...atMost(Number(count), longestTagCount) }));
}
