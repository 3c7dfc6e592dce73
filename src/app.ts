import { join } from 'node:path';
import express, { type Express } from 'express';
import { programRoutes } from './api/api';
import { bodyDeadline } from './api/body-deadline';
import { programErrors } from './api/errors';
import { readiness } from './api/readiness';
import type { Alerts } from './alerts';
import type { Calls } from './calls';
import type { Clients } from './clients';
import type { Config } from './config';
import type { Connect } from './connect';
import type { Connections } from './connections';
import type { Keys } from './keys';
import type { Log } from './log';
import type { Login } from './login';
import type { Oidc } from './oidc';
import type { Store } from './store/store';
import type { Clock } from './time';
import type { Tokens } from './tokens';
import type { Trials } from './trial';
import { alertRoutes } from './web/alerts';
import { assetAddresses, assets } from './web/assets';
import { connectRoutes } from './web/connect';
import { connectionRoutes } from './web/connections';
import { dashboardRoutes } from './web/dashboard';
import { door } from './web/door';
import { errorPages, nothingMatched } from './web/error-pages';
import { eventRoutes } from './web/events';
import { loginRoutes, logoutRoutes } from './web/login';
import { noNul } from './web/nul';
import { oidcRoutes } from './web/oidc';
import { knownHosts, onlyVisits, sameOrigin, securityHeaders } from './web/security';
import { keyRoutes } from './web/keys';
import { ownForms, sessions } from './web/session';
import { setupRoutes } from './web/setup';
import { onlyThisComputer } from './web/unguarded';
import { tryRoutes } from './web/try';
import type { Webhooks } from './webhooks';
import type { Zoho } from './zoho/client';

/** What the pages work with; made in server.ts, and by tests. */
export interface Parts {
  readonly config: Config;
  readonly store: Store;
  readonly zoho: Zoho;
  readonly clients: Clients;
  readonly connect: Connect;
  readonly connections: Connections;
  readonly tokens: Tokens;
  readonly calls: Calls;
  readonly trials: Trials;
  readonly alerts: Alerts;
  readonly webhooks: Webhooks;
  readonly keys: Keys;
  readonly login: Login;
  /** Null when no provider is set. */
  readonly oidc: Oidc | null;
  readonly now: Clock;
  readonly log: Log;
}

/** The application, not yet listening. */
export function createApp(parts: Parts): Express {
  const { config, store, zoho, now, log } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('views', join(__dirname, '../views'));
  app.set('view engine', 'ejs');
  app.set('view cache', true);
  app.locals['asset'] = assetAddresses();
  app.locals['openToThisComputer'] = !parts.login.guarded;
  // Addresses that proxies report are believed only where the proxy is known.
  app.set('trust proxy', config.trustedProxies.length > 0 ? config.trustedProxies : false);

  app.use(securityHeaders(zoho.hosts, config.baseUrl));
  app.get('/healthz', (_req, res) => void res.type('text/plain').send('ok'));
  app.use(bodyDeadline(30));
  app.use(readiness(parts));
  app.use(noNul);
  app.use(knownHosts(config.baseUrl, config.allowedHosts));
  app.use(programRoutes(parts));
  app.use('/assets', assets());
  if (!parts.login.guarded) app.use(onlyThisComputer);
  app.use(registeredPath(config.redirectUri));
  // Before the sessions: each would be a row in the database.
  app.use(onlyVisits);
  app.use(sessions(store, config.baseUrl, now));
  app.use(express.urlencoded({ extended: false, limit: '16kb', parameterLimit: 1000, inflate: false }));
  app.use(noNul);
  app.use(sameOrigin(config.baseUrl));
  app.use(loginRoutes(parts));
  app.use(oidcRoutes(parts));

  // Whoever has not signed in gets no further, so new pages belong below.
  app.use(door(parts.login, now), ownForms);
  app.use(logoutRoutes(parts));
  app.use(eventRoutes(parts));
  app.use(dashboardRoutes(parts));
  app.use(connectRoutes(parts));
  app.use(connectionRoutes(parts));
  app.use(keyRoutes(parts));
  app.use(alertRoutes(parts));
  app.use(tryRoutes(parts));
  app.use(setupRoutes(parts));

  app.use(nothingMatched);
  app.use(['/api', '/metrics'], programErrors(log));
  app.use(errorPages(log));
  return app;
}

/** A redirect URI with another path than ours leads to the callback as well. */
function registeredPath(redirectUri: string): express.RequestHandler {
  const { pathname } = new URL(redirectUri);
  return (req, _res, next) => {
    // The path may be one of ours, such as /; then only what comes from the consent page is meant for the callback.
    const isAnswer = req.method === 'GET' && ['state', 'code', 'error'].some((name) => Object.hasOwn(req.query, name));
    if (req.path === pathname && isAnswer) req.url = `/oauth/callback${req.url.slice(req.path.length)}`;
    next();
  };
}
