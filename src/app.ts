import { join } from 'node:path';
import express, { type Express } from 'express';
import { programRoutes } from './api/routes';
import { bodyDeadline } from './api/body-deadline';
import { programErrors } from './api/errors';
import { readiness } from './api/readiness';
import type { Keeper } from './keeper';
import { alertRoutes } from './web/pages/alerts';
import { serveBelow } from './web/middleware/base-path';
import { brokenInTitle } from './web/middleware/broken';
import { assetAddresses, assets } from './web/middleware/assets';
import { clientRoutes } from './web/pages/clients';
import { codeRoutes } from './web/pages/codes';
import { connectRoutes } from './web/pages/connect';
import { connectionRoutes } from './web/pages/connections';
import { dashboardRoutes } from './web/pages/dashboard';
import { requests } from './web/middleware/requests';
import { requireSignIn } from './web/middleware/require-sign-in';
import { errorPages, nothingMatched } from './web/middleware/errors';
import { doctorRoutes } from './web/pages/doctor';
import { docRoutes } from './web/pages/docs';
import { eventRoutes } from './web/pages/events';
import { exportRoutes } from './web/pages/exports';
import { importRoutes } from './web/pages/import';
import { linkRoutes } from './web/pages/links';
import { liveRoutes } from './web/pages/live';
import { loginRoutes, logoutRoutes } from './web/pages/login';
import { oidcRoutes } from './web/pages/oidc';
import { outsiderRoutes } from './web/pages/outsider';
import { createFlashes } from './web/flash';
import { csrf } from './web/middleware/csrf';
import { securityHeaders } from './web/middleware/headers';
import { allowedHosts } from './web/middleware/origins';
import { keyRoutes } from './web/pages/keys';
import { sessions } from './web/middleware/session';
import { sessionRoutes } from './web/pages/sessions';
import { setupRoutes } from './web/pages/setup';
import { loopbackOnly } from './web/middleware/loopback-only';
import { productCheckRoutes } from './web/pages/product-check';
import { tidyCallerIp } from './web/caller-ip';
import { basePathOf, pathBelow } from './lib/base-path';
import { version } from './lib/version';
import { moment, piecesOf } from './web/words';

export function createApp(keeper: Keeper): Express {
  const { config, zoho, log } = keeper;
  const app = newApp(keeper);
  serveBelow(app, config.baseUrl);
  app.use(requests(keeper));
  app.use(securityHeaders(zoho.hosts, config.baseUrl));
  app.use(bodyDeadline(30));
  app.get('/healthz', (_req, res) => void res.type('text/plain').send('ok'));
  app.use(readiness(keeper));
  app.use(allowedHosts(config.baseUrl, config.allowedHosts));
  app.use(programRoutes(keeper));
  app.use('/assets', assets);
  if (!keeper.signIn.isRequired) app.use(loopbackOnly);
  app.use(registeredPath(config));
  app.use(csrf(keeper));
  app.use(sessions(keeper));
  app.use(shortForms);
  app.use(loginRoutes(keeper));
  app.use(oidcRoutes(keeper));
  app.use(outsiderRoutes(keeper));

  // Whoever has not signed in gets no further, so new pages belong below.
  app.use(requireSignIn(keeper));
  app.use(brokenInTitle(keeper));
  app.use(logoutRoutes(keeper));
  app.use(liveRoutes(keeper));
  app.use(sessionRoutes(keeper));
  app.use(docRoutes());
  app.use(doctorRoutes(keeper));
  app.use(eventRoutes(keeper));
  app.use(dashboardRoutes(keeper));
  app.use(connectRoutes(keeper));
  app.use(codeRoutes(keeper));
  app.use(connectionRoutes(keeper));
  app.use(exportRoutes(keeper));
  app.use(importRoutes(keeper));
  app.use(linkRoutes(keeper));
  app.use(keyRoutes(keeper));
  app.use(alertRoutes(keeper));
  app.use(productCheckRoutes(keeper));
  app.use(clientRoutes(keeper));
  app.use(setupRoutes(keeper));

  app.use(nothingMatched);
  app.use(['/api', '/metrics'], programErrors(log));
  app.use(errorPages(log, config.baseUrl));
  return app;
}

function newApp(keeper: Keeper): Express {
  const { config, now, signIn } = keeper;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('views', join(__dirname, '../views'));
  app.set('view engine', 'ejs');
  app.set('view cache', true);
  app.locals['redirectUri'] = config.redirectUri;
  app.locals.now = now;
  app.locals.flashes = createFlashes(keeper);
  app.locals['version'] = version;
  app.locals['demoZohoUrl'] = config.demoZohoUrl;
  app.locals['piecesOf'] = piecesOf;
  app.locals['moment'] = (iso: string) => moment(iso, now());
  app.locals['asset'] = assetAddresses();
  app.locals['openToThisComputer'] = !signIn.isRequired;
  // Addresses that proxies report are believed only where the proxy is known.
  app.set('trust proxy', config.trustedProxies.length > 0 ? config.trustedProxies : false);
  tidyCallerIp(app);
  return app;
}

/** A form with every scope of the picker ticked has 53 kB. */
const parseForm = express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 2000, inflate: false });

/** The body of an import may be long, and is read only once it is known who sends it. */
const shortForms: express.RequestHandler = (req, res, next) => {
  if (req.path === '/import') next();
  else parseForm(req, res, next);
};

/** A redirect URI with another path than ours leads to the callback as well. */
function registeredPath({ redirectUri, baseUrl }: Keeper['config']): express.RequestHandler {
  const registered = new URL(redirectUri).pathname;
  const pathname = pathBelow(basePathOf(baseUrl), registered) ?? registered;
  return (req, _res, next) => {
    // The path may be one of ours, such as /; then only what comes from the consent page is meant for the callback.
    const isAnswer = req.method === 'GET' && ['state', 'code', 'error'].some((name) => Object.hasOwn(req.query, name));
    if (req.path === pathname && isAnswer) req.url = `/oauth/callback${req.url.slice(req.path.length)}`;
    next();
  };
}
