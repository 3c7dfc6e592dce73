import type { Request, Response } from 'express';
import configSchema from './config.schema.json';
import type { Control } from './control';
import { readClient, readExpectation, readFault, readFilter, readStub, readUser } from './control-input';
import { faultTable } from './faults/kinds';
import { boolean, dataCenter, number, optional, text, type Input } from './http/input';
import description from './openapi.json';
import { changeSettings } from './state/change-settings';
import { endOf } from './state/tokens';
import type { World } from './state/world';

export type Work = (input: Input, req: Request, res: Response) => unknown;
type Route = readonly ['get' | 'post' | 'put' | 'patch' | 'delete', string, Work];

/** What the control door serves. */
export function controlRoutes(world: World, control: Control): readonly Route[] {
  return [
    ['get', '/', () => contents(world, control)],
    [
      'get',
      '/openapi.json',
      () => ({ ...description, servers: [{ url: `${firstUrl(world)}/_simulator` }], ...schemas }),
    ],
    ['get', '/config.schema.json', () => configSchema],
    ['get', '/now', () => ({ now: control.now() })],
    ['post', '/advance', (input) => control.advance(number(input, 'seconds'))],
    ['get', '/settings', () => control.settings],
    ['patch', '/settings', (input) => changeSettings(control.settings, input)],
    ['get', '/state', () => control.state()],
    ['put', '/state', (input) => control.restore(input)],
    ...strikes(control),
    ...sightings(control),
    ...people(control),
    ...registrations(control),
    ...grants(control),
  ];
}

function strikes(control: Control): Route[] {
  return [
    ['get', '/faults', () => control.faults.waiting()],
    ['post', '/faults', (input, req) => control.faults.inject(readFault(input, isLoopback(req)))],
    ['delete', '/faults', () => control.faults.clearFaults()],
    ['get', '/stubs', () => control.stubs.all()],
    ['post', '/stubs', (input) => control.stubs.add(readStub(input))],
    ['delete', '/stubs', () => control.stubs.clear()],
  ];
}

function sightings(control: Control): Route[] {
  return [
    ['get', '/requests', (input) => control.requests(readFilter(input))],
    ['delete', '/requests', () => control.clearRequests()],
    ['get', '/count', (input) => ({ count: control.count(readFilter(input)) })],
    ['post', '/verify', verify],
    ['get', '/throttled', () => ({ throttled: control.throttled() })],
  ];

  async function verify(input: Input, _req: Request, res: Response): Promise<unknown> {
    const seen = await control.verify(readExpectation(input));
    // So that `curl --fail` and every test runner see it without reading the answer.
    if (!seen.fits) res.status(409);
    return seen;
  }
}

function people(control: Control): Route[] {
  return [
    ['get', '/users', () => control.users()],
    ['post', '/users', (input) => control.addUser(readUser(input))],
    ['post', '/sign-in', (input) => control.signIn(number(input, 'zuid'))],
    ['post', '/remove-app', (input) => control.removeApp(number(input, 'zuid'), text(input, 'clientId'))],
    ['post', '/change-password', changePassword],
    ['post', '/authorize', authorize],
    ['post', '/self-client-code', selfClientCode],
  ];

  function changePassword(input: Input): void {
    control.changePassword(number(input, 'zuid'), boolean(input, 'terminateTokens'));
  }

  function authorize(input: Input): unknown {
    const choice = {
      accept: optional(input, 'accept', boolean),
      zuid: optional(input, 'zuid', number),
      orgId: optional(input, 'orgId', text),
    };
    return { callback: control.authorize(text(input, 'url'), choice) };
  }

  function selfClientCode(input: Input): unknown {
    const zuid = number(input, 'zuid');
    const { id, secret } = control.selfClient(zuid);
    const [minutes, orgId] = [optional(input, 'minutes', number), optional(input, 'orgId', text)];
    const code = control.selfClientCode(zuid, text(input, 'scope'), minutes, orgId);
    return { client_id: id, client_secret: secret, code };
  }
}

function registrations(control: Control): Route[] {
  return [
    ['get', '/clients', () => control.state().clients],
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
  ];

  function regenerateSecret(input: Input, req: Request): unknown {
    return { secret: control.regenerateSecret(idOf(req), optional(input, 'dataCenter', dataCenter)) };
  }
}

function grants(control: Control): Route[] {
  return [
    ['get', '/minted', () => control.minted()],
    ['get', '/refresh-tokens', livingRefreshTokens],
    ['post', '/revoke-token', (input) => ({ revoked: control.revokeToken(text(input, 'token')) })],
  ];

  function livingRefreshTokens(input: Input): unknown {
    const tokens = control.livingRefreshTokens(optional(input, 'clientId', text), optional(input, 'zuid', number));
    return tokens.map((token) => ({ ...token, endsAt: endOf(token) }));
  }
}

/** The shapes of a configuration are those of the control API as well. */
const schemas = {
  components: { ...description.components, schemas: { ...configSchema.$defs, ...description.components.schemas } },
};

function contents(world: World, control: Control): object {
  const controls = Object.entries(description.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { summary }]: [string, { summary: string }]) => ({
      method: method.toUpperCase(),
      path: `/_simulator${path}`,
      summary,
    })),
  );
  const { urls, apiUrls } = world;
  return { urls, apiUrls, now: control.now(), faultKinds: faultTable, controls };
}

function firstUrl(world: World): string {
  return Object.values(world.urls)[0] ?? '';
}

function idOf(req: Request): string {
  return String(req.params.id);
}

function isLoopback({ socket }: Request): boolean {
  return /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
}
