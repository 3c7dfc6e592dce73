import { validateHeaderName, validateHeaderValue } from 'node:http';
import { isWait, longestWait } from './faults/chance';
import { checkFault, faultEndpoints, killMoments, type Fault } from './faults/faults';
import { faultTable, isFaultKind } from './faults/kinds';
import {
  boolean,
  byDataCenter,
  dataCenter,
  digits,
  endless,
  InputError,
  integer,
  list,
  membersOf,
  nested,
  number,
  object,
  oneOf,
  optional,
  text,
  texts,
  type Input,
  type Reader,
} from './http/input';
import type { SimulatedClient } from './state/clients';
import { endpointGroups } from './state/endpoints';
import type { RequestFilter } from './state/request-log';
import type { Stub } from './state/stubs';
import type { Organisation, SimulatedUser } from './state/users';
import { environments } from './state/world';
import type { Expectation } from './verify';
import { dataCenterCodes, isDataCenterCode, type DataCenterCode } from '../zoho/data-centers';

const readFaultMembers = membersOf({
  endpoint: oneOf(faultEndpoints),
  kind: oneOf(Object.keys(faultTable).filter(isFaultKind)),
  times: optional(endless),
  dataCenter: optional(dataCenter),
  clientId: optional(text),
  refreshToken: optional(text),
  percent: optional(number),
  seed: optional(number),
  processed: optional(boolean),
  error: optional(text),
  delay_ms: optional(number),
  delay_max_ms: optional(number),
  delay_p99_ms: optional(number),
  url: optional(text),
  pid: optional(integer),
  moment: optional(oneOf(killMoments)),
});

export function readFault(value: unknown): Fault {
  const fault = readFaultMembers(value);
  checkFault(fault);
  return fault;
}

function filterMembers(status: Reader<number>) {
  return {
    endpoint: optional(oneOf(endpointGroups)),
    dataCenter: optional(dataCenter),
    clientId: optional(text),
    method: optional(text),
    path: optional(text),
    status: optional(status),
  };
}

/** Of a query string. */
export const readFilter: (value: unknown) => RequestFilter = membersOf(filterMembers(digits));

export const readExpectation: (value: unknown) => Expectation = membersOf({
  ...filterMembers(integer),
  exactly: optional(integer),
  atLeast: optional(integer),
  atMost: optional(integer),
  within_ms: optional(milliseconds),
});

function milliseconds(input: Input, name: string): number {
  const time = number(input, name);
  if (!isWait(time)) throw new InputError(name, `has to be from 0 to ${longestWait}`);
  return time;
}

export const readStub: (value: unknown) => Stub = membersOf({
  path,
  method: optional(text),
  dataCenter: optional(dataCenter),
  scope: optional(text),
  times: optional(endless),
  status: optional(status),
  headers: optional(nested(readHeaders)),
  body: (input, name) => input[name],
});

function path(input: Input, name: string): string {
  const value = text(input, name);
  if (!value.startsWith('/')) throw new InputError(name, 'has to begin with /');
  return value;
}

function status(input: Input, name: string): number {
  const value = integer(input, name);
  if (value < 200 || value > 599) throw new InputError(name, 'has to be from 200 to 599');
  return value;
}

function readHeaders(value: unknown): Record<string, string> {
  const headers = object(value);
  return Object.fromEntries(Object.keys(headers).map((header) => [header, headerText(headers, header)]));
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

export const readClient: (value: unknown) => SimulatedClient = membersOf({
  id: text,
  secret: text,
  redirectUris: texts,
  dataCenter,
  secrets: optional(byDataCenter),
  enabledDataCenters: optional(codes),
  name: optional(text),
  homepage: optional(text),
  type: optional(oneOf(['server', 'browser', 'mobile', 'device', 'self'] as const)),
  zuid: optional(integer),
  portal: optional(text),
});

function codes(input: Input, name: string): DataCenterCode[] {
  const named = texts(input, name);
  if (!named.every(isDataCenterCode)) throw new InputError(name, `has to be a list of ${dataCenterCodes.join(', ')}`);
  return named;
}

const readOrganisation: (value: unknown) => Organisation = membersOf({
  organisation: text,
  orgId: text,
  environment: optional(oneOf(environments)),
});

export const readUser: (value: unknown) => SimulatedUser = membersOf({
  zuid: integer,
  email: text,
  firstName: text,
  lastName: text,
  displayName: text,
  dataCenter,
  organisation: text,
  orgId: text,
  otherOrganisations: optional(list(readOrganisation)),
  country: optional(text),
  currency: optional(text),
  timeZone: optional(text),
});
