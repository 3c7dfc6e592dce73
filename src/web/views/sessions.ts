import { type ListedSession, listSessions } from '../../auth/session-list';
import type { Keeper } from '../../keeper';
import { moment, type Moment } from '../words';

export interface SessionsView {
  sessions: SessionView[];
  hasOthers: boolean;
  /** Minutes of inactivity after which one ends. */
  idleMinutes: number;
}

interface SessionView {
  id: string;
  name: string;
  how: string;
  browser: string;
  ip: string | null;
  since: Moment;
  used: Moment;
  isOwn: boolean;
}

export async function sessionsView(keeper: Keeper, ownId: string): Promise<SessionsView> {
  const listed = await listSessions(keeper, keeper.signIn, ownId);
  const sessions = listed.map((session) => sessionView(session, keeper.now()));
  const idleMinutes = keeper.config.sessionIdleMinutes;
  return { sessions, hasOthers: sessions.some(({ isOwn }) => !isOwn), idleMinutes };
}

function sessionView({ id, name, by, since, used, from, isOwn }: ListedSession, now: Date): SessionView {
  return {
    id,
    name,
    how: by === 'oidc' ? 'through the provider' : 'with the password',
    browser: from?.browser ?? 'Unknown browser',
    ip: from?.ip ?? null,
    since: moment(since, now),
    used: moment(used, now),
    isOwn,
  };
}
