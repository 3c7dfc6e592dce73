import { type Actor, record } from '../audit';
import { type Context, inTransaction } from '../context';
import { Problem } from '../lib/problem';
import { iso } from '../lib/time';
import { connectionsInUse, endFailuresOf } from '../store/client-failures';
import { findClientSecret } from '../store/client-secrets';
import {
  findClient as findStoredClient,
  findDefaultClient,
  listClients,
  makeDefaultClient,
  removeClient as removeStoredClient,
  saveClient as storeClient,
} from '../store/clients';
import { DamagedSecret } from '../store/encryption/cipher';
import type { Client } from '../zoho/client';
import type { DataCenterCode } from '../zoho/data-centers';

export function environmentClient({ config }: Context): Client | null {
  return config.client && { clientId: config.client.id, secret: config.client.secret, dataCenter: config.dataCenter };
}

/**
 * The default client: the environment's, else the stored one that was made the default; with its main secret, or with the
 * one for `dataCenter`. Throws DamagedSecret.
 */
export async function currentClient(context: Context, dataCenter?: DataCenterCode): Promise<Client | null> {
  const client = environmentClient(context) ?? (await findDefaultClient(context.store));
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

/** The client of this id, or the default one when it is empty. Throws a Problem when it is not set up. */
export async function chooseClient(context: Context, clientId: string): Promise<Client> {
  const client = clientId === '' ? await requireClient(context) : await findWhole(context, clientId);
  if (client) return client;
  const sentence = `The client ${clientId.slice(0, 200)} is not set up here.`;
  throw new Problem(400, 'unknown_client', sentence, 'Choose one that the page Clients lists, or add it there.');
}

/** The client that a connection was made with while it is set up, else the default one. Throws a Problem. */
export async function clientForReconnect(context: Context, clientId: string): Promise<Client> {
  return (await findWhole(context, clientId)) ?? requireClient(context);
}

/** With its main secret; null when it is not set up. Throws a Problem when the secret cannot be decrypted. */
async function findWhole(context: Context, clientId: string): Promise<Client | null> {
  try {
    return await findAnywhere(context, clientId);
  } catch (error) {
    if (!(error instanceof DamagedSecret)) throw error;
    const sentence = `The stored secret of the client ${clientId} cannot be decrypted.`;
    throw new Problem(409, 'setup_problem', sentence, 'Save it again on the page Clients.');
  }
}

async function findAnywhere(context: Context, clientId: string): Promise<Client | null> {
  const environment = environmentClient(context);
  return environment?.clientId === clientId ? environment : findStoredClient(context.store, clientId);
}

/** Throws a Problem when the client that a connection was made with is not set up any more. */
export async function findClient(context: Context, clientId: string, dataCenter: DataCenterCode): Promise<Client> {
  const client = await findClientIfAny(context, clientId, dataCenter);
  if (client) return client;
  throw new Problem(
    502,
    'setup_problem',
    `The client ${clientId} that this connection was made with is not set up here any more.`,
    'Add it on the page Clients, or reconnect with the default client.',
  );
}

/** The same; null when it is not set up. Throws DamagedSecret. */
export async function findClientIfAny(
  context: Context,
  clientId: string,
  dataCenter: DataCenterCode,
): Promise<Client | null> {
  const client = await findAnywhere(context, clientId);
  return client && withSecretFor(context, client, dataCenter);
}

async function withSecretFor({ store }: Context, client: Client, dataCenter: DataCenterCode): Promise<Client> {
  // The main secret is the one of the home data centre, also where that was another one before.
  if (dataCenter === client.dataCenter) return client;
  const own = await findClientSecret(store, { clientId: client.clientId, dataCenter });
  return own === null ? client : { ...client, secret: own };
}

/** The main secret of a stored client; empty when it is not stored, or cannot be decrypted. */
export async function storedSecret({ store }: Context, clientId: string): Promise<string> {
  return (await listClients(store)).find((client) => client.clientId === clientId)?.secret ?? '';
}

/** Adds a client or changes it; the first one is the default. Throws a Problem when it is the environment's. */
export async function saveClient(context: Context, client: Client, actor: Actor): Promise<void> {
  await inTransaction(context, async (transaction) => {
    const isFirst = (await listClients(transaction.store)).length === 0;
    await save(transaction, client, actor);
    if (isFirst) await makeDefaultClient(transaction.store, client.clientId, iso(context.now()));
  });
}

/** The same, and new connections are made with it from now on. */
export async function saveDefaultClient(context: Context, client: Client, actor: Actor): Promise<void> {
  await inTransaction(context, async (transaction) => {
    await save(transaction, client, actor);
    await makeDefaultClient(transaction.store, client.clientId, iso(context.now()));
  });
}

async function save(transaction: Context, client: Client, actor: Actor): Promise<void> {
  const { clientId } = client;
  if (environmentClient(transaction)?.clientId === clientId) throw setByEnvironment();
  await storeClient(transaction.store, client, iso(transaction.now()));
  await retryAfterRepair(transaction, clientId);
  await record(transaction, actor, { action: 'client_saved', subject: clientId });
}

/** Throws a Problem when it is not stored, or when the environment says which one is the default. */
export async function makeDefault(context: Context, clientId: string, actor: Actor): Promise<void> {
  if (environmentClient(context)) throw setByEnvironment();
  await inTransaction(context, async (transaction) => {
    if (!(await makeDefaultClient(transaction.store, clientId, iso(context.now())))) throw noSuchClient(clientId);
    await record(transaction, actor, { action: 'client_made_default', subject: clientId });
  });
}

/** With its secrets. Throws a Problem while connections use it, since they would get no more tokens. */
export async function removeClient(context: Context, clientId: string, actor: Actor): Promise<void> {
  if (environmentClient(context)?.clientId === clientId) throw setByEnvironment();
  await inTransaction(context, async (transaction) => {
    const { store } = transaction;
    const using = (await connectionsInUse(store)).filter((connection) => connection.client_id === clientId);
    if (using.length > 0)
      throw inUse(
        clientId,
        using.map(({ name }) => name),
      );
    if (!(await removeStoredClient(store, clientId))) throw noSuchClient(clientId);
    await record(transaction, actor, { action: 'client_deleted', subject: clientId });
    // The one that is the default by now stays it when another one is saved.
    const [next] = await listClients(store);
    if (next) await makeDefaultClient(store, next.clientId, iso(context.now()));
  });
}

function inUse(clientId: string, names: readonly string[]): Problem {
  const sentence = `${clientId} is in use by ${fewOf(names)}.`;
  const next = 'Reconnect each of them with another client, or disconnect it, and delete the client then.';
  return new Problem(409, 'client_in_use', sentence, next);
}

/** "a, b and 7 more". */
function fewOf(names: readonly string[]): string {
  const shown = names.length > 6 ? [...names.slice(0, 5), `${names.length - 5} more`] : names;
  return new Intl.ListFormat('en-GB').format(shown);
}

export function noSuchClient(clientId: string): Problem {
  const sentence = `The client ${clientId.slice(0, 200)} is not set up here.`;
  return new Problem(404, 'not_found', sentence, 'Go back to the page Clients and reload it.');
}

export function setByEnvironment(): Problem {
  const sentence = 'The client is set by the environment (ZOHO_CLIENT_ID), so it cannot be changed here.';
  return new Problem(409, 'set_by_environment', sentence, 'Change it there and start the Keeper again.');
}

/** Refusals that a client set up rightly would not have met. */
const clientCodes = ['invalid_client', 'invalid_client_secret', 'missing_org_info', 'client_missing', 'client_damaged'];

/** Programs are not told an old refusal after what caused it may have been put right. */
export async function retryAfterRepair({ store }: Context, clientId: string): Promise<void> {
  await endFailuresOf(store, clientId, clientCodes);
}

/** The environment is read at the start, so what was wrong with its client may have been put right by then. */
export async function retryEnvironmentClient(context: Context): Promise<void> {
  const client = environmentClient(context);
  if (client) await retryAfterRepair(context, client.clientId);
}
