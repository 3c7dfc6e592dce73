import type { SessionData } from 'express-session';
import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { Problem } from '../lib/problem';
import { digest } from '../lib/secrets';
import { iso } from '../lib/time';
import { readSession, readSessions, removeSessions } from '../store/sessions';
import { parse, type SeenFrom } from './sessions';
import type { SignedIn, SignIn } from './sign-in';

export interface ListedSession extends Omit<SignedIn, 'mark'> {
  /** Stands for the session and opens none. */
  readonly id: string;
  /** Null for one of before this was noted. */
  readonly from: SeenFrom | null;
  readonly isOwn: boolean;
}

/** Who is signed in, the last to do something first. */
export async function listSessions(context: Context, signIn: SignIn, ownId: string): Promise<ListedSession[]> {
  const rows = await readSessions(context.store, iso(context.now()));
  const sessions = rows.flatMap(({ id, data }) => {
    const { signedIn, seenFrom }: Partial<SessionData> = parse(data);
    if (!signedIn || signIn.endingOf(signedIn) !== null) return [];
    const { name, by, since, used } = signedIn;
    return { id, name, by, since, used, from: seenFrom ?? null, isOwn: id === digest(ownId) };
  });
  return sessions.toSorted((a, b) => (a.used < b.used ? 1 : -1));
}

/** Whether whoever signed in with this session still is. Looking is no use of it. */
export async function isSignedIn({ store, now }: Context, signIn: SignIn, sessionId: string): Promise<boolean> {
  const data = await readSession(store, sessionId, iso(now()));
  const { signedIn }: Partial<SessionData> = data === null ? {} : parse(data);
  return signedIn !== undefined && signIn.endingOf(signedIn) === null;
}

/** Signs one browser out. Throws a Problem when it was signed out before. */
export async function endSessionOf(context: Context, signIn: SignIn, id: string, actor: Actor): Promise<void> {
  const ended = (await listSessions(context, signIn, '')).find((session) => session.id === id);
  await inTransaction(context, async (transaction) => {
    const count = await removeSessions(transaction.store, [id]);
    if (count === 0) throw new Problem(404, 'not_found', 'That session has ended already.', 'Reload the page.');
    const event = { action: 'session_ended', subject: ended?.name ?? null, detail: ended?.from?.browser ?? 'unknown' };
    await record(transaction, actor, event);
  });
}

/** Signs all browsers out but the one that asks. Those of people who came by a link go on. */
export async function endOtherSessions(context: Context, signIn: SignIn, ownId: string, actor: Actor): Promise<void> {
  const others = (await listSessions(context, signIn, ownId)).filter(({ isOwn }) => !isOwn);
  await inTransaction(context, async (transaction) => {
    const ids = others.map(({ id }) => id);
    await removeSessions(transaction.store, ids);
    await record(transaction, actor, { action: 'session_ended', subject: null, detail: 'others' });
  });
}
