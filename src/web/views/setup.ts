import type { Response } from 'express';
import type { Keeper } from '../../keeper';
import { currentClient, type OwnSecret, ownSecrets } from '../../connections/clients';
import type { Client } from '../../zoho/client';
import { dataCenter, type DataCenterCode } from '../../zoho/data-centers';
import { dataCenterChoices } from '../pages/dashboard';
import { type OwnSecretsView, type SetupView, show } from '../render';
import { moment } from '../words';

/** What a refused form held, with the reasons. Secrets are not among it: they are typed again. */
export interface Typed extends Partial<Pick<SetupView, 'clientId' | 'dataCenter' | 'problems'>> {
  readonly ownSecret?: OwnSecretsView['form'];
}

export async function renderSetup(keeper: Keeper, res: Response, typed: Typed): Promise<void> {
  const { config, now } = keeper;
  const { ownSecret, ...form } = typed;
  const client = await currentClient(keeper);
  const own = client && ownSecretsView(client, await ownSecrets(keeper, client.clientId), now());
  show(res, 'setup', {
    fromEnvironment: config.client !== null,
    clientId: client?.clientId ?? '',
    hasSecret: client !== null,
    dataCenter: client?.dataCenter ?? config.dataCenter,
    dataCenters: dataCenterChoices(),
    homepageUrl: config.baseUrl,
    redirectUri: config.redirectUri,
    problems: {},
    ownSecrets: own && { ...own, ...(ownSecret && { form: ownSecret }) },
    ...form,
  });
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

export function countryOf(code: DataCenterCode): string {
  return dataCenter(code).country;
}
