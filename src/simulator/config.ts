import { readClient, readFault, readStub, readUser } from './control-input';
import { SimulatorError } from './errors';
import { boolean, byDataCenter, InputError, list, membersOf, nested, optional, texts, type Input } from './http/input';
import type { SimulatorOptions } from './simulator';
import { readSettings } from './state/read-settings';
import { dataCenterCodes, isDataCenterCode, type DataCenterCode } from '../zoho/data-centers';

/** What a configuration file may say; config.schema.json describes it to editors. */
export type SimulatorConfig = Pick<
  SimulatorOptions,
  'dataCenters' | 'urls' | 'apiUrls' | 'separateApi' | 'settings' | 'clients' | 'users' | 'faults' | 'stubs'
>;

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

const readMembers = membersOf({
  $schema: (input, name) => input[name],
  dataCenters: optional(readCodes),
  urls: optional(readOrigins),
  apiUrls: optional(readOrigins),
  separateApi: optional(boolean),
  settings: optional(nested(readSettings)),
  clients: optional(list(readClient)),
  users: optional(list(readUser)),
  faults: list(readFault),
  stubs: list(readStub),
});

function readConfig(value: unknown): SimulatorConfig {
  const { $schema: _for_editors, ...config } = readMembers(value);
  const { clients = [], users = [], dataCenters: simulated = ['us', 'eu', 'in'] } = config;
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
  const lost = users.findIndex(({ dataCenter }) => !simulated.includes(dataCenter));
  if (lost >= 0) throw new InputError(`users[${lost}].dataCenter`, `has to be one of ${simulated.join(', ')}`);
  return config;
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
