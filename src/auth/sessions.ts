import session from 'express-session';
import { type Clock, addSeconds, iso } from '../lib/time';
import { throttle } from '../lib/rate-limit';
import { changeSession, prolongSession, readSession, removeSession, writeSession } from '../store/sessions';
import type { Store } from '../store/store';
import type { SignedIn } from './sign-in';

/** How long a session is kept without being used, in seconds. Somebody who signed in is out sooner: see sign-in.ts. */
export const keptSeconds = 12 * 3600;

/** Where a session was last used. */
export interface SeenFrom {
  readonly ip: string | null;
  readonly browser: string;
}

declare module 'express-session' {
  interface SessionData {
    /** When it was first stored; a session without it is new. */
    began: string;
    signedIn: SignedIn;
    seenFrom: SeenFrom;
  }
}

type Callback<Value = void> = (error: unknown, value?: Value) => void;

/** Sessions in the database, so that they survive a restart and are shared by instances. */
export class DatabaseSessions extends session.Store {
  private readonly database: Store;
  private readonly now: Clock;
  private readonly mayProlong: (id: string) => boolean;

  constructor(database: Store, now: Clock) {
    super();
    this.database = database;
    this.now = now;
    this.mayProlong = throttle(60, now);
  }

  override get(id: string, done: Callback<session.SessionData | null>): void {
    readSession(this.database, id, iso(this.now())).then(
      (text) => done(null, text === null ? null : parse(text)),
      (error: unknown) => done(error),
    );
  }

  override set(id: string, data: Partial<session.SessionData>, done: Callback = () => undefined): void {
    const now = iso(this.now());
    this.mayProlong(id);
    const isNew = data.began === undefined;
    data.began ??= now;
    const text = JSON.stringify(data);
    const written = isNew
      ? writeSession(this.database, id, text, { now, expiresAt: this.end() })
      : changeSession(this.database, id, text, this.end());
    answer(written, done);
  }

  /** A page that only shows something is not to wait for the disk. */
  override touch(id: string, _data: session.SessionData, done: Callback = () => undefined): void {
    if (this.mayProlong(id)) answer(prolongSession(this.database, id, this.end()), done);
    else done(null);
  }

  override destroy(id: string, done: Callback = () => undefined): void {
    answer(removeSession(this.database, id), done);
  }

  private end(): string {
    return iso(addSeconds(this.now(), keptSeconds));
  }
}

function answer(work: Promise<void>, done: Callback): void {
  work.then(
    () => done(null),
    (error: unknown) => done(error),
  );
}

export function parse(text: string): session.SessionData {
  return JSON.parse(text);
}
