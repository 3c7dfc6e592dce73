import { Router, type Request, type Response } from 'express';
import { accept, needsConsent, readAuthorization, refuse, type Authorization } from '../accounts/authorization';
import { organisationChoices } from '../accounts/organisations';
import { receive, type Fields } from '../http/received';
import { portalOf } from '../state/clients';
import { groupScopes } from '../state/scopes';
import type { SimulatedUser } from '../state/users';
import type { World } from '../state/world';
import { fieldsOf, noteVisit, refusalAsPage, showMessage, userChoices } from './page';
import { ownerAt, signedInAt, signInAt } from './session';
import type { DataCenterCode } from '../../zoho/data-centers';

/** Somebody whose browser is to authorise a client, and how far they got. */
interface Visit {
  readonly request: Authorization;
  readonly query: Partial<Fields>;
  readonly user: SimulatedUser;
  readonly orgId: string | undefined;
}

/** `/oauth/v2/auth`, the same of a portal, and the forms that they show. */
export function consentRoutes(world: World, dataCenter: DataCenterCode): Router {
  const router = Router();
  const pages = ['/oauth/v2/auth', '/clientoauth/v2/:portal/auth'];
  router.get(pages, ask);
  router.all(pages, (_req, res) => showMessage(res, 'HTTP Status 400', 'Bad Request', 400));
  router.post(['/organisation', '/clientoauth/v2/:portal/organisation'], choose);
  router.post(['/consent', '/clientoauth/v2/:portal/consent'], decide);
  return router;

  function ask(req: Request, res: Response): void {
    const received = receive(req, dataCenter);
    // Of the forms below, and nobody else's to say.
    const { org_id: _chosen, ...query } = received.query;
    noteVisit(world, received, res);
    refusalAsPage(res, () => {
      const request = readAuthorization(world, dataCenter, query, portalOf(req.path));
      const user = ownerAt(world, req, res);
      if (user !== undefined) goOn(world, res, { request, query, user, orgId: undefined });
    });
  }

  function choose(req: Request, res: Response): void {
    const { org_id: orgId, ...query } = fieldsOf(req, dataCenter);
    refusalAsPage(res, () => {
      const request = readAuthorization(world, dataCenter, query, portalOf(req.path));
      goOn(world, res, { request, query, user: signedIn(world, req), orgId });
    });
  }

  function decide(req: Request, res: Response): void {
    const { decision, zuid, org_id: orgId, ...query } = fieldsOf(req, dataCenter);
    refusalAsPage(res, () => {
      const request = readAuthorization(world, dataCenter, query, portalOf(req.path));
      const user = zuid === undefined ? signedIn(world, req) : signInAt(world, res, Number(zuid));
      // Whoever sees the page has been asked, also when it was open twice.
      const asked = { ...request, promptConsent: true };
      if (decision !== 'accept') return res.redirect(refuse(world, user, asked));
      const visit = { request: asked, query, user, orgId };
      // Somebody else than the one who chose.
      if (hasToChoose(visit)) return showOrganisations(res, visit);
      res.redirect(accept(world, user, asked, choiceOf(visit)?.orgId));
    });
  }
}

function signedIn(world: World, req: Request): SimulatedUser {
  const user = signedInAt(world, req);
  if (user === undefined) throw new Error('nobody is signed in at this browser');
  return user;
}

/** Zoho asks for the organisation first, and then for the consent. */
function goOn(world: World, res: Response, visit: Visit): void {
  if (hasToChoose(visit)) showOrganisations(res, visit);
  else if (needsConsent(world, visit.user, visit.request)) showConsent(world, res, visit);
  else res.redirect(accept(world, visit.user, visit.request, choiceOf(visit)?.orgId));
}

function showConsent(world: World, res: Response, visit: Visit): void {
  const { client, redirectUri, scopes, offline } = visit.request;
  const chosen = choiceOf(visit);
  res.render('consent', {
    client: client.name,
    returnsTo: URL.canParse(redirectUri) ? new URL(redirectUri).host : redirectUri,
    organisation: chosen?.organisation,
    groups: groupScopes(scopes),
    offline,
    users: userChoices(world, visit.user),
    action: `${baseOf(visit)}/consent`,
    hidden: [...hiddenOf(visit), ...(chosen === undefined ? [] : [{ name: 'org_id', value: chosen.orgId }])],
  });
}

function showOrganisations(res: Response, visit: Visit): void {
  res.render('organisation', {
    user: visit.user,
    organisations: organisationChoices(visit.user, visit.request.scopes),
    action: `${baseOf(visit)}/organisation`,
    hidden: hiddenOf(visit),
  });
}

function hasToChoose(visit: Visit): boolean {
  return organisationChoices(visit.user, visit.request.scopes).length > 0 && choiceOf(visit) === undefined;
}

function choiceOf({ user, request, orgId }: Visit): { organisation: string; orgId: string } | undefined {
  return organisationChoices(user, request.scopes).find((one) => one.orgId === orgId);
}

function baseOf({ request: { client } }: Visit): string {
  return client.portal === undefined ? '' : `/clientoauth/v2/${client.portal}`;
}

function hiddenOf({ query }: Visit): { name: string; value: string | undefined }[] {
  return Object.entries(query).map(([name, value]) => ({ name, value }));
}
