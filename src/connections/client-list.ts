import type { Context } from '../context';
import { connectionsInUse, otherClients, refusedClients } from '../store/client-failures';
import { listClients as listStoredClients } from '../store/clients';
import { dataCenter, type DataCenterCode } from '../zoho/data-centers';
import { explain } from '../zoho/messages';
import { type OwnSecret, ownSecrets } from './client-secrets';
import { environmentClient } from './clients';

export interface KnownClient {
  readonly clientId: string;
  /** Where it is registered. */
  readonly dataCenter: DataCenterCode;
  readonly fromEnvironment: boolean;
  /** Whether connections are made with it where no other one is chosen. */
  readonly isDefault: boolean;
  /** Whether its stored secret cannot be decrypted. */
  readonly isDamaged: boolean;
}

export interface ListedClient extends KnownClient {
  /** Names of the connections that get their tokens with it. */
  readonly connections: readonly string[];
  /** Those of its home, which wait unused, included. */
  readonly ownSecrets: readonly OwnSecret[];
}

/** All clients that are set up, the default one first. The environment's stands before a stored one of the same id. */
export async function knownClients(context: Context): Promise<KnownClient[]> {
  const environment = environmentClient(context);
  const stored = (await listStoredClients(context.store)).filter(({ clientId }) => clientId !== environment?.clientId);
  const all = [
    ...(environment ? [{ ...environment, fromEnvironment: true, isDamaged: false }] : []),
    ...stored.map((client) => ({ ...client, fromEnvironment: false, isDamaged: client.secret === null })),
  ];
  return all.map(({ clientId, dataCenter: home, fromEnvironment, isDamaged }, index) => {
    return { clientId, dataCenter: home, fromEnvironment, isDefault: index === 0, isDamaged };
  });
}

/** The same with all that is theirs. Reads every connection, so it is for pages that show them. */
export async function listClients(context: Context): Promise<ListedClient[]> {
  const [known, using] = await Promise.all([knownClients(context), connectionsInUse(context.store)]);
  return Promise.all(
    known.map(async (client) => ({
      ...client,
      connections: using.filter(({ client_id: id }) => id === client.clientId).map(({ name }) => name),
      ownSecrets: await ownSecrets(context, client.clientId),
    })),
  );
}

/** Clients that connections were made with and that are not set up here, as after a change of the environment. */
export async function missingClients(context: Context): Promise<{ clientId: string; connections: number }[]> {
  const known = await knownClients(context);
  return otherClients(
    context.store,
    known.map(({ clientId }) => clientId),
  );
}

/** A sentence for each client without which connections get no new tokens. */
export async function clientWarnings(context: Context): Promise<string[]> {
  const isAnyDamaged = (await knownClients(context)).some(({ isDamaged }) => isDamaged);
  const damaged = isAnyDamaged ? (await listClients(context)).filter(({ isDamaged }) => isDamaged) : [];
  return [
    ...(await missingClients(context)).map(
      ({ clientId, connections }) =>
        `${counted(connections)} made with the client ${clientId}, which is not set up here: add it on the page Clients, or reconnect.`,
    ),
    ...damaged
      .filter(({ connections }) => connections.length > 0)
      .map(
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
