import express, { type ErrorRequestHandler, type Express } from 'express';
import { join } from 'node:path';
import { answerDeviceCode, answerDeviceToken } from './accounts/device';
import { answerScopeEnhance } from './accounts/enhance';
import { answerToken, tokenEndpointOf } from './accounts/grants';
import { answerIntrospect } from './accounts/introspect';
import { answerClientRevoke, answerRevoke } from './accounts/revoke';
import {
  answerDiscovery,
  answerKeys,
  answerOpenIdUserInfo,
  answerServerInfo,
  answerUserInfo,
} from './accounts/user-info';
import type { Control } from './control';
import { controlDoor } from './control-door';
import { json, send } from './http/answer';
import type { Answerer } from './http/answerer';
import { endpoint } from './http/endpoint';
import { asGet, receive } from './http/received';
import { consentRoutes } from './pages/consent';
import { consoleRoutes } from './pages/console';
import { deviceRoutes } from './pages/device';
import { enhanceRoutes } from './pages/enhance';
import { homeRoutes } from './pages/home';
import { pageFrame, showMessage } from './pages/page';
import { selfClientRoutes } from './pages/self-client';
import { signInRoutes } from './pages/sign-in';
import { products } from './products/products';
import { answerStub } from './products/stubbed';
import type { Endpoint } from './state/endpoints';
import type { World } from './state/world';
import { dataCenter as about, type DataCenterCode } from '../zoho/data-centers';

const root = join(__dirname, '../..');

/** What an origin serves: at Zoho, Accounts and the product APIs have each their own. */
export type Serves = 'accounts' | 'api' | 'both';

/** What one origin of a data centre serves: accounts with their pages, product APIs or both, and the control door. */
export function dataCenterApp(world: World, control: Control, dataCenter: DataCenterCode, serves: Serves): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('view engine', 'ejs');
  app.set('views', join(root, 'views/simulator'));
  app.locals.country = about(dataCenter).country;
  app.get('/simulator.css', (_req, res) => res.sendFile(join(root, 'public/simulator.css')));
  // Collected as bytes whatever the type says: each endpoint reads them its own way.
  app.use(express.raw({ type: () => true, limit: '20mb' }));
  app.use('/_simulator', controlDoor(world, control));
  if (serves !== 'api') serveAccounts(app, world, dataCenter);
  if (serves !== 'accounts') serveProducts(app, world, dataCenter);
  if (serves !== 'api') servePages(app, world, control, dataCenter);
  else app.use((_req, res) => send(res, json({ error: 'not found' }, 404)));
  app.use(showError);
  return app;
}

function serveAccounts(app: Express, world: World, dataCenter: DataCenterCode): void {
  serve('/oauth/v2/token', tokenEndpointOf, answerToken);
  serve('/oauth/v2/token/scopeenhance', 'other_grant', answerScopeEnhance);
  serve('/oauth/v2/token/revoke', 'revoke', answerRevoke);
  serve('/oauth/v2/revoke/token', 'revoke', answerClientRevoke);
  serve('/oauth/v2/introspect', 'introspect', answerIntrospect);
  // Portals have their own; the two ways to revoke are both in Zoho's pages.
  serve('/clientoauth/v2/:portal/token', tokenEndpointOf, answerToken);
  serve('/clientoauth/v2/:portal/token/revoke', 'revoke', answerRevoke);
  serve('/clientoauth/v2/:portal/auth/token/revoke', 'revoke', answerRevoke);
  serve('/oauth/user/info', 'userinfo', answerUserInfo);
  serve('/oauth/v2/userinfo', 'userinfo', answerOpenIdUserInfo);
  serve('/oauth/v2/keys', 'discovery', answerKeys);
  serve('/oauth/serverinfo', 'discovery', answerServerInfo);
  serve('/.well-known/openid-configuration', 'discovery', answerDiscovery);
  serve('/oauth/v3/device/code', 'device', answerDeviceCode);
  serve('/oauth/v3/device/token', 'device', answerDeviceToken);

  function serve(path: string, name: Endpoint | typeof tokenEndpointOf, answerer: Answerer): void {
    app.all(path, endpoint(world, dataCenter, name, answerer));
  }
}

function serveProducts(app: Express, world: World, dataCenter: DataCenterCode): void {
  const stubbed = endpoint(world, dataCenter, 'api', answerStub);
  app.use((req, res, next) => {
    if (world.stubs.find(receive(req, dataCenter)) === undefined) return next();
    return stubbed(req, res, next);
  });
  for (const { paths, answerer } of products) {
    app.all(
      [...paths],
      endpoint(world, dataCenter, 'api', (_, received) => answerer(world, asGet(received))),
    );
  }
}

function servePages(app: Express, world: World, control: Control, dataCenter: DataCenterCode): void {
  app.use(pageFrame);
  app.use(signInRoutes(world, dataCenter));
  app.use(consentRoutes(world, dataCenter));
  app.use(enhanceRoutes(world, dataCenter));
  app.use(deviceRoutes(world, dataCenter));
  app.use(homeRoutes(world, control, dataCenter));
  app.use(consoleRoutes(world, control, dataCenter));
  app.use(selfClientRoutes(world, dataCenter));
  app.use((_req, res) => showMessage(res, 'Not found', 'There is no such page.', 404));
}

/** Mistakes in forms end here; whoever uses the simulator is a developer, so the reason is shown. */
const showError: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (res.headersSent) return next(error);
  showMessage(res, 'An error occurred', error instanceof Error ? error.message : String(error), 400);
};
