import { createClients, type Clients } from './clients';
import { createClock, type Clock } from './clock';
import { createCodes, type Codes } from './codes';
import { createConsents, type Consents } from './consents';
import { createDevices, type Devices } from './devices';
import { createEnhancements, type Enhancements } from './enhancements';
import { createFaults, type Faults } from '../faults/faults';
import { createRecords, type Records } from './records';
import { createRequestLog, type RequestLog } from './request-log';
import { createMint, type Mint } from './secrets';
import { defaultSettings, type Settings } from './settings';
import { createStubs, type Stubs } from './stubs';
import { createTokens, type Tokens } from './tokens';
import { createUsers, type SimulatedUser, type Users } from './users';
import { createWindow, type RequestWindow } from './window';
import type { DataCenterCode, Environment } from '../../zoho/data-centers';

/** All that the simulated data centres know; they share it, each guarding what belongs to another one. */
export interface World {
  readonly clock: Clock;
  readonly settings: Settings;
  readonly mint: Mint;
  readonly users: Users;
  readonly clients: Clients;
  readonly consents: Consents;
  readonly codes: Codes;
  readonly tokens: Tokens;
  readonly devices: Devices;
  readonly enhancements: Enhancements;
  /** Counts grant codes per client and token requests per refresh token. */
  readonly window: RequestWindow;
  readonly throttle: { answered: number };
  readonly requests: RequestLog;
  readonly faults: Faults;
  /** Answers of tests to API calls. */
  readonly stubs: Stubs;
  /** CRM's records. */
  readonly records: Records;
  /** Those that are simulated, in the order of their ports. */
  readonly dataCenters: readonly DataCenterCode[];
  /** Origin of each data centre's accounts server; filled when it listens. */
  readonly urls: Partial<Record<DataCenterCode, string>>;
  /** Origin of its product APIs: the same, or one of their own. */
  readonly apiUrls: Partial<Record<DataCenterCode, string>>;
}

export function createWorld(users: readonly SimulatedUser[], dataCenters: readonly DataCenterCode[]): World {
  const clock = createClock();
  const settings = defaultSettings();
  const mint = createMint();
  return {
    clock,
    settings,
    mint,
    users: createUsers(users),
    clients: createClients(mint),
    consents: createConsents(),
    codes: createCodes(),
    tokens: createTokens({ clock, mint, settings }),
    devices: createDevices(),
    enhancements: createEnhancements(() => clock.now()),
    window: createWindow(() => clock.now()),
    throttle: { answered: 0 },
    requests: createRequestLog(clock),
    faults: createFaults(),
    stubs: createStubs(),
    records: createRecords(),
    dataCenters,
    urls: {},
    apiUrls: {},
  };
}

/**
 * Origin of the product APIs of a data centre, and of an environment, which has its own where that begins with `www.`.
 * Throws when the data centre is not simulated.
 */
export function apiUrlOf(world: World, dataCenter: DataCenterCode, environment: Environment = 'production'): string {
  const url = world.apiUrls[dataCenter] ?? urlOf(world, dataCenter);
  return environment === 'production' ? url : url.replace('://www.', `://${environment}.`);
}

export const environments: readonly Environment[] = ['production', 'sandbox', 'developer'];

/** Base URL of a data centre. Throws when it is not simulated. */
export function urlOf(world: World, dataCenter: DataCenterCode): string {
  const url = world.urls[dataCenter];
  if (url === undefined) throw new Error(`the data centre ${dataCenter} is not simulated`);
  return url;
}
