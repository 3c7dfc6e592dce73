import { type DataCenterCode, dataCenter, dataCenters } from './data-centers';

/** Where calls to a data centre go: Zoho's own hosts, or their configured replacements (simulator, tests). */
export interface ZohoHosts {
  accountsUrl(code: DataCenterCode): string;
  apiUrl(code: DataCenterCode): string;
  /** Whether `accounts-server` of a callback fits the data centre that `location` named. It is never a target. */
  isAccountsServer(code: DataCenterCode, url: string): boolean;
  /** The data centre whose accounts server this is, when it is one of ours. */
  locate(accountsServer: string): DataCenterCode | undefined;
  /** `api_domain` of a token answer if it is a host of our table, else the data centre's own API host. */
  trustedApiDomain(code: DataCenterCode, claimed: unknown): string;
}

type Replacements = Readonly<Partial<Record<DataCenterCode, string>>>;

export function zohoHosts(accountsUrls: Replacements = {}, apiUrls: Replacements = {}): ZohoHosts {
  const hosts: ZohoHosts = {
    accountsUrl: (code) => accountsUrls[code] ?? dataCenter(code).accountsUrl,
    apiUrl: (code) => apiUrls[code] ?? accountsUrls[code] ?? dataCenter(code).apiUrl,
    isAccountsServer: (code, url) => url === hosts.accountsUrl(code) || url === dataCenter(code).accountsUrl,
    locate: (accountsServer) => dataCenters.find(({ code }) => hosts.isAccountsServer(code, accountsServer))?.code,
    trustedApiDomain(code, claimed) {
      const replaced = apiUrls[code] ?? accountsUrls[code];
      if (replaced !== undefined) return replaced;
      const known = dataCenters.some((candidate) => environments(candidate.apiUrl).includes(String(claimed)));
      return known ? String(claimed) : hosts.apiUrl(code);
    },
  };
  return hosts;
}

/** A CRM sandbox or developer account is reached at a host of its own: docs/zoho.md, "Data centres". */
function environments(apiUrl: string): string[] {
  return ['www', 'sandbox', 'developer'].map((environment) => apiUrl.replace('//www.', `//${environment}.`));
}
