import type { ConnectionExport } from './connection-export';
import { php } from './php';

/** A file to include: `getAccessToken()` gives a valid token and keeps it in token.json beside it. */
export function phpFunction(of: ConnectionExport): string {
  return `<?php
// include 'zoho.php'; then getAccessToken() gives a token that is valid for five minutes at least. One refresh serves all
// scripts on this computer: they share token.json, which has to be in a folder that they may write to.

const ZOHO_CLIENT_ID = ${php(of.clientId)};
const ZOHO_CLIENT_SECRET = ${php(of.clientSecret)};
const ZOHO_REFRESH_TOKEN = ${php(of.refreshToken)};
const ZOHO_ACCOUNTS_URL = ${php(of.accountsUrl)};
const ZOHO_API_DOMAIN = ${php(of.apiDomain)};
const ZOHO_TOKEN_FILE = __DIR__ . '/token.json';

function getAccessToken(): string
{
    $lock = fopen(ZOHO_TOKEN_FILE . '.lock', 'c');
    if ($lock === false || !flock($lock, LOCK_EX)) {
        throw new RuntimeException('The folder of token.json cannot be written.');
    }
    try {
        $stored = is_file(ZOHO_TOKEN_FILE) ? json_decode(file_get_contents(ZOHO_TOKEN_FILE), true) : null;
        $end = strtotime($stored['expires_at'] ?? '1970-01-01T00:00:00Z');
        return $end - time() > 300 ? $stored['access_token'] : generateAccessTokenFromRefreshToken();
    } finally {
        fclose($lock);
    }
}

/** Asks Zoho for a new token and stores it. A refusal leaves token.json as it was. */
function generateAccessTokenFromRefreshToken(): string
{
    $form = http_build_query([
        'grant_type' => 'refresh_token',
        'client_id' => ZOHO_CLIENT_ID,
        'client_secret' => ZOHO_CLIENT_SECRET,
        'refresh_token' => ZOHO_REFRESH_TOKEN,
    ]);
    $now = time();
    $http = ['method' => 'POST', 'header' => 'Content-Type: application/x-www-form-urlencoded', 'content' => $form];
    $context = stream_context_create(['http' => $http + ['timeout' => 15, 'ignore_errors' => true]]);
    $answer = json_decode((string) @file_get_contents(ZOHO_ACCOUNTS_URL . '/oauth/v2/token', false, $context), true);
    // Zoho refuses with status 200 as well, so only the body tells.
    if (empty($answer['access_token'])) {
        throw new RuntimeException('Zoho gave no token: ' . ($answer['error'] ?? 'no answer that can be read'));
    }
    $end = $now + (int) ($answer['expires_in'] ?? 3600);
    $token = [
        'access_token' => $answer['access_token'],
        'created_at' => gmdate('Y-m-d H:i:s', $end - 3600),
        'expires_at' => gmdate('Y-m-d\\TH:i:s\\Z', $end),
    ];
    $draft = tempnam(dirname(ZOHO_TOKEN_FILE), 'token');
    file_put_contents($draft, json_encode($token, JSON_UNESCAPED_SLASHES) . "\\n");
    rename($draft, ZOHO_TOKEN_FILE);
    return $token['access_token'];
}
`;
}
