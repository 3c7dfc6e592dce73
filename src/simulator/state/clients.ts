import type { DataCenterCode } from '../../zoho/data-centers';
import { dataCenterCodes } from '../../zoho/data-centers';
import type { Mint } from './secrets';

export type ClientType = 'server' | 'browser' | 'mobile' | 'device' | 'self';

/** A registration in the API console. */
export interface SimulatedClient {
  readonly id: string;
  readonly secret: string;
  readonly redirectUris: readonly string[];
  /** Where it was registered, and where people are sent to authorise. */
  readonly dataCenter: DataCenterCode;
  /** When absent all, and of a portal's client its own. */
  readonly enabledDataCenters?: readonly DataCenterCode[] | undefined;
  /** Own secret of a data centre; `secret` holds where none is named. */
  readonly secrets?: Partial<Record<DataCenterCode, string>> | undefined;
  readonly name?: string | undefined;
  readonly homepage?: string | undefined;
  readonly type?: ClientType | undefined;
  /** Owner of a self client. */
  readonly zuid?: number | undefined;
  /** ID of the portal that it is registered for: it then authorises below `/clientoauth/v2/{portal}/`, and nowhere else. */
  readonly portal?: string | undefined;
}

export interface Client extends Omit<SimulatedClient, 'secrets'> {
  readonly name: string;
  readonly type: ClientType;
  readonly enabled: Set<DataCenterCode>;
  readonly secrets: Map<DataCenterCode, string>;
}

export interface Clients {
  all(): readonly Client[];
  find(id: string | undefined): Client | undefined;
  /** Throws when there is no such client. */
  get(id: string): Client;
  add(client: SimulatedClient): Client;
  /** Makes a new secret, for one data centre or for all that share the old one, and returns it. */
  regenerateSecret(id: string, dataCenter?: DataCenterCode): string;
  delete(id: string): void;
  /** As they were registered and changed since. */
  save(): readonly SimulatedClient[];
  load(saved: readonly SimulatedClient[]): void;
}

export function createClients(mint: Mint): Clients {
  const byId = new Map<string, Client>();

  function get(id: string): Client {
    const client = byId.get(id);
    if (client === undefined) throw new Error(`no client is registered as ${id}`);
    return client;
  }

  function add(given: SimulatedClient): Client {
    const client = registered(given);
    for (const secret of new Set(client.secrets.values())) mint.remember('client_secret', secret);
    byId.set(client.id, client);
    return client;
  }

  return {
    all: () => [...byId.values()],
    find: (id) => (id === undefined ? undefined : byId.get(id)),
    get,
    add,
    regenerateSecret(id, dataCenter) {
      const { secrets } = get(id);
      const fresh = mint.clientSecret();
      for (const code of dataCenter === undefined ? dataCenterCodes : [dataCenter]) secrets.set(code, fresh);
      return fresh;
    },
    delete(id) {
      get(id);
      byId.delete(id);
    },
    load(saved) {
      byId.clear();
      for (const client of saved) add(client);
    },
    save: () =>
      [...byId.values()].map(({ enabled, secrets, ...client }) => ({
        ...client,
        secret: secrets.get(client.dataCenter) ?? client.secret,
        secrets: Object.fromEntries(secrets),
        enabledDataCenters: [...enabled],
      })),
  };
}

function registered(given: SimulatedClient): Client {
  return {
    ...given,
    name: given.name ?? 'My integration',
    type: given.type ?? 'server',
    enabled: new Set([given.dataCenter, ...(given.enabledDataCenters ?? (given.portal ? [] : dataCenterCodes))]),
    secrets: new Map(dataCenterCodes.map((code) => [code, given.secrets?.[code] ?? given.secret])),
  };
}

/** The first part of ids, codes and tokens, which follows the kind of client. */
export function prefixOf(client: Client): string {
  return client.type === 'device' ? '1004' : '1000';
}

/** The portal that a path belongs to; undefined for Zoho's own. */
export function portalOf(path: string): string | undefined {
  return /^\/clientoauth\/v2\/([^/]+)\//.exec(path)?.[1];
}
