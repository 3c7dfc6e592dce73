import { Problem } from '../lib/problem';
import { dataCenter, type DataCenterCode } from '../zoho/data-centers';
import type { TokenExport } from './connection-export';

/** Data centres that Zoho's SDKs 8.0 have a class for. Programs for others name the environment themselves. */
const known: readonly DataCenterCode[] = ['us', 'eu', 'in', 'au', 'jp', 'cn', 'ca', 'sa'];

/** The columns go by position; some SDKs call two of them otherwise. */
const usual = { user: 'user_name', redirect: 'redirect_url' };
export const sdkStore = storeWith(usual);
export const sdkStoreTypeScript = storeWith({ ...usual, user: 'user_mail' });
export const sdkStorePython = storeWith({ ...usual, redirect: 'redirect_uri' });

/** The token store file of Zoho's SDKs 8.0, with the one row that they find by the id 1. */
function storeWith({ user, redirect }: typeof usual) {
  return (of: TokenExport): string => {
    const columns: readonly (readonly [heading: string, value: string])[] = [
      ['id', '1'],
      [user, isCell(of.userEmail ?? '') ? (of.userEmail ?? '') : ''],
      ['client_id', cell('client ID', of.clientId ?? '')],
      ['client_secret', cell('client secret', of.clientSecret ?? '')],
      ['refresh_token', cell('refresh token', of.refreshToken ?? '')],
      ['access_token', cell('access token', of.accessToken)],
      ['grant_token', ''],
      ['expiry_time', String(Date.parse(of.expiresAt))],
      [redirect, isCell(of.redirectUri ?? '') ? (of.redirectUri ?? '') : ''],
      ['api_domain', isKnown(of.apiDomain) ? of.apiDomain : ''],
    ];
    const headings = columns.map(([heading]) => heading).join(',');
    const row = columns.map(([, value]) => value).join(',');
    return `${headings}\n${row}\n`;
  };
}

/** A CRM sandbox or developer account has a host of its own, which the SDKs know as well. */
function isKnown(apiDomain: string): boolean {
  const production = apiDomain.replace(/^https:\/\/(sandbox|developer)\./, 'https://www.');
  return known.some((code) => dataCenter(code).apiUrl === production);
}

/** Half of the SDKs split at every comma, so nothing can be quoted. */
function isCell(text: string): boolean {
  return !/[,"\s\0]/.test(text);
}

function cell(what: string, text: string): string {
  if (isCell(text)) return text;
  const sentence = `The ${what} has a comma, a quote or a space, which the token store of Zoho’s SDKs cannot hold.`;
  throw new Problem(409, 'not_exportable', sentence, 'Use a class that asks the Keeper instead.');
}
