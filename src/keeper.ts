import { type Alerts, createAlerts } from './alerts/watch';
import { type Calls, createCalls } from './calls/calls';
import { type Clients, createClients } from './connections/clients';
import type { Config } from './config/config';
import { type Connect, createConnect } from './connections/connect';
import { type Connections, createConnections } from './connections/connections';
import { createGrants } from './connections/establish';
import { createKeys, type Keys } from './auth/api-keys';
import type { Log } from './lib/log';
import { createLogin, type Login } from './auth/sign-in';
import { createOidc, type Oidc } from './auth/oidc';
import { createRevocations, type Revocations } from './connections/revocations';
import { createSchedule, type Schedule } from './tokens/schedule';
import { openStore } from './store/open';
import type { OpenStore } from './store/store';
import type { Clock } from './lib/time';
import { createTokens, type Tokens } from './tokens/tokens';
import { createTrials, type Trials } from './calls/product-check';
import { createWebhooks, type Webhooks } from './alerts/webhooks';
import { createZoho, type Zoho } from './zoho/client';
import { zohoHosts } from './zoho/hosts';

/** All that pages, API, jobs and commands work with. */
export interface Keeper {
  readonly config: Config;
  readonly store: OpenStore;
  readonly zoho: Zoho;
  readonly clients: Clients;
  readonly revocations: Revocations;
  readonly connect: Connect;
  readonly connections: Connections;
  readonly tokens: Tokens;
  readonly calls: Calls;
  readonly trials: Trials;
  readonly keys: Keys;
  readonly schedule: Schedule;
  readonly alerts: Alerts;
  readonly webhooks: Webhooks;
  readonly login: Login;
  /** Null when no provider is set. */
  readonly oidc: Oidc | null;
  readonly now: Clock;
  readonly log: Log;
}

/** Opens the database and makes a Keeper on it. Throws a StoreError with one line for the operator. */
export async function openKeeper(config: Config, log: Log, now: Clock): Promise<Keeper> {
  const store = await openStore(config.databaseUrl, config.encryptionKeys);
  const zoho = createZoho(zohoHosts(config.accountsUrls, config.apiUrls));
  const environment = config.client && {
    clientId: config.client.id,
    secret: config.client.secret,
    dataCenter: config.dataCenter,
  };
  const clients = createClients(store, environment, now);
  const revocations = createRevocations({ store, zoho, clients, now, log });
  const grants = createGrants({ store, zoho, clients, revocations, now, log });
  const { redirectUri, pkce } = config;
  const connect = createConnect({ store, zoho, clients, grants, redirectUri, pkce, now, log });
  const connections = createConnections({ store, revocations, now });
  const tokens = createTokens({ store, zoho, clients, now, log });
  const calls = createCalls({ hosts: zoho.hosts, tokens, now });
  const trials = createTrials({ store, tokens, calls, now });
  const keys = createKeys({ store, now, log });
  const login = createLogin({ store, config, now });
  const oidc = config.oidc && createOidc(config.oidc, `${config.baseUrl}/login/callback`, log);
  const schedule = createSchedule({ store, tokens, now, log });
  const alerts = createAlerts({ store, now, log });
  const webhooks = createWebhooks({ store, baseUrl: config.baseUrl, now, log });
  return {
    config,
    store,
    zoho,
    clients,
    revocations,
    connect,
    connections,
    tokens,
    calls,
    trials,
    keys,
    schedule,
    alerts,
    webhooks,
    login,
    oidc,
    now,
    log,
  };
}
