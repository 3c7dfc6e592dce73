import { Problem } from './problem';
import { findClient, saveClient, type StoredClient } from './store/clients';
import type { Store } from './store/store';
import { type Clock, iso } from './time';
import type { Client } from './zoho/client';
import { isDataCenterCode } from './zoho/data-centers';

export interface Clients {
  /** True when the environment names the client that new connections use. */
  readonly fromEnvironment: boolean;
  /** The client for new connections: the environment's, else the one from the set-up page saved last. */
  current(): Promise<Client | null>;
  /** The client that a connection was made with. Throws a Problem when it is not set up any more. */
  find(clientId: string): Promise<Client>;
  save(client: Client): Promise<void>;
}

export function createClients(store: Store, environment: Client | null, now: Clock): Clients {
  return {
    fromEnvironment: environment !== null,
    current: async () => environment ?? usable(await findClient(store)),
    async find(clientId) {
      const client = environment?.clientId === clientId ? environment : usable(await findClient(store, clientId));
      if (client) return client;
      throw new Problem(
        502,
        'setup_problem',
        `The client ${clientId} that this connection was made with is not set up here any more.`,
        'Set it up again, or reconnect with the current client.',
      );
    },
    save: (client) => saveClient(store, client, iso(now())),
  };
}

function usable(stored: StoredClient | null): Client | null {
  return stored && isDataCenterCode(stored.dataCenter) ? { ...stored, dataCenter: stored.dataCenter } : null;
}
