import type { SimulatedClient } from './state/clients';
import { createControl, type Control } from './control';
import { dataCenterApp } from './app';
import { listen, type Listener } from './http/listener';
import { peopleOf } from './state/people';
import type { SimulatedUser } from './state/users';
import { createWorld } from './state/world';
import type { DataCenterCode } from '../zoho/data-centers';

export type { SimulatedClient } from './state/clients';
export { AuthorizationRefused } from './accounts/authorization';
export type { Control } from './control';
export type { Fault, FaultEndpoint, KillMoment } from './faults/faults';
export { faultKinds, faultTable, type FaultKind } from './faults/kinds';
export type { Endpoint, EndpointGroup } from './state/endpoints';
export type { RequestFilter, SimulatedRequest } from './state/request-log';
export type { Settings } from './state/settings';
export type { SimulatedUser } from './state/users';

export interface SimulatorOptions {
  /** Default 127.0.0.1. */
  host?: string;
  /** Port of the first data centre, the next ones follow; 0 or absent: any free ports. */
  port?: number;
  /** Default us, eu and in. Each one listens on a port of its own: its URL is both its accounts and its API origin. */
  dataCenters?: readonly DataCenterCode[];
  clients?: readonly SimulatedClient[];
  /** Default: a few believable people per data centre. The first one is signed in. */
  users?: readonly SimulatedUser[];
}

export interface Simulator {
  readonly urls: Readonly<Partial<Record<DataCenterCode, string>>>;
  readonly control: Control;
  /** Frees the ports, also from connections that hang by a fault. */
  close(): Promise<void>;
}

/** Starts one server per data centre; resolves when all of them listen, rejects when a port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, dataCenters = ['us', 'eu', 'in'] } = options;
  const users = options.users ?? peopleOf(dataCenters);
  for (const user of users) {
    if (!dataCenters.includes(user.dataCenter))
      throw new Error(`${user.email} lives in a data centre that is not simulated`);
  }
  const world = createWorld(users);
  for (const client of options.clients ?? []) world.clients.add(client);
  const control = createControl(world);
  const listeners: Listener[] = [];
  const close = async () => void (await Promise.all(listeners.map((listener) => listener.close())));
  try {
    for (const [n, code] of dataCenters.entries()) {
      const listener = await listen(dataCenterApp(world, control, code), host, port === 0 ? 0 : port + n);
      listeners.push(listener);
      world.urls[code] = listener.url;
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { urls: world.urls, control, close };
}
