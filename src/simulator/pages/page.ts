import type { Request, RequestHandler, Response } from 'express';
import { AuthorizationRefused } from '../accounts/authorization';
import { parametersOf, receive, type Fields, type Received } from '../http/received';
import { dataCenter as about, type DataCenterCode } from '../../zoho/data-centers';
import type { SimulatedUser } from '../state/users';
import type { World } from '../state/world';

/** Headers that every page shares. No form-action: a consent form's answer leads to a foreign site. */
export const pageFrame: RequestHandler = (_req, res, next) => {
  res.setHeader(
    'content-security-policy',
    "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
  res.setHeader('x-content-type-options', 'nosniff');
  res.setHeader('referrer-policy', 'same-origin');
  res.setHeader('cache-control', 'no-store');
  next();
};

/** Parameters of a page or of its form. */
export function fieldsOf(req: Request, dataCenter: DataCenterCode): Partial<Fields> {
  return parametersOf(receive(req, dataCenter));
}

export function showMessage(res: Response, title: string, sentence: string, status = 200): void {
  res.status(status).render('message', { title, sentence });
}

/** Notes that somebody's browser was sent to authorise. */
export function noteVisit(world: World, received: Received, res: Response): void {
  const { dataCenter, query } = received;
  const entry = world.requests.add(received, { endpoint: 'authorize', dataCenter, clientId: query.client_id });
  res.once('close', () => world.requests.answered(entry, res.statusCode));
}

/** What Zoho refuses without a redirect is a page. */
export function refusalAsPage(res: Response, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof AuthorizationRefused)) throw error;
    showMessage(res, error.title, error.message, error.status);
  }
}

/** Who can be chosen in a consent form. */
export function userChoices(
  world: World,
  signedIn: SimulatedUser | undefined,
): { zuid: number; label: string; selected: boolean }[] {
  return world.users.all().map((user) => ({
    zuid: user.zuid,
    label: `${user.displayName} (${about(user.dataCenter).country}), ${user.email}, ${user.organisation}`,
    selected: user.zuid === signedIn?.zuid,
  }));
}
