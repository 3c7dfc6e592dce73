import type { OpenStore } from './store';
import { listenToPostgres } from './changes-postgres';
import { lookAtSqlite } from './changes-sqlite';

/**
 * What has changed: `connections/NAME`, `events`, `alerts` or `sessions`, as the triggers of 020-changes.ts write them, or
 * `*`: anything may have.
 */
export type Topics = readonly string[];

export interface Changes {
  /** Calls `tell` soon after each commit, by whatever process, and once with `*` when that begins. `end` at the stop. */
  subscribe(listener: ChangeListener): () => void;
  /** Ends all subscriptions, and takes no more. */
  stop(): void;
}

export interface ChangeListener {
  tell(topics: Topics): void;
  end(): void;
}

/** Changes within so many milliseconds are told together. */
const pause = 50;
/** Of more topics at once, nobody has to hear each. */
const mostTopics = 200;

/** Looks at the database, or listens to it, only while somebody has subscribed. */
export function createChanges(store: OpenStore, databaseUrl: string): Changes {
  const listeners = new Set<ChangeListener>();
  const collected = new Set<string>();
  let stopWatching: (() => void) | null = null;
  let isReady = false;
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  return { subscribe, stop };

  function subscribe(listener: ChangeListener): () => void {
    if (isStopped) {
      listener.end();
      return () => undefined;
    }
    listeners.add(listener);
    stopWatching ??= store.file === null ? listenToPostgres(databaseUrl, note) : lookAtSqlite(store, note);
    if (isReady) listener.tell(['*']);
    return () => leave(listener);
  }

  function leave(listener: ChangeListener): void {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stopWatching?.();
    stopWatching = null;
    isReady = false;
    collected.clear();
  }

  function note(topics: Topics): void {
    isReady = true;
    for (const topic of topics) collected.add(topic);
    timer ??= setTimeout(tellAll, pause);
  }

  function tellAll(): void {
    timer = undefined;
    if (collected.size === 0) return;
    const topics = collected.has('*') || collected.size > mostTopics ? ['*'] : [...collected];
    collected.clear();
    for (const listener of listeners) listener.tell(topics);
  }

  function stop(): void {
    isStopped = true;
    clearTimeout(timer);
    for (const listener of [...listeners]) {
      leave(listener);
      listener.end();
    }
  }
}
