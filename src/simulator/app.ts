import express, { type ErrorRequestHandler, type Express } from 'express';
import { join } from 'node:path';
import { answerDeviceCode, answerDeviceToken } from './accounts/device';
import { answerToken, tokenEndpointOf } from './accounts/grants';
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
import { endpoint, type Answerer } from './http/endpoint';
import { consentRoutes } from './pages/consent';
import { consoleRoutes } from './pages/console';
import { deviceRoutes } from './pages/device';
import { homeRoutes } from './pages/home';
import { pageFrame, showMessage } from './pages/page';
import { selfClientRoutes } from './pages/self-client';
import { products } from './products/products';
import type { Endpoint } from './state/endpoints';
import type { World } from './state/world';
import type { DataCenterCode } from '../zoho/data-centers';

const root = join(__dirname, '../..');

/** Everything that one data centre serves: accounts, product APIs, pages and the control door. */
export function dataCenterApp(world: World, control: Control, dataCenter: DataCenterCode): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('view engine', 'ejs');
  app.set('views', join(root, 'views/simulator'));
  app.get('/simulator.css', (_req, res) => res.sendFile(join(root, 'public/simulator.css')));
  // Collected as bytes whatever the type says: each endpoint reads them its own way.
  app.use(express.raw({ type: () => true, limit: '20mb' }));
  app.use('/_simulator', controlDoor(world, control));
  serve('/oauth/v2/token', tokenEndpointOf, answerToken);
  serve('/oauth/v2/token/revoke', 'revoke', answerRevoke);
  serve('/oauth/v2/revoke/token', 'revoke', answerClientRevoke);
  serve('/oauth/user/info', 'userinfo', answerUserInfo);
  serve('/oauth/v2/userinfo', 'userinfo', answerOpenIdUserInfo);
  serve('/oauth/v2/keys', 'discovery', answerKeys);
  serve('/oauth/serverinfo', 'discovery', answerServerInfo);
  serve('/.well-known/openid-configuration', 'discovery', answerDiscovery);
  serve('/oauth/v3/device/code', 'device', answerDeviceCode);
  serve('/oauth/v3/device/token', 'device', answerDeviceToken);
  for (const [paths, answerer] of products) serve(paths, 'api', answerer);
  app.use(pageFrame(dataCenter));
  app.use(consentRoutes(world, dataCenter));
  app.use(deviceRoutes(world, dataCenter));
  app.use(homeRoutes(world, control, dataCenter));
  app.use(consoleRoutes(world, control, dataCenter));
  app.use(selfClientRoutes(world, dataCenter));
  app.use((_req, res) => showMessage(res, 'Not found', 'There is no such page.', 404));
  app.use(showError);
  return app;

  function serve(path: string | string[], name: Endpoint | typeof tokenEndpointOf, answerer: Answerer): void {
    app.all(path, endpoint(world, dataCenter, name, answerer));
  }
}

/** Mistakes in forms end here; whoever uses the simulator is a developer, so the reason is shown. */
const showError: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (res.headersSent) return next(error);
  showMessage(res, 'An error occurred', error instanceof Error ? error.message : String(error), 400);
};
