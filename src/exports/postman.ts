import type { OpenExport, TokenExport } from './connection-export';

/** Calls through the Keeper, and as a folder the way by hand. Holds nothing secret: all values are the environment's. */
export function postmanCollection({ connection }: OpenExport): string {
  const keeper = '{{keeper_url}}/api/v1/connections/{{connection}}';
  const collection = {
    info: {
      name: `Zoho: ${connection}`,
      description: 'Choose the environment that belongs to it, and set keeper_key there to an API key of the Keeper.',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item: [
      {
        name: 'Through the Keeper',
        auth: bearer('keeper_key'),
        item: [
          request('A valid access token', 'GET', `${keeper}/token`, keepsAccessToken),
          request('Organisation, through the proxy', 'GET', `${keeper}/proxy/crm/v8/org`, answersOk),
        ],
      },
      { name: 'By hand', item: byHand },
    ],
  };
  return `${JSON.stringify(collection, null, 2)}\n`;
}

/** Values for the collection. Postman shows and shares those of the type secret masked. */
export function postmanEnvironment(of: TokenExport): string {
  const environment = {
    name: `Zoho: ${of.connection}`,
    values: [
      value('keeper_url', of.keeperUrl),
      value('connection', of.connection),
      secret('keeper_key', ''),
      value('client_id', of.clientId ?? ''),
      secret('client_secret', of.clientSecret ?? ''),
      secret('refresh_token', of.refreshToken ?? ''),
      secret('access_token', of.accessToken),
      value('access_token_expires_at', of.expiresAt),
      value('accounts_url', of.accountsUrl ?? ''),
      value('api_domain', of.apiDomain),
      value('scopes', of.scopes.join(',')),
      value('redirect_uri', of.redirectUri ?? ''),
      secret('code', ''),
    ],
    _postman_variable_scope: 'environment',
  };
  return `${JSON.stringify(environment, null, 2)}\n`;
}

const answersOk = [scriptOf('test', ["pm.test('answers', () => pm.response.to.have.status(200));"])];
const keepsAccessToken = [
  scriptOf('test', [
    "pm.test('there is a token', () => pm.expect(pm.response.json()).to.have.property('access_token'));",
    "pm.environment.set('access_token', pm.response.json().access_token);",
  ]),
];
const keepsBothTokens = [
  scriptOf('prerequest', ["if (!pm.environment.get('code')) pm.execution.skipRequest();"]),
  scriptOf('test', [
    "pm.environment.unset('code');",
    "pm.test('there is a refresh token', () => pm.expect(pm.response.json()).to.have.property('refresh_token'));",
    "for (const name of ['refresh_token', 'access_token']) pm.environment.set(name, pm.response.json()[name]);",
  ]),
];
/** It is for a browser, so a run of the whole collection goes on without it. */
const isForBrowser = [scriptOf('prerequest', ['pm.execution.skipRequest();'])];

const consent =
  '{{accounts_url}}/oauth/v2/auth?response_type=code&access_type=offline&prompt=consent' +
  '&client_id={{client_id}}&scope={{scopes}}&redirect_uri={{redirect_uri}}';
const tokenUrl = '{{accounts_url}}/oauth/v2/token';
/** Not all of Zoho's products take Bearer. */
const zohoToken = [{ key: 'Authorization', value: 'Zoho-oauthtoken {{access_token}}' }];
const client = { client_id: '{{client_id}}', client_secret: '{{client_secret}}' };

const byHand = [
  request('1. Open this address in a browser, and set code to what comes back', 'GET', consent, isForBrowser),
  request('2. Exchange the code within a minute', 'POST', tokenUrl, keepsBothTokens, {
    body: form({ grant_type: 'authorization_code', ...client, redirect_uri: '{{redirect_uri}}', code: '{{code}}' }),
  }),
  request('3. A new access token', 'POST', tokenUrl, keepsAccessToken, {
    body: form({ grant_type: 'refresh_token', ...client, refresh_token: '{{refresh_token}}' }),
  }),
  request('4. A call', 'GET', '{{api_domain}}/crm/v8/org', answersOk, { header: zohoToken }),
];

function request(name: string, method: string, url: string, event: readonly object[], more: object = {}) {
  return { name, event, request: { method, url, ...more } };
}

function scriptOf(listen: 'test' | 'prerequest', lines: readonly string[]) {
  return { listen, script: { type: 'text/javascript', exec: lines } };
}

function form(fields: Readonly<Record<string, string>>) {
  return { mode: 'urlencoded', urlencoded: Object.entries(fields).map(([key, text]) => ({ key, value: text })) };
}

function bearer(variable: string) {
  return { type: 'bearer', bearer: [{ key: 'token', value: `{{${variable}}}`, type: 'string' }] };
}

function value(key: string, text: string) {
  return { key, value: text, type: 'default', enabled: true };
}

function secret(key: string, text: string) {
  return { key, value: text, type: 'secret', enabled: true };
}
