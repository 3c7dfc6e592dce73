import { dataCenter, type DataCenterCode, dataCenters } from '../../zoho/data-centers';

export interface DataCenterChoice {
  code: DataCenterCode;
  label: string;
  consoleUrl: string;
}

export function dataCenterChoices(): DataCenterChoice[] {
  return dataCenters.map(({ code, country, consoleUrl, accountsUrl }) => ({
    code,
    label: `${country} (${new URL(accountsUrl).host})`,
    consoleUrl,
  }));
}

export function countryOf(code: DataCenterCode): string {
  return dataCenter(code).country;
}
