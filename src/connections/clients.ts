import { Problem } from '../lib/problem';
import { findClientSecret, listClientSecrets, removeClientSecret, saveClientSecret } from '../store/client-secrets';
import { findClient, saveClient, type StoredClient } from '../store/clients';
import { type Actor, recordEvent } from '../store/events';
import { inTransaction, type Store } from '../store/store';
import { type Clock, iso } from '../lib/time';
import type { Client } from '../zoho/client';
import { type DataCenterCode, isDataCenterCode } from '../zoho/data-centers';

/** A data centre where a client has a secret of its own. */
export interface OwnSecret {
  readonly dataCenter: DataCenterCode;
  readonly savedAt: string;
}

export interface Clients {
  /** True when the environment names the client that new connections use. */
  readonly fromEnvironment: boolean;
  /**
   * The client for new connections: the environment's, else the one from the set-up page saved last. With its main
   * secret, or with the one that it has in the data centre.
   */
  current(dataCenter?: string): Promise<Client | null>;
  /**
   * The client that a connection was made with, with the secret that it has in the data centre. Throws a Problem when it
   * is not set up any more.
   */
  find(clientId: string, dataCenter: string): Promise<Client>;
  save(client: Client): Promise<void>;
  /** Where the client has a secret of its own; everywhere else it uses its main one. */
  ownSecrets(clientId: string): Promise<OwnSecret[]>;
  saveOwnSecret(clientId: string, dataCenter: DataCenterCode, secret: string, actor: Actor): Promise<void>;
  /** The main secret is used there from now on. Nothing happens when it was already. */
  removeOwnSecret(clientId: string, dataCenter: DataCenterCode, actor: Actor): Promise<void>;
}

export function createClients(store: Store, environment: Client | null, now: Clock): Clients {
  return { fromEnvironment: environment !== null, current, find, save, ownSecrets, saveOwnSecret, removeOwnSecret };

  async function current(dataCenter?: string): Promise<Client | null> {
    const client = environment ?? usable(await findClient(store));
    return client && dataCenter !== undefined ? withSecretFor(client, dataCenter) : client;
  }

  async function find(clientId: string, dataCenter: string): Promise<Client> {
    const client = environment?.clientId === clientId ? environment : usable(await findClient(store, clientId));
    if (client) return withSecretFor(client, dataCenter);
    throw new Problem(
      502,
      'setup_problem',
      `The client ${clientId} that this connection was made with is not set up here any more.`,
      'Set it up again, or reconnect with the current client.',
    );
  }

  async function withSecretFor(client: Client, dataCenter: string): Promise<Client> {
    // The main secret is the one of the home data centre, also where that was another one before.
    if (dataCenter === client.dataCenter) return client;
    const own = await findClientSecret(store, { clientId: client.clientId, dataCenter });
    return own === null ? client : { ...client, secret: own };
  }

  async function save(client: Client): Promise<void> {
    await saveClient(store, client, iso(now()));
  }

  async function ownSecrets(clientId: string): Promise<OwnSecret[]> {
    const rows = await listClientSecrets(store, clientId);
    return rows.flatMap(({ data_center: dataCenter, saved_at: savedAt }) =>
      isDataCenterCode(dataCenter) ? [{ dataCenter, savedAt }] : [],
    );
  }

  async function saveOwnSecret(clientId: string, dataCenter: DataCenterCode, secret: string, actor: Actor) {
    await inTransaction(store, async (transaction) => {
      await saveClientSecret(transaction, { clientId, dataCenter }, secret, iso(now()));
      const event = { action: 'client_secret_saved', subject: clientId, detail: dataCenter };
      await recordEvent(transaction, actor, event, iso(now()));
    });
  }

  async function removeOwnSecret(clientId: string, dataCenter: DataCenterCode, actor: Actor) {
    await inTransaction(store, async (transaction) => {
      if (!(await removeClientSecret(transaction, { clientId, dataCenter }))) return;
      const event = { action: 'client_secret_removed', subject: clientId, detail: dataCenter };
      await recordEvent(transaction, actor, event, iso(now()));
    });
  }
}

function usable(stored: StoredClient | null): Client | null {
  return stored && isDataCenterCode(stored.dataCenter) ? { ...stored, dataCenter: stored.dataCenter } : null;
}
