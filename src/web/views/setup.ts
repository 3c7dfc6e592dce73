import { listClients } from '../../connections/client-list';
import type { Keeper } from '../../keeper';
import type { ClientProblems } from './clients';
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
  /** What was pasted back to be compared with the redirect URI, and whether it was found to be the same. */
  registered: string;
  said: boolean;
  problems: ClientProblems;
  /** The client of today, whatever has been typed; null when there is none. */
  current: { clientId: string; home: string } | null;
}

/** `typed` is what a refused form held, but for the secret: it is typed again. */
export async function setupView(
  keeper: Keeper,
  typed: Partial<Pick<SetupView, 'clientId' | 'dataCenter' | 'registered' | 'said' | 'problems'>> = {},
): Promise<SetupView> {
  const { config } = keeper;
  const client = (await listClients(keeper)).find(({ isDefault, isDamaged }) => isDefault && !isDamaged);
  return {
    fromEnvironment: config.client !== null,
    clientId: client?.clientId ?? '',
    hasSecret: client !== undefined,
    connections: client?.connections.length ?? 0,
    dataCenter: client?.dataCenter ?? config.dataCenter,
    dataCenters: dataCenterChoices(),
    homepageUrl: config.baseUrl,
    redirectUri: config.redirectUri,
    registered: '',
    said: false,
    problems: {},
    ...typed,
    current: client ? { clientId: client.clientId, home: countryOf(client.dataCenter) } : null,
  };
}
