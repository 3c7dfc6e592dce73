import { listClients } from '../../connections/client-list';
import type { Keeper } from '../../keeper';
import type { ClientProblems } from './clients';
import { type DataCenterChoice, dataCenterChoices } from './data-centers';

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
  problems: ClientProblems;
}

/** `typed` is what a refused form held, but for the secret: it is typed again. */
export async function setupView(
  keeper: Keeper,
  typed: Partial<Pick<SetupView, 'clientId' | 'dataCenter' | 'problems'>> = {},
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
    problems: {},
    ...typed,
  };
}
