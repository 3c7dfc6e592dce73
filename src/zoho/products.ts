import { dataCenter, type DataCenterCode } from './data-centers';
import type { ZohoHosts } from './hosts';

export interface Product {
  /** As people write it behind `~` in the proxy's path. */
  readonly code: string;
  readonly name: string;
  /** `api`: the connection's API domain; `accounts`: Zoho Accounts; otherwise the subdomain that is the product's own. */
  readonly host: string;
  /** First part of its scopes, in lower case. */
  readonly scopes: string;
  /** Calls that only read, the cheapest first, each with the scopes of which one is needed. */
  readonly calls: readonly { readonly path: string; readonly anyOf: readonly string[] }[];
}

export interface Place {
  readonly dataCenter: DataCenterCode;
  readonly apiDomain: string;
}

type ProductCall = [path: string, ...anyOf: string[]];

function product(code: string, name: string, host: string, scopes: string, ...calls: ProductCall[]): Product {
  const listed = calls.map(([path, ...anyOf]) => ({ path, anyOf }));
  return { code, name, host, scopes: scopes.toLowerCase(), calls: listed };
}

/** Sources and certainty of each line: docs/zoho.md, "Calling product APIs". */
export const products: readonly Product[] = [
  product('profile', 'Profile', 'accounts', 'AaaServer', ['/oauth/user/info', 'AaaServer.profile.READ']),
  product(
    'crm',
    'CRM',
    'api',
    'ZohoCRM',
    ['/crm/v8/users?type=CurrentUser', 'ZohoCRM.users.READ'],
    ['/crm/v8/org', 'ZohoCRM.org.READ'],
    ['/crm/v8/Contacts?fields=id&per_page=1', 'ZohoCRM.modules.READ', 'ZohoCRM.modules.contacts.READ'],
  ),
  product(
    'bigin',
    'Bigin',
    'api',
    'ZohoBigin',
    ['/bigin/v2/users?type=CurrentUser', 'ZohoBigin.users.READ'],
    ['/bigin/v2/org', 'ZohoBigin.org.READ'],
  ),
  product('books', 'Books', 'api', 'ZohoBooks', ['/books/v3/organizations', 'ZohoBooks.settings.READ']),
  product('inventory', 'Inventory', 'api', 'ZohoInventory', [
    '/inventory/v1/organizations',
    'ZohoInventory.settings.READ',
  ]),
  product('invoice', 'Invoice', 'api', 'ZohoInvoice', ['/invoice/v3/organizations', 'ZohoInvoice.settings.READ']),
  product('billing', 'Billing', 'api', 'ZohoSubscriptions', [
    '/billing/v1/organizations',
    'ZohoSubscriptions.settings.READ',
  ]),
  product('expense', 'Expense', 'api', 'ZohoExpense', ['/expense/v1/organizations', 'ZohoExpense.orgsettings.READ']),
  product('creator', 'Creator', 'api', 'ZohoCreator', ['/creator/v2/meta/applications', 'ZohoCreator.dashboard.READ']),
  product('workdrive', 'WorkDrive', 'api', 'WorkDrive', ['/workdrive/api/v1/users/me', 'WorkDrive.users.READ']),
  product('bookings', 'Bookings', 'api', 'zohobookings', ['/bookings/v1/json/workspaces', 'zohobookings.data.CREATE']),
  product('desk', 'Desk', 'desk', 'Desk', ['/api/v1/organizations', 'Desk.basic.READ', 'Desk.settings.READ']),
  product('mail', 'Mail', 'mail', 'ZohoMail', ['/api/accounts', 'ZohoMail.accounts.READ']),
  product('calendar', 'Calendar', 'calendar', 'ZohoCalendar', ['/api/v1/calendars', 'ZohoCalendar.calendar.READ']),
  product('projects', 'Projects', 'projectsapi', 'ZohoProjects', ['/api/v3/portals', 'ZohoProjects.portals.READ']),
  product('people', 'People', 'people', 'ZOHOPEOPLE', ['/people/api/forms', 'ZOHOPEOPLE.forms.READ']),
  product(
    'recruit',
    'Recruit',
    'recruit',
    'ZohoRecruit',
    ['/recruit/v2/users?type=CurrentUser', 'ZohoRecruit.users.READ'],
    ['/recruit/v2/org', 'ZohoRecruit.org.READ'],
  ),
  product('analytics', 'Analytics', 'analyticsapi', 'ZohoAnalytics', [
    '/restapi/v2/orgs',
    'ZohoAnalytics.metadata.read',
  ]),
  product(
    'sign',
    'Sign',
    'sign',
    'ZohoSign',
    ['/api/v1/accounts', 'ZohoSign.account.READ'],
    ['/api/v1/templates', 'ZohoSign.templates.READ'],
  ),
  product('cliq', 'Cliq', 'cliq', 'ZohoCliq', ['/api/v2/users/me', 'ZohoCliq.Users.READ']),
  product('meeting', 'Meeting', 'meeting', 'ZohoMeeting', ['/api/v2/user.json', 'ZohoMeeting.manageOrg.READ']),
  // Its calls have the name of the portal in their path, which is not known here.
  product('salesiq', 'SalesIQ', 'salesiq', 'SalesIQ'),
  product('campaigns', 'Campaigns', 'campaigns', 'ZohoCampaigns', [
    '/api/v1.1/getmailinglists?resfmt=JSON',
    'ZohoCampaigns.contact.READ',
  ]),
  product('sheet', 'Sheet', 'sheet', 'ZohoSheet', ['/api/v2/workbooks?method=workbook.list', 'ZohoSheet.dataAPI.READ']),
  product('sprints', 'Sprints', 'sprintsapi', 'ZohoSprints', ['/zsapi/teams/', 'ZohoSprints.teams.READ']),
];

