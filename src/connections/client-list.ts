import type { Context } from '../context';
import { clientsNotStored, connectionsInUse, refusedClients } from '../store/client-failures';
import { listClients as listStoredClients } from '../store/clients';
import { dataCenter, type DataCenterCode } from '../zoho/data-centers';
import { explain } from '../zoho/messages';
import { type OwnSecret, ownSecrets } from './client-secrets';
import { environmentClient } from './clients';

export interface ListedClient {
  readonly clientId: string;
  /** Where it is registered. */
  readonly dataCenter: DataCenterCode;
  readonly fromEnvironment: boolean;
  /** Whether connections are made with it where no other one is chosen. */
  readonly isDefault: boolean;
  /** Names of the connections that get their tokens with it. */
  readonly connections: readonly string[];
  /** Those of its home, which wait unused, included. */
  readonly ownSecrets: readonly OwnSecret[];
  /** Whether its stored secret cannot be decrypted. */
  readonly isDamaged: boolean;
}

/** All clients that are set up, the default one first. */
export async function listClients(context: Context): Promise<ListedClient[]> {
  const [known, using] = await Promise.all([knownClients(context), connectionsInUse(context.store)]);
  return Promise.all(
    known.map(async ({ clientId, dataCenter, fromEnvironment, isDamaged }, index) => ({
      clientId,
      dataCenter,
      fromEnvironment,
      isDefault: index === 0,
      connections: using.filter((connection) => connection.client_id === clientId).map(({ name }) => name),
      ownSecrets: await ownSecrets(context, clientId),
      isDamaged,
    })),
  );
}

/** The environment's stands before a stored one of the same id. */
async function knownClients(context: Context) {
  const environment = environmentClient(context);
  const stored = (await listStoredClients(context.store)).filter(({ clientId }) => clientId !== environment?.clientId);
  return [
    ...(environment ? [{ ...environment, fromEnvironment: true, isDamaged: false }] : []),
    ...stored.map((client) => ({ ...client, fromEnvironment: false, isDamaged: client.secret === null })),
  ];
}

/** Clients that connections were made with and that are not set up here, as after a change of the environment. */
export async function missingClients(context: Context): Promise<{ clientId: string; connections: number }[]> {
  const own = environmentClient(context)?.clientId;
  return (await clientsNotStored(context.store)).filter(({ clientId }) => clientId !== own);
}

/** A sentence for each client without which connections get no new tokens. */
export async function clientWarnings(context: Context): Promise<string[]> {
  const damaged = (await listClients(context)).filter((client) => client.isDamaged && client.connections.length > 0);
  return [
    ...(await missingClients(context)).map(
      ({ clientId, connections }) =>
        `${counted(connections)} made with the client ${clientId}, which is not set up here: add it on the page Clients, or reconnect.`,
    ),
    ...damaged.map(
      ({ clientId, connections }) =>
        `${counted(connections.length)} made with the client ${clientId}, whose stored secret cannot be decrypted: save it again on the page Clients.`,
    ),
  ];
}

/** Clients that Zoho refuses, for an alert: one, however many connections wait for a new secret. */
export async function refusedSecrets({
  store,
}: Context): Promise<{ subject: string; sentence: string; next: string }[]> {
  const refused = await refusedClients(store, ['invalid_client', 'invalid_client_secret']);
  return refused.map(({ client_id: clientId, data_center: code, error_code: errorCode, connections }) => {
    const { sentence, next } = explain(errorCode, 'refresh');
    const waiting = connections === 1 ? '1 connection gets' : `${connections} connections get`;
    return {
      subject: `${clientId} ${code}`,
      sentence: `${sentence} It is the client ${clientId} in the data centre ${dataCenter(code).country}; ${waiting} no new tokens.`,
      next,
    };
  });
}

function counted(connections: number): string {
  return connections === 1 ? '1 connection was' : `${connections} connections were`;
}
