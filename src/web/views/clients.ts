import { type ListedClient, listClients, missingClients } from '../../connections/client-list';
import type { Keeper } from '../../keeper';
import { moment, type Moment } from '../words';
import { countryOf, type DataCenterChoice, dataCenterChoices } from './data-centers';

export interface ClientsView {
  clients: ClientView[];
  /** Clients that connections were made with and that are not set up here. */
  missing: { clientId: string; connections: number }[];
  form: ClientForm;
  dataCenters: DataCenterChoice[];
  redirectUri: string;
}

interface ClientView {
  clientId: string;
  href: string;
  home: string;
  fromEnvironment: boolean;
  isDefault: boolean;
  /** Whether it may be made the default. */
  canBeDefault: boolean;
  isDamaged: boolean;
  connections: { name: string; href: string }[];
  /** `used` is false in the client's home data centre, where its main secret is used. */
  secrets: { dataCenter: string; country: string; saved: Moment; used: boolean; isDamaged: boolean }[];
  /** Data centres that may have a secret of their own. */
  choices: DataCenterChoice[];
  form: OwnSecretForm;
}

export type ClientProblems = { clientId?: string; clientSecret?: string; dataCenter?: string; registered?: string };
export type SecretProblems = { dataCenter?: string; secret?: string };

export interface ClientForm {
  readonly clientId: string;
  readonly dataCenter: string;
  readonly problems: ClientProblems;
}

export interface OwnSecretForm {
  readonly dataCenter: string;
  readonly problems: SecretProblems;
}

/** What a refused form held, but for secrets: they are typed again. */
export interface TypedClients {
  readonly form?: ClientForm;
  readonly ownSecret?: OwnSecretForm & { readonly clientId: string };
}

export async function clientsView(keeper: Keeper, typed: TypedClients = {}): Promise<ClientsView> {
  const { config } = keeper;
  const [clients, missing] = await Promise.all([listClients(keeper), missingClients(keeper)]);
  return {
    clients: clients.map((client) => clientView(keeper, client, typed.ownSecret)),
    missing,
    form: typed.form ?? { clientId: missing[0]?.clientId ?? '', dataCenter: config.dataCenter, problems: {} },
    dataCenters: dataCenterChoices(),
    redirectUri: config.redirectUri,
  };
}

function clientView(keeper: Keeper, client: ListedClient, typed: TypedClients['ownSecret']): ClientView {
  const { clientId, dataCenter: home, fromEnvironment, isDefault, isDamaged } = client;
  return {
    clientId,
    href: `/clients/${clientId}`,
    home: countryOf(home),
    fromEnvironment,
    isDefault,
    canBeDefault: !isDefault && keeper.config.client === null,
    isDamaged,
    connections: client.connections.map((name) => ({ name, href: `/connections/${name}` })),
    secrets: client.ownSecrets.map((secret) => ({
      dataCenter: secret.dataCenter,
      country: countryOf(secret.dataCenter),
      saved: moment(secret.savedAt, keeper.now()),
      used: secret.dataCenter !== home,
      isDamaged: secret.isDamaged,
    })),
    choices: dataCenterChoices().filter(({ code }) => code !== home),
    form: typed?.clientId === clientId ? typed : { dataCenter: '', problems: {} },
  };
}
