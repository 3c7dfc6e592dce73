// The only hosts that this program ever sends a secret to. They cannot be built from a suffix: Canada's accounts host
// and API host have different names (docs/zoho.md, "Data centres").
export interface DataCenter {
  /** The code that Zoho puts into `location` of the callback. */
  readonly code: DataCenterCode;
  readonly country: string;
  /** Origin of Zoho Accounts: consent, token and revoke endpoints. No trailing slash. */
  readonly accountsUrl: string;
  /** Origin of the product APIs, as Zoho names it in `api_domain`. No trailing slash. */
  readonly apiUrl: string;
  /** Suffix of hosts that products have of their own, e.g. desk.zoho.eu, desk.zohocloud.ca. */
  readonly productSuffix: string;
  /** Origin to which CRM's files are uploaded. */
  readonly contentUrl: string;
  /** Origin to which WorkDrive's large files are uploaded. */
  readonly uploadUrl: string;
  readonly consoleUrl: string;
}

export const dataCenterCodes = ['us', 'eu', 'in', 'au', 'jp', 'ca', 'sa', 'uk', 'cn', 'ae', 'sg'] as const;
export type DataCenterCode = (typeof dataCenterCodes)[number];

/** Stored in the database, do not change. CRM's environments: a token is good in one of them only. */
export type Environment = 'production' | 'sandbox' | 'developer';

function zoho(code: DataCenterCode, country: string, suffix: string): DataCenter {
  return {
    code,
    country,
    accountsUrl: `https://accounts.zoho.${suffix}`,
    apiUrl: `https://www.zohoapis.${suffix}`,
    productSuffix: `zoho.${suffix}`,
    contentUrl: `https://content.zohoapis.${suffix}`,
    uploadUrl: `https://upload.zoho.${suffix}`,
    consoleUrl: `https://api-console.zoho.${suffix}`,
  };
}

const table: Readonly<Record<DataCenterCode, DataCenter>> = {
  us: zoho('us', 'United States', 'com'),
  eu: zoho('eu', 'Europe', 'eu'),
  in: zoho('in', 'India', 'in'),
  au: zoho('au', 'Australia', 'com.au'),
  jp: zoho('jp', 'Japan', 'jp'),
  ca: {
    code: 'ca',
    country: 'Canada',
    accountsUrl: 'https://accounts.zohocloud.ca',
    apiUrl: 'https://www.zohoapis.ca',
    productSuffix: 'zohocloud.ca',
    contentUrl: 'https://upload.zohocloud.ca',
    uploadUrl: 'https://upload.zohocloud.ca',
    consoleUrl: 'https://api-console.zohocloud.ca',
  },
  sa: {
    ...zoho('sa', 'Saudi Arabia', 'sa'),
    contentUrl: 'https://files.zoho.sa',
    uploadUrl: 'https://files.zoho.sa',
  },
  uk: zoho('uk', 'United Kingdom', 'uk'),
  cn: zoho('cn', 'China', 'com.cn'),
  ae: { ...zoho('ae', 'United Arab Emirates', 'ae'), uploadUrl: 'https://files.zoho.ae' },
  sg: zoho('sg', 'Singapore', 'sg'),
};

export const dataCenters: readonly DataCenter[] = dataCenterCodes.map((code) => table[code]);

export function isDataCenterCode(value: unknown): value is DataCenterCode {
  return typeof value === 'string' && Object.hasOwn(table, value);
}

/** The data centre as Zoho publishes it. Calls go through `ZohoHosts`, which knows the configured replacements. */
export function dataCenter(code: DataCenterCode): DataCenter {
  return table[code];
}
