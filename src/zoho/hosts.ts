import { type DataCenterCode, dataCenter, dataCenters, type Environment } from './data-centers';

/** Where calls to a data centre go: Zoho's own hosts, or their configured replacements (simulator, tests). */
export interface ZohoHosts {
  accountsUrl(code: DataCenterCode): string;
  apiUrl(code: DataCenterCode): string;
  /** Whether `accounts-server` of a callback fits the data centre that `location` named. It is never a target. */
  isAccountsServer(code: DataCenterCode, url: string): boolean;
  locate(accountsServer: string): DataCenterCode | undefined;
  /** Where to call: the API host that `api_domain` named, when it is one of our table, else the data centre's own. */
  trustedApiDomain(code: DataCenterCode, claimed: unknown): string;
}

type Replacements = Readonly<Partial<Record<DataCenterCode, string>>>;

export function zohoHosts(accountsUrls: Replacements = {}, apiUrls: Replacements = {}): ZohoHosts {
  const hosts: ZohoHosts = {
    accountsUrl: (code) => accountsUrls[code] ?? dataCenter(code).accountsUrl,
    apiUrl: (code) => apiUrls[code] ?? accountsUrls[code] ?? dataCenter(code).apiUrl,
    isAccountsServer: (code, url) =>
      [hosts.accountsUrl(code), dataCenter(code).accountsUrl].some((known) => originOf(known) === originOf(url)),
    locate: (accountsServer) => dataCenters.find(({ code }) => hosts.isAccountsServer(code, accountsServer))?.code,
    trustedApiDomain: (code, claimed) =>
      apiUrls[code] ?? accountsUrls[code] ?? knownApiDomain(claimed) ?? hosts.apiUrl(code),
  };
  return hosts;
}

/** A CRM sandbox or developer account is reached at a host of its own: docs/zoho.md, "Data centres". */
const labels = { production: 'www', sandbox: 'sandbox', developer: 'developer' } as const;
const environments = ['production', 'sandbox', 'developer'] as const;

const apiHosts: ReadonlyMap<string, Environment> = new Map(
  dataCenters.flatMap(({ apiUrl }) =>
    environments.map((environment) => [apiUrl.replace('//www.', `//${labels[environment]}.`), environment] as const),
  ),
);

/** `api_domain` of a token answer as our table writes it; null when it is no host of ours. */
export function knownApiDomain(claimed: unknown): string | null {
  const origin = typeof claimed === 'string' ? originOf(claimed) : null;
  return origin !== null && apiHosts.has(origin) ? origin : null;
}

export function environmentOf(apiDomain: string): Environment | null {
  return apiHosts.get(apiDomain) ?? null;
}

/** Null for all but a plain http(s) origin. Only for comparing: what comes from outside is never called. */
function originOf(url: string): string | null {
  return /^https?:\/\/[\w.:[\]-]+\/?$/.test(url) && URL.canParse(url) ? new URL(url).origin : null;
}
