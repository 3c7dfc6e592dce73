import { Router, type ErrorRequestHandler, type Request, type RequestHandler, type Response } from 'express';
import type { Control } from './control';
import { faultTable } from './faults/kinds';
import { readClient, readFault, readFilter, readUser } from './control-input';
import { boolean, dataCenter, number, object, optional, text, type Input } from './http/input';
import { changeSettings } from './state/change-settings';
import type { World } from './state/world';

type Work = (input: Input, req: Request) => unknown;

/**
 * `/_simulator/…`: the control object for other languages, JSON in and out, on every port. A GET reads its input from
 * the query string. Every answer is what the function of the same name returns; `{}` where it returns nothing.
 */
export function controlDoor(world: World, control: Control): Router {
  const router = Router();
  router.use(refuseBrowsers);
  const doors: readonly (readonly ['get' | 'post' | 'patch' | 'delete', string, Work])[] = [
    ['get', '/', () => ({ urls: world.urls, now: control.now(), faultKinds: faultTable })],
    ['get', '/now', () => ({ now: control.now() })],
    ['post', '/advance', (input) => control.advance(number(input, 'seconds'))],
    ['get', '/settings', () => control.settings],
    ['patch', '/settings', (input) => changeSettings(control.settings, input)],
    ['get', '/faults', () => control.faults.waiting()],
    ['post', '/faults', (input, req) => control.faults.inject(readFault(input, isLoopback(req)))],
    ['delete', '/faults', () => control.faults.clearFaults()],
    ['get', '/requests', (input) => control.requests(readFilter(input))],
    ['delete', '/requests', () => control.clearRequests()],
    ['get', '/count', (input) => ({ count: control.count(readFilter(input)) })],
    ['get', '/minted', () => control.minted()],
    ['get', '/refresh-tokens', livingRefreshTokens],
    ['get', '/throttled', () => ({ throttled: control.throttled() })],
    ['get', '/users', () => control.users()],
    ['post', '/users', (input) => control.addUser(readUser(input))],
    ['post', '/sign-in', (input) => control.signIn(number(input, 'zuid'))],
    ['post', '/clients', (input) => control.addClient(readClient(input))],
    ['delete', '/clients/:id', (_input, req) => control.deleteClient(idOf(req))],
    ['post', '/clients/:id/secret', regenerateSecret],
    [
      'post',
      '/clients/:id/enable',
      (input, req) => control.enableDataCenter(idOf(req), dataCenter(input, 'dataCenter')),
    ],
    [
      'post',
      '/clients/:id/disable',
      (input, req) => control.disableDataCenter(idOf(req), dataCenter(input, 'dataCenter')),
    ],
    ['post', '/remove-app', (input) => control.removeApp(number(input, 'zuid'), text(input, 'clientId'))],
    [
      'post',
      '/change-password',
      (input) => control.changePassword(number(input, 'zuid'), boolean(input, 'terminateTokens')),
    ],
    ['post', '/revoke-token', (input) => ({ revoked: control.revokeToken(text(input, 'token')) })],
    ['post', '/authorize', authorize],
    ['post', '/self-client-code', selfClientCode],
  ];
  for (const [method, path, work] of doors) router[method](path, door(work));
  router.use((_req, res) => void res.status(404).json({ error: 'the simulator has no such control' }));
  router.use(showProblem);
  return router;

  function livingRefreshTokens(input: Input): unknown {
    const tokens = control.livingRefreshTokens(optional(input, 'clientId', text), optional(input, 'zuid', number));
    return tokens.map((token) => ({ ...token, endsAt: Number.isFinite(token.endsAt) ? token.endsAt : null }));
  }

  function regenerateSecret(input: Input, req: Request): unknown {
    return { secret: control.regenerateSecret(idOf(req), optional(input, 'dataCenter', dataCenter)) };
  }

  function authorize(input: Input): unknown {
    const accept = optional(input, 'accept', boolean) ?? true;
    const zuid = optional(input, 'zuid', number);
    return { callback: control.authorize(text(input, 'url'), { accept, ...(zuid === undefined ? {} : { zuid }) }) };
  }

  function selfClientCode(input: Input): unknown {
    const zuid = number(input, 'zuid');
    const { id, secret } = control.selfClient(zuid);
    const code = control.selfClientCode(zuid, text(input, 'scope'), optional(input, 'minutes', number));
    return { client_id: id, client_secret: secret, code };
  }
}

function door(work: Work): RequestHandler {
  return (req: Request, res: Response) => {
    res.json(work(inputOf(req), req) ?? {});
  };
}

function inputOf(req: Request): Input {
  if (req.method === 'GET') return object(Object.fromEntries(new URL(req.url, 'http://localhost').searchParams));
  const body: unknown = req.body;
  if (!Buffer.isBuffer(body) || body.length === 0) return {};
  return object(JSON.parse(body.toString('utf8')));
}

function idOf(req: Request): string {
  return String(req.params.id);
}

/**
 * A page in somebody's browser must not steer the simulator, which can end processes: neither across origins nor under
 * a name that was made to point here. Names without a dot are those of containers.
 */
const refuseBrowsers: RequestHandler = ({ headers }, res, next) => {
  const { hostname } = new URL(`http://${headers.host ?? 'localhost'}`);
  const local = /^(?:[\w-]+|[\d.]+|\[.+\])$/.test(hostname);
  const site = headers['sec-fetch-site'] ?? 'none';
  if (local && headers.origin === undefined && site === 'none') next();
  else res.status(403).json({ error: 'not for pages in browsers' });
};

function isLoopback({ socket }: Request): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
}

const showProblem: ErrorRequestHandler = (error: unknown, _req, res, next) => {
  if (res.headersSent) return next(error);
  res.status(400).json({ error: error instanceof Error ? error.message : String(error) });
};
