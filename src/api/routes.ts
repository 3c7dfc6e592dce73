import { Router, type RequestHandler } from 'express';
import type { Keeper } from '../keeper';
import { noSecretsInAddress, requireApiKey, tellNewName } from './authentication';
import { connectionCalls } from './connections';
import { nothingMatched, onlyMethod } from './errors';
import { metrics } from './metrics';
import openapi from './openapi.json';
import { sendJson } from './output';
import { proxy } from './proxy';
import { tokenCalls } from './tokens';

/** Takes no cookie and sets none, so it stands before the sessions. programErrors answers what it throws. */
export function programRoutes(keeper: Keeper): Router {
  const router = Router();
  const authenticated = requireApiKey(keeper);
  router.use(['/api', '/metrics'], noSecretsInAddress(keeper));
  router.use('/api/v1', versionOne(keeper, authenticated));
  router.use('/api', nothingMatched);
  router.get('/metrics', authenticated, metrics(keeper));
  router.all('/metrics', onlyMethod('GET'));
  return router;
}

function versionOne(keeper: Keeper, authenticated: RequestHandler): Router {
  const router = Router();
  const connections = connectionCalls(keeper);
  const tokens = tokenCalls(keeper);
  const description = { ...openapi, servers: [{ url: keeper.config.baseUrl }] };
  router.get('/openapi.json', (_req, res) => sendJson(res, description));
  router.get('/connections', authenticated, connections.list);
  router.get('/connections/:name', authenticated, connections.showOne);
  router.get('/connections/:name/token', authenticated, tokens.give);
  router.post('/connections/:name/refresh', authenticated, tokens.refresh);
  router.all('/connections/:name/proxy/*path', authenticated, proxy(keeper));
  router.use('/connections/:name', tellNewName(keeper));

  router.all('/connections/:name/refresh', onlyMethod('POST'));
  const getOnly = ['/openapi.json', '/connections', '/connections/:name', '/connections/:name/token'];
  for (const path of getOnly) router.all(path, onlyMethod('GET'));
  return router;
}
