import type { Serves } from './app';
import { createControl, type Control } from './control';
import { SimulatorError } from './errors';
import type { Fault } from './faults/faults';
import { listen, type Listener, type Tls } from './http/listener';
import { createOrigins } from './origins';
import { openStateFile } from './state-file';
import type { SimulatedClient } from './state/clients';
import { peopleOf } from './state/people';
import type { Settings } from './state/settings';
import type { Stub } from './state/stubs';
import type { SimulatedUser } from './state/users';
import { createWorld, type World } from './state/world';
import { dataCenterCodes, type DataCenterCode } from '../zoho/data-centers';

export type { SimulatedClient } from './state/clients';
export { AuthorizationRefused } from './accounts/authorization';
export type { AuthorizeChoice, Control, Expectation, Verification } from './control';
export { SimulatorError } from './errors';
export type { Fault, FaultEndpoint, KillMoment } from './faults/faults';
export { faultKinds, faultTable, type FaultKind, type SimpleFaultKind } from './faults/kinds';
export type { Snapshot } from './snapshot-input';
export type { Endpoint, EndpointGroup } from './state/endpoints';
export type { RequestFilter, SimulatedRequest } from './state/request-log';
export type { Settings } from './state/settings';
export type { Stub } from './state/stubs';
export type { Organisation, SimulatedUser } from './state/users';
export type { DataCenterCode } from '../zoho/data-centers';

type ByDataCenter = Readonly<Partial<Record<DataCenterCode, string>>>;

export interface SimulatorOptions {
  /** Address to listen on, default 127.0.0.1. */
  host?: string | undefined;
  /** Port of the first data centre, the next ones follow; 0 or absent: any free ports. */
  port?: number | undefined;
  /** Default us, eu and in. Each one listens on a port of its own. */
  dataCenters?: readonly DataCenterCode[] | undefined;
  /** Default none. */
  clients?: readonly SimulatedClient[] | undefined;
  /** Default: a few believable people per data centre. The first one is signed in. */
  users?: readonly SimulatedUser[] | undefined;
  /** Limits, lives and oddities that differ from the default. */
  settings?: Partial<Settings> | undefined;
  /** Injected from the start. */
  faults?: readonly Fault[] | undefined;
  stubs?: readonly Stub[] | undefined;
  /**
   * Origins that data centres say they are, such as `https://accounts.zoho.com`. A request whose Host header names one
   * of these is theirs, at whatever port it comes in.
   */
  urls?: ByDataCenter | undefined;
  /** The same for product APIs, such as `https://www.zohoapis.com`. Without it, an API has the origin of its Accounts. */
  apiUrls?: ByDataCenter | undefined;
  /** Gives product APIs ports of their own, after those of Accounts: what belongs to one is then unknown to the other. */
  separateApi?: boolean | undefined;
  /** Certificate and key in PEM: all ports then speak TLS. */
  tls?: Tls | undefined;
  /** File that holds tokens, codes, users and clients over a restart. What is in it comes before the options. */
  state?: string | undefined;
}

export interface Simulator {
  /** Origin of each data centre's Accounts. */
  readonly urls: ByDataCenter;
  /** Origin of its product APIs, as `api_domain` names it; the same as in `urls` unless they are apart. */
  readonly apiUrls: ByDataCenter;
  /** Where each data centre's Accounts can be reached from this machine, whatever it says it is. */
  readonly addresses: ByDataCenter;
  readonly control: Control;
  /** Frees the ports, also from connections that hang by a fault. */
  close(): Promise<void>;
}

/**
 * Starts a simulated Zoho; resolves when all ports listen.
 * Rejects when a port is taken, and with a SimulatorError when an option or the state file makes no sense.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { dataCenters = ['us', 'eu', 'in'] } = options;
  const world = createWorld(options.users ?? peopleOf(dataCenters), dataCenters);
  fill(world, options);
  const control = createControl(world);
  for (const fault of options.faults ?? []) control.faults.inject(fault);
  for (const stub of options.stubs ?? []) control.stubs.add(stub);
  const file = options.state === undefined ? undefined : openStateFile(world, options.state);
  // Better now than after the first consent.
  file?.save();
  const listeners: Listener[] = [];
  const close = async () => {
    await Promise.all(listeners.map((listener) => listener.close()));
    file?.save();
  };
  try {
    const addresses = await listenAll(world, control, options, listeners, () => file?.save());
    return { urls: world.urls, apiUrls: world.apiUrls, addresses, control, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function fill(world: World, { clients = [], settings = {} }: SimulatorOptions): void {
  const lost = world.users.all().find(({ dataCenter }) => !world.dataCenters.includes(dataCenter));
  if (lost !== undefined) throw new SimulatorError(`${lost.email} lives in a data centre that is not simulated`);
  Object.assign(world.settings, settings);
  for (const client of clients) {
    if (world.clients.find(client.id) !== undefined)
      throw new SimulatorError(`The client ${client.id} is there twice.`);
    world.clients.add(client);
  }
}

async function listenAll(
  world: World,
  control: Control,
  options: SimulatorOptions,
  listeners: Listener[],
  changed: () => void,
): Promise<ByDataCenter> {
  const { host = '127.0.0.1', port = 0, urls = {}, apiUrls = {}, separateApi = false, tls } = options;
  const named = dataCenterCodes.filter((code) => urls[code] !== undefined || apiUrls[code] !== undefined);
  const origins = createOrigins(world, control, named, changed);
  const addresses: Partial<Record<DataCenterCode, string>> = {};
  const open = async (code: DataCenterCode, serves: Serves) => {
    const listener = await listen(origins.own(code, serves), host, port === 0 ? 0 : port + listeners.length, tls);
    listeners.push(listener);
    return listener.url;
  };
  for (const code of world.dataCenters) {
    addresses[code] = await open(code, separateApi ? 'accounts' : 'both');
    world.urls[code] = urls[code] ?? addresses[code];
    world.apiUrls[code] = apiUrls[code] ?? world.urls[code];
  }
  for (const code of separateApi ? world.dataCenters : []) {
    const address = await open(code, 'api');
    world.apiUrls[code] = apiUrls[code] ?? address;
  }
  return addresses;
}
