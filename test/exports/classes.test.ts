import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { someKey } from '../support/program';
import { inProcess, type TestApp } from '../support/start';
import { person } from '../support/person';
import { itWith, make } from './support';

// The classes for SDKs that npm does not have, on what little of those they use. Those for Node and TypeScript are in sdk.long.test.ts.

const run = promisify(execFile);
let app: TestApp;
let folder: string;
let env: Record<string, string | undefined>;
beforeAll(async () => {
  app = await inProcess();
  await person(app).connect({ name: 'crm' });
  folder = mkdtempSync(join(tmpdir(), 'keeper-class-'));
  const key = await someKey(app.server.store, { connections: ['crm'], rights: 'read' });
  env = { PATH: process.env['PATH'], KEEPER_URL: app.url, KEEPER_KEY: key };
});
afterAll(async () => {
  await app.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What a program prints: the token, its end in milliseconds, and the API domain where the SDK wants it. */
async function printed(program: string, files: Readonly<Record<string, string>>, code: string): Promise<string[]> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const flag = program === 'php' ? '-r' : '-c';
  const { stdout } = await run(program, [flag, code], { cwd: folder, env });
  return stdout.trim().split(' ');
}

async function expected(): Promise<string[]> {
  const headers = { Authorization: `Bearer ${env['KEEPER_KEY']}` };
  const answer = await fetch(`${app.url}/api/v1/connections/crm/token`, { headers });
  const token = (await answer.json()) as Record<'access_token' | 'expires_at' | 'api_domain', string>;
  const end = Math.floor(Date.parse(token.expires_at) / 1000) * 1000;
  return [token.access_token, String(end), token.api_domain];
}

itWith('php')('store-php gives the SDK for PHP a token, its end and its API domain', async () => {
  const builder = `<?php namespace com\\zoho\\api\\authenticator;
    class Token { public $id; public $at; public $end; public $domain;
      function setExpiresIn($end) { $this->end = $end; } function setAPIDomain($domain) { $this->domain = $domain; } }
    class OAuthBuilder { private $token; function __construct() { $this->token = new Token(); }
      function id($id) { $this->token->id = $id; return $this; } function findUser($find) { return $this; }
      function accessToken($at) { $this->token->at = $at; return $this; } function build() { return $this->token; } }`;
  const store = `<?php namespace com\\zoho\\api\\authenticator\\store; use com\\zoho\\api\\authenticator\\Token;
    interface TokenStore { function findToken(Token $token); function findTokenById($id); function saveToken(Token $token);
      function deleteToken($id); function getTokens(); function deleteTokens(); }`;
  const files = { 'builder.php': builder, 'store.php': store, 'KeeperStore.php': make('store-php') };
  const code = `require 'builder.php'; require 'store.php'; require 'KeeperStore.php';
    $token = (new KeeperStore())->findTokenById('crm'); echo "$token->at $token->end $token->domain";`;
  expect(await printed('php', files, code)).toEqual(await expected());
});

itWith('php')('store-zcrm-php gives zcrm-php-sdk a token and its end', async () => {
  const sdk = `<?php namespace zcrmsdk\\oauth\\persistence;
    interface ZohoOAuthPersistenceInterface { function saveOAuthData($t); function getOAuthTokens($u); function deleteOAuthTokens($u); }`;
  const tokens = `<?php namespace zcrmsdk\\oauth\\utility;
    class ZohoOAuthTokens { public $at; public $end; function setUserEmailId($user) {}
      function setAccessToken($at) { $this->at = $at; } function setExpiryTime($end) { $this->end = $end; } }`;
  const files = { 'sdk.php': sdk, 'tokens.php': tokens, 'KeeperPersistence.php': make('store-zcrm-php') };
  const code = `require 'sdk.php'; require 'tokens.php'; require 'KeeperPersistence.php';
    $token = (new KeeperPersistence())->getOAuthTokens('crm'); echo "$token->at $token->end";`;
  expect(await printed('php', files, code)).toEqual((await expected()).slice(0, 2));
});

const python = {
  'zohocrmsdk/src/com/zoho/api/authenticator/__init__.py': `
class OAuthToken:
    def __init__(self, access_token=None, id=None, find_user=True):
        self.at = access_token
    def set_expires_in(self, end):
        self.end = end
    def set_api_domain(self, domain):
        self.domain = domain
`,
  'zohocrmsdk/src/com/zoho/api/authenticator/store/__init__.py': 'class TokenStore:\n    pass\n',
  'keeper_store.py': make('store-python'),
};

itWith('python3')('store-python gives the SDK for Python a token, its end and its API domain', async () => {
  const code = `
from keeper_store import KeeperStore
token = KeeperStore().find_token_by_id('crm')
print(token.at, int(token.end) // 1000 * 1000, token.domain)`;
  expect(await printed('python3', python, code)).toEqual(await expected());
});

itWith('python3')('store-python tells in words what is wrong', async () => {
  const code = `
from keeper_store import KeeperStore
try:
    KeeperStore().find_token_by_id('nobody')
except RuntimeError as error:
    print(str(error).split(':')[0])`;
  expect(await printed('python3', python, code)).toEqual(['The', 'Keeper']);
});
