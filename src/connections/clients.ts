import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { Problem } from '../lib/problem';
import { iso } from '../lib/time';
import { clientsInUse, clientsNotStored, endFailuresOf } from '../store/client-failures';
import {
  findClientSecret,
  listClientSecrets,
  removeClientSecret,
  saveClientSecret as storeClientSecret,
} from '../store/client-secrets';
import { DamagedSecret } from '../store/encryption/cipher';
import { findClient as findStoredClient, saveClient as storeClient } from '../store/clients';
import type { Client } from '../zoho/client';
import type { DataCenterCode } from '../zoho/data-centers';

function environmentClient({ config }: Context): Client | null {
  return config.client && { clientId: config.client.id, secret: config.client.secret, dataCenter: config.dataCenter };
}

/** The environment's client, else the one saved last; with its main secret, or with the one for `dataCenter`. */
export async function currentClient(context: Context, dataCenter?: DataCenterCode): Promise<Client | null> {
  const client = environmentClient(context) ?? (await findStoredClient(context.store));
  return client && dataCenter !== undefined ? withSecretFor(context, client, dataCenter) : client;
}

/** Null also when the secret cannot be decrypted, for pages on which it can be saved again. */
export async function usableClient(context: Context): Promise<Client | null> {
  return currentClient(context).catch((error: unknown) => {
    if (error instanceof DamagedSecret) return null;
    throw error;
  });
}

export async function requireClient(context: Context): Promise<Client> {
  const client = await usableClient(context);
  if (client) return client;
  throw new Problem(409, 'setup_problem', 'No Zoho client is set up yet.', 'Open the setup page first.');
}

/** Throws a Problem when the client that a connection was made with is not set up any more. */
export async function findClient(context: Context, clientId: string, dataCenter: DataCenterCode): Promise<Client> {
  const client = await findClientIfAny(context, clientId, dataCenter);
  if (client) return client;
  throw new Problem(
    502,
    'setup_problem',
    `The client ${clientId} that this connection was made with is not set up here any more.`,
    'Set it up again, or reconnect with the current client.',
  );
}

/** The same; null when it is not set up. */
export async function findClientIfAny(
  context: Context,
  clientId: string,
  dataCenter: DataCenterCode,
): Promise<Client | null> {
  const environment = environmentClient(context);
  const client = environment?.clientId === clientId ? environment : await findStoredClient(context.store, clientId);
  return client && withSecretFor(context, client, dataCenter);
}

async function withSecretFor({ store }: Context, client: Client, dataCenter: DataCenterCode): Promise<Client> {
  // The main secret is the one of the home data centre, also where that was another one before.
  if (dataCenter === client.dataCenter) return client;
  const own = await findClientSecret(store, { clientId: client.clientId, dataCenter });
  return own === null ? client : { ...client, secret: own };
}

export async function saveClient(context: Context, client: Client, actor: Actor): Promise<void> {
  await save(context, client, context.now(), actor);
}

/** New connections are made with the current client as before. Throws a Problem when it is the environment's. */
export async function saveOlderClient(context: Context, client: Client, actor: Actor): Promise<void> {
  if (environmentClient(context)?.clientId === client.clientId) throw setByEnvironment();
  if ((await usableClient(context))?.clientId === client.clientId) return saveClient(context, client, actor);
  // The stored client that was saved last is the current one where the environment names none.
  await save(context, client, new Date(0), actor);
}

async function save(context: Context, client: Client, savedAt: Date, actor: Actor): Promise<void> {
  await inTransaction(context, async (transaction) => {
    await storeClient(transaction.store, client, iso(savedAt));
    await retryAfterRepair(transaction, client.clientId);
    await record(transaction, actor, { action: 'client_saved', subject: client.clientId });
  });
}

export function setByEnvironment(): Problem {
  const sentence = 'The client is set by the environment (ZOHO_CLIENT_ID), so it cannot be changed here.';
  return new Problem(409, 'set_by_environment', sentence, 'Change it there and start the Keeper again.');
}

/** Refusals that a client set up rightly would not have met. */
const clientCodes = ['invalid_client', 'invalid_client_secret', 'missing_org_info', 'client_missing', 'client_damaged'];

/** Programs are not told an old refusal after what caused it may have been put right. */
async function retryAfterRepair({ store }: Context, clientId: string): Promise<void> {
  await endFailuresOf(store, clientId, clientCodes);
}

/** The environment is read at the start, so what was wrong with its client may have been put right by then. */
export async function retryEnvironmentClient(context: Context): Promise<void> {
  const client = environmentClient(context);
  if (client) await retryAfterRepair(context, client.clientId);
}

/** How many connections in use were made with the client. They stay with it when another one becomes the current one. */
export async function connectionsOf({ store }: Context, clientId: string): Promise<number> {
  return (await clientsInUse(store)).find((client) => client.clientId === clientId)?.connections ?? 0;
}

/** Clients that connections were made with, that are set up here, and that are not the current one. */
export async function keptClients(context: Context): Promise<{ clientId: string; connections: number }[]> {
  const missing = new Set((await missingClients(context)).map(({ clientId }) => clientId));
  const current = (await usableClient(context))?.clientId;
  return (await clientsInUse(context.store)).filter(({ clientId }) => clientId !== current && !missing.has(clientId));
}

export async function missingClients(context: Context): Promise<{ clientId: string; connections: number }[]> {
  const own = environmentClient(context)?.clientId;
  return (await clientsNotStored(context.store)).filter(({ clientId }) => clientId !== own);
}

export async function missingClientWords(context: Context): Promise<string[]> {
  return (await missingClients(context)).map(({ clientId, connections }) => {
    const made = connections === 1 ? '1 connection was' : `${connections} connections were`;
    return `${made} made with the client ${clientId}, which is not set up here: set it up on the setup page, or reconnect.`;
  });
}

export interface OwnSecret {
  readonly dataCenter: DataCenterCode;
  readonly savedAt: string;
}

export async function ownSecrets({ store }: Context, clientId: string): Promise<OwnSecret[]> {
  const rows = await listClientSecrets(store, clientId);
  return rows.map((row) => ({ dataCenter: row.data_center, savedAt: row.saved_at }));
}

export async function saveOwnSecret(
  context: Context,
  name: { clientId: string; dataCenter: DataCenterCode },
  secret: string,
  actor: Actor,
): Promise<void> {
  await inTransaction(context, async (transaction) => {
    await storeClientSecret(transaction.store, name, secret, iso(context.now()));
    await retryAfterRepair(transaction, name.clientId);
    await record(transaction, actor, {
      action: 'client_secret_saved',
      subject: name.clientId,
      detail: name.dataCenter,
    });
  });
}

export async function removeOwnSecret(
  context: Context,
  name: { clientId: string; dataCenter: DataCenterCode },
  actor: Actor,
): Promise<void> {
  await inTransaction(context, async (transaction) => {
    if (!(await removeClientSecret(transaction.store, name))) return;
    await retryAfterRepair(transaction, name.clientId);
    const event = { action: 'client_secret_removed', subject: name.clientId, detail: name.dataCenter };
    await record(transaction, actor, event);
  });
}
