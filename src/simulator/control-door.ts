import { Router, type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import type { Control } from './control';
import { controlRoutes, type Route } from './control-routes';
import { InputError } from './http/input';
import type { World } from './state/world';

/**
 * `/_simulator/…`: the control object for other languages, JSON in and out, on every port. A GET reads its input from
 * the query string, all others from the body. Every answer is what the function of the same name returns; `{}` where it returns nothing.
 * openapi.json describes it.
 */
export function controlDoor(world: World, control: Control): Router {
  const router = Router();
  router.use(refuseBrowsers(world));
  for (const { method, path, answer } of controlRoutes(world, control)) router[method](path, door(answer));
  router.use((_req, res) => void res.status(404).json({ error: 'the simulator has no such control' }));
  router.use(showProblem);
  return router;
}

function door(answer: Route['answer']): RequestHandler {
  return async (req: Request, res: Response) => {
    res.json((await answer(inputOf(req), req, res)) ?? {});
  };
}

/** What stands where this call does not read would be left out without a word, so it is refused. */
function inputOf(req: Request): unknown {
  const query = Object.fromEntries(new URL(req.url, 'http://localhost').searchParams);
  const raw: unknown = req.body;
  const body = Buffer.isBuffer(raw) && raw.length > 0 ? raw.toString('utf8') : '{}';
  if (req.method === 'GET' || req.method === 'HEAD') {
    if (body !== '{}') throw new InputError('', 'has to stand in the query of this call, not in a body');
    return query;
  }
  const [stray] = Object.keys(query);
  if (stray !== undefined) throw new InputError(stray, 'has to stand in the body of this call, not in the query');
  return JSON.parse(body);
}

/**
 * A page in somebody's browser must not steer the simulator, which can end processes: neither across origins nor under
 * a name that was made to point here. Names without a dot are those of containers.
 */
function refuseBrowsers(world: World): RequestHandler {
  return ({ headers }, res, next) => {
    const { host, hostname } = new URL(`http://${headers.host ?? 'localhost'}`);
    const local = /^(?:[\w-]+|[\d.]+|\[.+\])$/.test(hostname) || publicHosts(world).has(host);
    const site = headers['sec-fetch-site'] ?? 'none';
    if (local && headers.origin === undefined && site === 'none') next();
    else res.status(403).json({ error: 'not for pages in browsers' });
  };
}

/** What this simulator was told to be called. */
function publicHosts(world: World): Set<string> {
  const urls = [...Object.values(world.urls), ...Object.values(world.apiUrls)];
  return new Set(urls.map((url) => new URL(url).host));
}

const showProblem: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (res.headersSent) return next(error);
  res.status(400).json({ error: error instanceof Error ? error.message : String(error) });
};
