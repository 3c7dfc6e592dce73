import { type ConnectionExport, isWhole, type TokenExport } from './connection-export';

/** A refresh, where the client is known, and a call, to paste into a shell. */
export function curl(of: TokenExport): string {
  return [
    ...(isWhole(of) ? refresh(of) : []),
    `# A call, with the access token that is good until ${of.expiresAt}.`,
    `curl -sS ${quoted(`${of.apiDomain}/crm/v8/org`)} \\`,
    `  -H ${quoted(`Authorization: Zoho-oauthtoken ${of.accessToken}`)}`,
    '',
  ].join('\n');
}

function refresh(of: ConnectionExport): string[] {
  const form = [
    'grant_type=refresh_token',
    `client_id=${of.clientId}`,
    `client_secret=${of.clientSecret}`,
    `refresh_token=${of.refreshToken}`,
  ];
  return [
    '# A new access token. Zoho gives out ten in ten minutes for one refresh token, so keep it for its hour.',
    `curl -sS ${quoted(`${of.accountsUrl}/oauth/v2/token`)} \\`,
    form.map((field) => `  --data-urlencode ${quoted(field)}`).join(' \\\n'),
    '',
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
