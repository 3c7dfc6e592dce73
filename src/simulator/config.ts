import { readClient, readFault, readStub, readUser } from './control-input';
import { SimulatorError } from './errors';
import { boolean, byDataCenter, InputError, list, objectOf, optional, texts, within, type Input } from './http/input';
import type { SimulatorOptions } from './simulator';
import { readSettings } from './state/change-settings';
import { dataCenterCodes, isDataCenterCode, type DataCenterCode } from '../zoho/data-centers';

/** What a configuration file may say; config.schema.json describes it to editors. */
export type SimulatorConfig = Pick<
  SimulatorOptions,
  'dataCenters' | 'urls' | 'apiUrls' | 'separateApi' | 'settings' | 'clients' | 'users' | 'faults' | 'stubs'
>;

const members = '$schema dataCenters urls apiUrls separateApi settings clients users faults stubs'.split(' ');

/** Reads a configuration. Throws SimulatorError, which names the file and the place in it. */
export function parseConfig(json: string, file: string): SimulatorConfig {
  try {
    return readConfig(JSON.parse(json));
  } catch (error) {
    if (error instanceof InputError) throw new SimulatorError(`${file}: ${error.message}.`);
    if (error instanceof SyntaxError) throw new SimulatorError(`${file} is not JSON: ${error.message}`);
    throw error;
  }
}

function readConfig(value: unknown): SimulatorConfig {
  const input = objectOf(value, members);
  const dataCenters = optional(input, 'dataCenters', readCodes);
  const clients = list(input, 'clients', readClient);
  const users = list(input, 'users', readUser);
  refuseTwins(
    clients.map(({ id }) => id),
    'clients',
    'id',
  );
  refuseTwins(
    users.map(({ zuid }) => zuid),
    'users',
    'zuid',
  );
  const simulated = dataCenters ?? ['us', 'eu', 'in'];
  const lost = users.findIndex(({ dataCenter }) => !simulated.includes(dataCenter));
  if (lost >= 0) throw new InputError(`users[${lost}].dataCenter`, `has to be one of ${simulated.join(', ')}`);
  return {
    dataCenters,
    urls: optional(input, 'urls', readOrigins),
    apiUrls: optional(input, 'apiUrls', readOrigins),
    separateApi: optional(input, 'separateApi', boolean),
    settings: optional(input, 'settings', (from, name) => within(name, () => readSettings(from[name]))),
    clients: input.clients === undefined ? undefined : clients,
    users: input.users === undefined ? undefined : users,
    // Whoever may write this file may end processes of this user as well.
    faults: list(input, 'faults', (fault) => readFault(fault, true)),
    stubs: list(input, 'stubs', readStub),
  };
}

function readCodes(input: Input, name: string): DataCenterCode[] {
  const codes = texts(input, name);
  const known = codes.filter(isDataCenterCode);
  if (known.length < codes.length || codes.length === 0 || new Set(codes).size < codes.length)
    throw new InputError(name, `has to be a list of ${dataCenterCodes.join(', ')}, each once`);
  return known;
}

function readOrigins(input: Input, name: string): Partial<Record<DataCenterCode, string>> {
  const urls = byDataCenter(input, name);
  for (const [code, url] of Object.entries(urls)) {
    if (!isOrigin(url))
      throw new InputError(`${name}.${code}`, 'has to be an origin such as https://accounts.zoho.com');
  }
  return urls;
}

/** Scheme, host and port, and nothing behind them. */
export function isOrigin(url: string): boolean {
  return /^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '') && new URL(url).origin === url;
}

function refuseTwins(ids: readonly unknown[], name: string, member: string): void {
  const twin = ids.findIndex((id, n) => ids.indexOf(id) < n);
  if (twin >= 0) throw new InputError(`${name}[${twin}].${member}`, `is that of another one: ${String(ids[twin])}`);
}
