import { validateHeaderName, validateHeaderValue } from 'node:http';
import { checkFault, faultEndpoints, killMoments, type Fault } from './faults/faults';
import { faultTable, isFaultKind, type FaultKind } from './faults/kinds';
import {
  boolean,
  byDataCenter,
  dataCenter,
  InputError,
  list,
  number,
  object,
  objectOf,
  oneOf,
  optional,
  text,
  texts,
  within,
  type Input,
} from './http/input';
import { isWait, longestWait } from './faults/chance';
import type { Expectation } from './verify';
import type { SimulatedClient } from './state/clients';
import { endpointGroups } from './state/endpoints';
import type { RequestFilter } from './state/request-log';
import type { Stub } from './state/stubs';
import type { Organisation, SimulatedUser } from './state/users';
import { environments } from './state/world';
import { dataCenterCodes, isDataCenterCode } from '../zoho/data-centers';

const faultMembers =
  'endpoint kind times dataCenter clientId refreshToken percent seed processed error delay_ms delay_max_ms delay_p99_ms url pid moment'.split(
    ' ',
  );

/** @param mayKill whether the caller sits on this machine; nobody else may end processes here */
export function readFault(value: unknown, mayKill: boolean): Fault {
  const input = objectOf(value, faultMembers);
  const kind = readKind(input);
  if (kind === 'kill' && !mayKill) throw new InputError('kind', 'may be kill only for callers on the same machine');
  const fault: Fault = {
    endpoint: oneOf(input, 'endpoint', faultEndpoints),
    kind,
    times: optional(input, 'times', number),
    dataCenter: optional(input, 'dataCenter', dataCenter),
    clientId: optional(input, 'clientId', text),
    refreshToken: optional(input, 'refreshToken', text),
    percent: optional(input, 'percent', number),
    seed: optional(input, 'seed', number),
    processed: optional(input, 'processed', boolean),
    error: optional(input, 'error', text),
    delay_ms: optional(input, 'delay_ms', number),
    delay_max_ms: optional(input, 'delay_max_ms', number),
    delay_p99_ms: optional(input, 'delay_p99_ms', number),
    url: optional(input, 'url', text),
    pid: optional(input, 'pid', number),
    moment: optional(input, 'moment', (from, name) => oneOf(from, name, killMoments)),
  };
  checkFault(fault);
  return fault;
}

function readKind(input: Input): FaultKind {
  const kind = text(input, 'kind');
  if (isFaultKind(kind)) return kind;
  throw new InputError('kind', `has to be one of ${Object.keys(faultTable).join(', ')}`);
}

const filterMembers = 'endpoint dataCenter clientId method path status'.split(' ');

export function readFilter(value: unknown): RequestFilter {
  return filterOf(objectOf(value, filterMembers));
}

export function readExpectation(value: unknown): Expectation {
  const input = objectOf(value, [...filterMembers, 'exactly', 'atLeast', 'atMost', 'within_ms']);
  return {
    ...filterOf(input),
    exactly: optional(input, 'exactly', number),
    atLeast: optional(input, 'atLeast', number),
    atMost: optional(input, 'atMost', number),
    within_ms: optional(input, 'within_ms', milliseconds),
  };
}

function milliseconds(input: Input, name: string): number {
  const time = number(input, name);
  if (!isWait(time)) throw new InputError(name, `has to be from 0 to ${longestWait}`);
  return time;
}

function filterOf(input: Input): RequestFilter {
  return {
    endpoint: optional(input, 'endpoint', (from, name) => oneOf(from, name, endpointGroups)),
    dataCenter: optional(input, 'dataCenter', dataCenter),
    clientId: optional(input, 'clientId', text),
    method: optional(input, 'method', text),
    path: optional(input, 'path', text),
    status: optional(input, 'status', number),
  };
}

export function readStub(value: unknown): Stub {
  const input = objectOf(value, 'path method dataCenter scope times status headers body'.split(' '));
  const status = optional(input, 'status', number);
  if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status <= 599))
    throw new InputError('status', 'has to be from 200 to 599');
  const path = text(input, 'path');
  if (!path.startsWith('/')) throw new InputError('path', 'has to begin with /');
  return {
    path,
    method: optional(input, 'method', text),
    dataCenter: optional(input, 'dataCenter', dataCenter),
    scope: optional(input, 'scope', text),
    times: optional(input, 'times', number),
    status,
    headers: optional(input, 'headers', readHeaders),
    body: input.body,
  };
}

function readHeaders(input: Input, name: string): Record<string, string> {
  return within(name, () => {
    const headers = object(input[name]);
    return Object.fromEntries(Object.keys(headers).map((header) => [header, headerText(headers, header)]));
  });
}

function headerText(headers: Input, name: string): string {
  const value = text(headers, name);
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    throw new InputError(name, 'cannot be sent as a header');
  }
  return value;
}

const clientMembers =
  'id secret redirectUris dataCenter secrets enabledDataCenters name homepage type zuid portal'.split(' ');

export function readClient(value: unknown): SimulatedClient {
  const input = objectOf(value, clientMembers);
  const enabled = optional(input, 'enabledDataCenters', texts);
  if (enabled?.every(isDataCenterCode) === false)
    throw new InputError('enabledDataCenters', `has to be a list of ${dataCenterCodes.join(', ')}`);
  return {
    id: text(input, 'id'),
    secret: text(input, 'secret'),
    redirectUris: texts(input, 'redirectUris'),
    dataCenter: dataCenter(input, 'dataCenter'),
    secrets: optional(input, 'secrets', byDataCenter),
    enabledDataCenters: enabled?.filter(isDataCenterCode),
    name: optional(input, 'name', text),
    homepage: optional(input, 'homepage', text),
    type: optional(input, 'type', (from, name) => oneOf(from, name, ['server', 'browser', 'mobile', 'device', 'self'])),
    zuid: optional(input, 'zuid', number),
    portal: optional(input, 'portal', text),
  };
}

const userMembers =
  'zuid email firstName lastName displayName dataCenter organisation orgId otherOrganisations country currency timeZone'.split(
    ' ',
  );

export function readUser(value: unknown): SimulatedUser {
  const input = objectOf(value, userMembers);
  return {
    zuid: number(input, 'zuid'),
    email: text(input, 'email'),
    firstName: text(input, 'firstName'),
    lastName: text(input, 'lastName'),
    displayName: text(input, 'displayName'),
    dataCenter: dataCenter(input, 'dataCenter'),
    organisation: text(input, 'organisation'),
    orgId: text(input, 'orgId'),
    otherOrganisations: optional(input, 'otherOrganisations', (from, name) => list(from, name, readOrganisation)),
    country: optional(input, 'country', text),
    currency: optional(input, 'currency', text),
    timeZone: optional(input, 'timeZone', text),
  };
}

function readOrganisation(value: unknown): Organisation {
  const input = objectOf(value, ['organisation', 'orgId', 'environment']);
  return {
    organisation: text(input, 'organisation'),
    orgId: text(input, 'orgId'),
    environment: optional(input, 'environment', (from, name) => oneOf(from, name, environments)),
  };
}
