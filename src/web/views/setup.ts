import { listClients, missingClients } from '../../connections/client-list';
import { type OwnSecret, ownSecrets } from '../../connections/client-secrets';
import { usableClient } from '../../connections/clients';
import type { Keeper } from '../../keeper';
import type { Client } from '../../zoho/client';
import { moment, type Moment } from '../words';
import { countryOf, type DataCenterChoice, dataCenterChoices } from './data-centers';

export interface SetupView {
  /** True when the environment names the client: then nothing can be typed here. */
  fromEnvironment: boolean;
  clientId: string;
  hasSecret: boolean;
  /** Connections that stay with this client when another one is saved. */
  connections: number;
  dataCenter: string;
  dataCenters: DataCenterChoice[];
  homepageUrl: string;
  redirectUri: string;
  problems: { clientId?: string; clientSecret?: string; dataCenter?: string };
  /** Null while there is no client. */
  ownSecrets: OwnSecretsView | null;
  /** Null while all connections are made with the current client. */
  olderClients: OlderClientsView | null;
}

/** Clients that connections were made with, beside the one for new connections. */
export interface OlderClientsView {
  missing: { clientId: string; connections: number }[];
  kept: { clientId: string; connections: number }[];
  form: Pick<SetupView, 'clientId' | 'dataCenter' | 'problems'>;
}

export interface OwnSecretsView {
  /** `used` is false in the client's home data centre, where its main secret is used. */
  list: { dataCenter: string; country: string; saved: Moment; used: boolean }[];
  choices: DataCenterChoice[];
  form: { dataCenter: string; problems: { dataCenter?: string; secret?: string } };
}

/** What a refused form held, but for secrets: they are typed again. */
export interface TypedSetup extends Partial<Pick<SetupView, 'clientId' | 'dataCenter' | 'problems'>> {
  readonly ownSecret?: OwnSecretsView['form'];
  readonly olderClient?: OlderClientsView['form'];
}

export async function setupView(keeper: Keeper, typed: TypedSetup = {}): Promise<SetupView> {
  const { config, now } = keeper;
  const { ownSecret, olderClient, ...form } = typed;
  const client = await usableClient(keeper);
  const listed = (await listClients(keeper)).map((one) => ({ ...one, connections: one.connections.length }));
  const kept = listed.filter(({ isDefault, connections }) => !isDefault && connections > 0);
  const missing = await missingClients(keeper);
  const first = { clientId: missing[0]?.clientId ?? '', dataCenter: config.dataCenter, problems: {} };
  const own = client && ownSecretsView(client, await ownSecrets(keeper, client.clientId), now());
  return {
    fromEnvironment: config.client !== null,
    clientId: client?.clientId ?? '',
    hasSecret: client !== null,
    connections: listed.find(({ isDefault }) => isDefault)?.connections ?? 0,
    dataCenter: client?.dataCenter ?? config.dataCenter,
    dataCenters: dataCenterChoices(),
    homepageUrl: config.baseUrl,
    redirectUri: config.redirectUri,
    problems: {},
    ownSecrets: own && { ...own, ...(ownSecret && { form: ownSecret }) },
    olderClients:
      olderClient || missing.length + kept.length > 0 ? { missing, kept, form: olderClient ?? first } : null,
    ...form,
  };
}

function ownSecretsView(client: Client, secrets: readonly OwnSecret[], now: Date): OwnSecretsView {
  return {
    list: secrets.map((secret) => ({
      dataCenter: secret.dataCenter,
      country: countryOf(secret.dataCenter),
      saved: moment(secret.savedAt, now),
      used: secret.dataCenter !== client.dataCenter,
    })),
    choices: dataCenterChoices().filter(({ code }) => code !== client.dataCenter),
    form: { dataCenter: '', problems: {} },
  };
}
