import type { Request, Response } from 'express';
import type { SimulatedUser } from '../state/users';
import type { World } from '../state/world';

const cookie = 'simulator_session';

/** Who is signed in at this browser; undefined where each browser signs in for itself and this one has not. */
export function signedInAt(world: World, req: Request): SimulatedUser | undefined {
  if (!world.settings.browserSessions) return world.users.signedIn();
  const zuid = new RegExp(`(?:^|;\\s*)${cookie}=(\\d+)`).exec(req.headers.cookie ?? '')?.[1];
  return world.users.all().find((user) => String(user.zuid) === zuid);
}

/** Signs somebody in, at this browser or for everybody. Throws when nobody has that ZUID. */
export function signInAt(world: World, res: Response, zuid: number): SimulatedUser {
  const user = world.users.get(zuid);
  if (world.settings.browserSessions) res.cookie(cookie, String(zuid), { httpOnly: true, sameSite: 'lax' });
  else world.users.signIn(zuid);
  return user;
}

/** The same for pages that are somebody's own: undefined after the browser was led to sign in. */
export function ownerAt(world: World, req: Request, res: Response): SimulatedUser | undefined {
  const user = signedInAt(world, req);
  if (user === undefined) res.redirect(signInUrl(req.originalUrl));
  return user;
}

export function signInUrl(originalUrl: string): string {
  return `/signin?serviceurl=${encodeURIComponent(originalUrl)}`;
}

/** Ends what signInAt began at this browser; a sign-in that all share goes on. */
export function signOutAt(world: World, res: Response): void {
  if (world.settings.browserSessions) res.clearCookie(cookie);
}
