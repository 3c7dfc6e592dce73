import { json, type Answer } from '../http/answer';
import { parametersOf, type Received } from '../http/received';
import { prefixOf } from '../state/clients';
import type { DeviceRequest } from '../state/devices';
import { readScopes } from '../state/scopes';
import type { SimulatedUser } from '../state/users';
import { urlOf, type World } from '../state/world';
import { authenticate } from './credentials';
import { tokenReply } from './token-reply';

const life = 300;
const interval = 5;
/** Polling more often than this is answered with slow_down: the interval that Zoho itself names is too fast. */
const pollSeconds = 30;

/** `/oauth/v3/device/code` */
export function answerDeviceCode(world: World, received: Received): Answer {
  const { client_id: clientId, scope, grant_type: grantType, access_type: accessType } = parametersOf(received);
  const client = world.clients.find(clientId);
  if (received.method !== 'POST' || grantType !== 'device_request') return json({ error: 'general_error' }, 400);
  if (client?.type !== 'device' || !client.enabled.has(received.dataCenter)) return json({ error: 'invalid_client' });
  const scopes = readScopes(scope, world.settings);
  if (scopes === undefined) return json({ error: 'invalid_scope' });
  const request: DeviceRequest = {
    deviceCode: world.mint.token('device_code', prefixOf(client)),
    userCode: world.mint.userCode(),
    clientId: client.id,
    scopes,
    offline: accessType === 'offline',
    expiresAt: world.clock.now() + life * 1000,
    polls: new Map(),
  };
  world.devices.add(request);
  const unit = world.settings.deviceUnit === 'milliseconds' ? 1000 : 1;
  const page = `${urlOf(world, received.dataCenter)}/oauth/v3/device`;
  return json({
    user_code: request.userCode,
    device_code: request.deviceCode,
    interval: interval * unit,
    verification_url: page,
    verification_uri_complete: `${page}?user_code=${request.userCode}`,
    expires_in: life * unit,
  });
}

/** `/oauth/v3/device/token` */
export function answerDeviceToken(world: World, received: Received): Answer {
  const { grant_type: grantType, code } = parametersOf(received);
  if (received.method !== 'POST' || grantType !== 'device_token') return json({ error: 'general_error' }, 400);
  const client = authenticate(world, received);
  if (typeof client === 'string') return json({ error: client });
  const request = world.devices.find(code);
  if (request === undefined || request.clientId !== client.id) return json({ error: 'invalid_code' });
  if (world.clock.now() >= request.expiresAt) return json({ error: 'expired' });
  if (pollsTooFast(world, received, request)) return json({ error: 'slow_down' });
  if (request.decision === undefined) return json({ error: 'authorization_pending' });
  if (request.decision === 'refused') return json({ error: 'access_denied' });
  const { dataCenter, zuid } = request.decision;
  if (dataCenter !== received.dataCenter) return json({ error: 'other_dc', user_location: dataCenter });
  world.devices.remove(request);
  const grant = { clientId: client.id, zuid, dataCenter, scopes: request.scopes };
  const refreshToken = request.offline ? world.tokens.addRefresh(grant, prefixOf(client)) : undefined;
  const accessToken = world.tokens.addAccess(grant, prefixOf(client), refreshToken?.value);
  return tokenReply(world, { accessToken, refreshToken });
}

/** What the person decided after typing the user code. Throws when the code is unknown or too old. */
export function decideDevice(world: World, userCode: string, user: SimulatedUser, accepts: boolean): void {
  const request = waitingDevice(world, userCode);
  if (request === undefined) throw new Error('no device waits with this code');
  request.decision = accepts ? user : 'refused';
  if (accepts) world.consents.add(user.zuid, request.clientId, request.scopes);
}

export function waitingDevice(world: World, userCode: string): DeviceRequest | undefined {
  const request = world.devices.typed(userCode);
  return request !== undefined && world.clock.now() < request.expiresAt ? request : undefined;
}

function pollsTooFast(world: World, { dataCenter }: Received, { polls }: DeviceRequest): boolean {
  const last = polls.get(dataCenter);
  const now = world.clock.now();
  polls.set(dataCenter, now);
  return last !== undefined && now - last < pollSeconds * 1000;
}
