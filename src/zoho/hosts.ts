import { type DataCenterCode, dataCenter, dataCenters } from './data-centers';

/** Where calls to a data centre go: Zoho's own hosts, or their configured replacements (simulator, tests). */
export interface ZohoHosts {
  accountsUrl(code: DataCenterCode): string;
  apiUrl(code: DataCenterCode): string;
  /** Whether `accounts-server` of a callback fits the data centre that `location` named. It is never a target. */
  isAccountsServer(code: DataCenterCode, url: string): boolean;
  /** The data centre whose accounts server this is, when it is one of ours. */
  locate(accountsServer: string): DataCenterCode | undefined;
  /** `api_domain` of a token answer if it is a host of our table, else null. */
  knownApiDomain(code: DataCenterCode, claimed: unknown): string | null;
  /** The same, but else the data centre's own API host. */
  trustedApiDomain(code: DataCenterCode, claimed: unknown): string;
}

type Replacements = Readonly<Partial<Record<DataCenterCode, string>>>;

export function zohoHosts(accountsUrls: Replacements = {}, apiUrls: Replacements = {}): ZohoHosts {
  const hosts: ZohoHosts = {
    accountsUrl: (code) => accountsUrls[code] ?? dataCenter(code).accountsUrl,
    apiUrl: (code) => apiUrls[code] ?? accountsUrls[code] ?? dataCenter(code).apiUrl,
    isAccountsServer: (code, url) =>
      [hosts.accountsUrl(code), dataCenter(code).accountsUrl].some((known) => url === known || url === `${known}/`),
    locate: (accountsServer) => dataCenters.find(({ code }) => hosts.isAccountsServer(code, accountsServer))?.code,
    knownApiDomain(code, claimed) {
      const replaced = apiUrls[code] ?? accountsUrls[code];
      if (replaced !== undefined) return replaced;
      if (typeof claimed !== 'string') return null;
      return dataCenters.some(({ apiUrl }) => environments(apiUrl).includes(claimed)) ? claimed : null;
    },
    trustedApiDomain: (code, claimed) => hosts.knownApiDomain(code, claimed) ?? hosts.apiUrl(code),
  };
  return hosts;
}

/** A CRM sandbox or developer account is reached at a host of its own: docs/zoho.md, "Data centres". */
function environments(apiUrl: string): string[] {
  return ['www', 'sandbox', 'developer'].map((environment) => apiUrl.replace('//www.', `//${environment}.`));
}
