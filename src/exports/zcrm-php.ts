import type { ConnectionExport, TokenExport } from './connection-export';
import { php } from './php';

const tokensClass = 'zcrmsdk\\oauth\\utility\\ZohoOAuthTokens';

/** The configuration of zcrm-php-sdk: `ZCRMRestClient::initialize(require 'config.php')`. */
export function zcrmConfig(of: ConnectionExport): string {
  const settings = {
    client_id: php(of.clientId),
    client_secret: php(of.clientSecret),
    redirect_uri: php(of.redirectUri),
    currentUserEmail: php(userOf(of)),
    // A folder: the SDK looks for zcrm_oauthtokens.txt in it.
    token_persistence_path: '__DIR__',
    accounts_url: php(of.accountsUrl),
    apiBaseUrl: php(of.apiDomain.replace(/^https?:\/\//, '')),
    apiVersion: php('v2'),
    access_type: php('offline'),
  };
  const lines = Object.entries(settings).map(([name, value]) => `    '${name}' => ${value},`);
  return ['<?php', 'return [', ...lines, '];', ''].join('\n');
}

/** Its tokens as PHP serializes them. Lengths are in bytes. */
export function zcrmTokens(of: TokenExport): string {
  const members = [
    `${property('refreshToken')}${text(of.refreshToken ?? '')}`,
    `${property('accessToken')}${text(of.accessToken)}`,
    `${property('expiryTime')}d:${Date.parse(of.expiresAt)};`,
    `${property('userEmailId')}${text(userOf(of))}`,
  ];
  const object = `O:${tokensClass.length}:"${tokensClass}":${members.length}:{${members.join('')}}`;
  return `a:1:{i:0;${object}}`;
}

/** The SDK compares this in both files; it need not be an e-mail address. */
function userOf({ userEmail, connection }: TokenExport): string {
  return userEmail ?? connection;
}

/** The name of a private property holds that of its class, between NUL bytes. */
function property(name: string): string {
  return text(`\0${tokensClass}\0${name}`);
}

function text(value: string): string {
  return `s:${Buffer.byteLength(value)}:"${value}";`;
}