/** Hosts that only carry files, under their words behind `~`: CRM's uploads, and WorkDrive's both ways. */
export const fileHosts: readonly string[] = ['content', 'upload', 'download'];

/** The host that a word behind `~` stands for. Undefined for Zoho Accounts as well: only the Keeper's own calls go there. */
export function hostOfWord(word: string): string | undefined {
  if (fileHosts.includes(word)) return word;
  const host = findProduct(word)?.host;
  return host === 'accounts' ? undefined : host;
}

export function findProduct(code: string): Product | undefined {
  return products.find((candidate) => candidate.code === code);
}

/** Which product a call is for, by a code of our table or its host; on the API domain the path begins with the code. */
export function productAt(host: string, path: string): string {
  const [, first = ''] = path.toLowerCase().split(/[/?]/);
  const found = products.find((candidate) => candidate.host === host && (host !== 'api' || candidate.code === first));
  return found?.code ?? host;
}

/** Origin of an API host (see Product) for an account. Always one of our own tables. */
export function apiOrigin(hosts: ZohoHosts, place: Place, host: string): string {
  const { dataCenter: code } = place;
  if (host === 'api') return hosts.trustedApiDomain(code, place.apiDomain);
  if (host === 'accounts') return hosts.accountsUrl(code);
  // A replacement (simulator, tests) stands in for all hosts of its data centre.
  const { apiUrl, contentUrl, uploadUrl, productSuffix } = dataCenter(code);
  if (hosts.apiUrl(code) !== apiUrl) return hosts.apiUrl(code);
  if (host === 'content') return contentUrl;
  return host === 'upload' ? uploadUrl : `https://${host}.${productSuffix}`;
}

/** Null when the path could mean something else to Zoho's servers than to us, or would lead to another host. */
export function callUrl(origin: string, path: string): URL | null {
  const [plain = ''] = path.split('?');
  if (!plain.startsWith('/') || /\/\/|[\\#]|%(2f|5c|00)/i.test(plain)) return null;
  // `..;` counts: servers in Java cut off what follows the semicolon. URL itself resolves `%2e`.
  if (plain.split('/').some((segment) => /^(\.|%2e){1,2}(;.*)?$/i.test(segment))) return null;
  const url = URL.canParse(origin + path) ? new URL(origin + path) : null;
  return url?.origin === origin && url.username === '' ? url : null;
}

/** Whether scopes allow what one of `anyOf` names; `.ALL` includes every operation, `fullaccess` every service. */
export function allowsAny(scopes: readonly string[], anyOf: readonly string[]): boolean {
  const granted = new Set(scopes.map((scope) => scope.toLowerCase()));
  return anyOf.some((needed) => {
    const wanted = needed.toLowerCase();
    const [first = ''] = wanted.split('.');
    return [wanted, wanted.replace(/\.[^.]+$/, '.all'), `${first}.fullaccess.all`].some((name) => granted.has(name));
  });
}

export function productsOf(scopes: readonly string[]): Product[] {
  const prefixes = new Set(scopes.map((scope) => scope.split('.')[0]?.toLowerCase()));
  return products.filter((candidate) => prefixes.has(candidate.scopes));
}
