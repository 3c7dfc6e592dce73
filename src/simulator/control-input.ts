import { faultEndpoints, killMoments, type Fault } from './faults/faults';
import { isFaultKind } from './faults/kinds';
import { boolean, dataCenter, number, object, oneOf, optional, text, texts, type Input } from './http/input';
import type { SimulatedClient } from './state/clients';
import { endpointGroups } from './state/endpoints';
import type { RequestFilter } from './state/request-log';
import type { SimulatedUser } from './state/users';
import { dataCenterCodes } from '../zoho/data-centers';

/** @param mayKill whether the caller sits on this machine; nobody else may end processes here */
export function readFault(input: Input, mayKill: boolean): Fault {
  const kind = text(input, 'kind');
  if (!isFaultKind(kind)) throw new TypeError(`there is no fault of the kind ${kind}`);
  if (kind === 'kill' && !mayKill) throw new TypeError('kill is only for callers on the same machine');
  return {
    endpoint: oneOf(input, 'endpoint', faultEndpoints),
    kind,
    times: optional(input, 'times', number),
    dataCenter: optional(input, 'dataCenter', dataCenter),
    processed: optional(input, 'processed', boolean),
    delay_ms: optional(input, 'delay_ms', number),
    url: optional(input, 'url', text),
    pid: optional(input, 'pid', number),
    moment: optional(input, 'moment', (from, name) => oneOf(from, name, killMoments)),
  };
}

export function readFilter(input: Input): RequestFilter {
  return {
    endpoint: optional(input, 'endpoint', (from, name) => oneOf(from, name, endpointGroups)),
    dataCenter: optional(input, 'dataCenter', dataCenter),
  };
}

export function readClient(input: Input): SimulatedClient {
  const secrets = object(input.secrets ?? {});
  const enabled = optional(input, 'enabledDataCenters', texts);
  return {
    id: text(input, 'id'),
    secret: text(input, 'secret'),
    redirectUris: texts(input, 'redirectUris'),
    dataCenter: dataCenter(input, 'dataCenter'),
    secrets: Object.fromEntries(Object.keys(secrets).map((code) => [code, text(secrets, code)])),
    enabledDataCenters: enabled && dataCenterCodes.filter((code) => enabled.includes(code)),
    name: optional(input, 'name', text),
    homepage: optional(input, 'homepage', text),
    type: optional(input, 'type', (from, name) => oneOf(from, name, ['server', 'browser', 'mobile', 'device', 'self'])),
    zuid: optional(input, 'zuid', number),
  };
}

export function readUser(input: Input): SimulatedUser {
  return {
    zuid: number(input, 'zuid'),
    email: text(input, 'email'),
    firstName: text(input, 'firstName'),
    lastName: text(input, 'lastName'),
    displayName: text(input, 'displayName'),
    dataCenter: dataCenter(input, 'dataCenter'),
    organisation: text(input, 'organisation'),
    orgId: text(input, 'orgId'),
    country: optional(input, 'country', text),
    currency: optional(input, 'currency', text),
    timeZone: optional(input, 'timeZone', text),
  };
}
