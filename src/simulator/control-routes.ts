import type { Request, Response } from 'express';
import configSchema from './config.schema.json';
import type { Control } from './control';
import { readClient, readExpectation, readFault, readFilter, readStub, readUser } from './control-input';
import type { Fault } from './faults/faults';
import { faultTable } from './faults/kinds';
import { boolean, dataCenter, digits, InputError, integer, membersOf, number, optional, text } from './http/input';
import description from './openapi.json';
import { readSnapshot } from './snapshot-input';
import { readSettings } from './state/read-settings';
import { endOf } from './state/tokens';
import type { World } from './state/world';
import type { Expectation } from './verify';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** One call of the control door: `answer` reads what came in before it does anything. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly answer: (input: unknown, req: Request, res: Response) => unknown;
}

/** What the control door serves. */
export function controlRoutes(world: World, control: Control): readonly Route[] {
  return [
    route('get', '/', nothing, () => contents(world, control)),
    route('get', '/openapi.json', nothing, () => ({
      ...description,
      servers: [{ url: `${firstUrl(world)}/_simulator` }],
      ...schemas,
    })),
    route('get', '/config.schema.json', nothing, () => configSchema),
    route('get', '/now', nothing, () => ({ now: control.now() })),
    route('post', '/advance', membersOf({ seconds: number }), ({ seconds }) => control.advance(seconds)),
    route('get', '/settings', nothing, () => control.settings),
    route('patch', '/settings', readSettings, (changed) => Object.assign(control.settings, changed)),
    route('get', '/state', nothing, () => control.state()),
    route('put', '/state', readSnapshot, (snapshot) => control.restore(snapshot)),
    ...strikes(control),
    ...sightings(control),
    ...people(control),
    ...registrations(control),
    ...grants(control),
  ];
}

/** The work gets nothing of the input but what `read` made of it, so that no member goes by unread. */
function route<Read>(
  method: Method,
  path: string,
  read: (value: unknown) => Read,
  work: (input: Read, req: Request, res: Response) => unknown,
): Route {
  return { method, path, answer: (input, req, res) => work(read(input), req, res) };
}

const nothing = membersOf({});

function strikes(control: Control): Route[] {
  return [
    route('get', '/faults', nothing, () => control.faults.waiting()),
    route('post', '/faults', readFault, inject),
    route('delete', '/faults', nothing, () => control.faults.clearFaults()),
    route('get', '/stubs', nothing, () => control.stubs.all()),
    route('post', '/stubs', readStub, (stub) => control.stubs.add(stub)),
    route('delete', '/stubs', nothing, () => control.stubs.clear()),
  ];

  function inject(fault: Fault, req: Request): void {
    if (fault.kind === 'kill' && !isLoopback(req))
      throw new InputError('kind', 'may be kill only for callers on the same machine');
    control.faults.inject(fault);
  }
}

function sightings(control: Control): Route[] {
  return [
    route('get', '/requests', readFilter, (filter) => control.requests(filter)),
    route('delete', '/requests', nothing, () => control.clearRequests()),
    route('get', '/count', readFilter, (filter) => ({ count: control.count(filter) })),
    route('post', '/verify', readExpectation, verify),
    route('get', '/throttled', nothing, () => ({ throttled: control.throttled() })),
  ];

  async function verify(expectation: Expectation, _req: Request, res: Response): Promise<unknown> {
    const seen = await control.verify(expectation);
    // So that `curl --fail` and every test runner see it without reading the answer.
    if (!seen.fits) res.status(409);
    return seen;
  }
}

function people(control: Control): Route[] {
  return [
    route('get', '/users', nothing, () => control.users()),
    route('post', '/users', readUser, (user) => control.addUser(user)),
    route('post', '/sign-in', membersOf({ zuid: integer }), ({ zuid }) => control.signIn(zuid)),
    route('post', '/remove-app', membersOf({ zuid: integer, clientId: text }), ({ zuid, clientId }) =>
      control.removeApp(zuid, clientId),
    ),
    route('post', '/change-password', membersOf({ zuid: integer, terminateTokens: boolean }), (input) =>
      control.changePassword(input.zuid, input.terminateTokens),
    ),
    route('post', '/authorize', readAuthorize, ({ url, ...choice }) => ({ callback: control.authorize(url, choice) })),
    route('post', '/self-client-code', readSelfClientCode, ({ zuid, scope, minutes, orgId }) => {
      const { id, secret } = control.selfClient(zuid);
      const code = control.selfClientCode(zuid, scope, minutes, orgId);
      return { client_id: id, client_secret: secret, code };
    }),
  ];
}

const readAuthorize = membersOf({
  url: text,
  accept: optional(boolean),
  zuid: optional(integer),
  orgId: optional(text),
});

const readSelfClientCode = membersOf({
  zuid: integer,
  scope: text,
  minutes: optional(number),
  orgId: optional(text),
});

function registrations(control: Control): Route[] {
  return [
    route('get', '/clients', nothing, () => control.state().clients),
    route('post', '/clients', readClient, (client) => control.addClient(client)),
    route('delete', '/clients/:id', nothing, (_input, req) => control.deleteClient(idOf(req))),
    route('post', '/clients/:id/secret', membersOf({ dataCenter: optional(dataCenter) }), (input, req) => ({
      secret: control.regenerateSecret(idOf(req), input.dataCenter),
    })),
    route('post', '/clients/:id/enable', membersOf({ dataCenter }), (input, req) =>
      control.enableDataCenter(idOf(req), input.dataCenter),
    ),
    route('post', '/clients/:id/disable', membersOf({ dataCenter }), (input, req) =>
      control.disableDataCenter(idOf(req), input.dataCenter),
    ),
  ];
}

function grants(control: Control): Route[] {
  const readOwner = membersOf({ clientId: optional(text), zuid: optional(digits) });
  return [
    route('get', '/minted', nothing, () => control.minted()),
    route('get', '/refresh-tokens', readOwner, ({ clientId, zuid }) =>
      control.livingRefreshTokens(clientId, zuid).map((token) => ({ ...token, endsAt: endOf(token) })),
    ),
    route('post', '/revoke-token', membersOf({ token: text }), ({ token }) => ({
      revoked: control.revokeToken(token),
    })),
  ];
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
