import { sql } from 'kysely';
import type { Store } from './store';

/** Milliseconds between two looks: one read from memory each, whoever wrote. */
const every = 250;

/** Looks for what this process and others changed until the returned function is called. */
export function lookAtSqlite({ db }: Store, tell: (topics: readonly string[]) => void): () => void {
  let last: number | null = null;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  void look();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };

  async function look(): Promise<void> {
    // A database that cannot be read just now is looked at again.
    const topics = await newTopics().catch(() => []);
    if (isStopped) return;
    if (topics.length > 0) tell(topics);
    timer = setTimeout(look, every);
  }

  async function newTopics(): Promise<string[]> {
    if (last === null) {
      const { rows } = await sql<{ id: number | null }>`select max(id) as id from changes`.execute(db);
      last = rows[0]?.id ?? 0;
      return ['*'];
    }
    const { rows } = await sql<{ id: number; topic: string }>`
      select id, topic from changes where id > ${last} order by id`.execute(db);
    const isGap = rows[0] !== undefined && rows[0].id > last + 1;
    last = rows.at(-1)?.id ?? last;
    return isGap ? ['*'] : rows.map(({ topic }) => topic);
  }
}
