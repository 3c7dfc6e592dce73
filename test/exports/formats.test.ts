import { findFormat, formats } from '../../src/exports/formats';
import { make, sample } from './support';

const header =
  'id,user_name,client_id,client_secret,refresh_token,access_token,grant_token,expiry_time,redirect_url,api_domain';
const row =
  '1,maria@brightwater.example,1000.ABC,client-secret,1000.refresh,1000.access,,1795646220500,' +
  'http://localhost:3000/oauth/callback,https://www.zohoapis.eu';

const bare = { clientId: null, clientSecret: null, refreshToken: null, accountsUrl: null, redirectUri: null };

const expected: readonly (readonly [format: string, text: string])[] = [
  [
    'env',
    'ZOHO_CLIENT_ID=1000.ABC\nZOHO_CLIENT_SECRET=client-secret\nZOHO_REFRESH_TOKEN=1000.refresh\n' +
      'ZOHO_ACCESS_TOKEN=1000.access\nZOHO_ACCESS_TOKEN_EXPIRES_AT=2026-11-25T22:37:00.500Z\n' +
      'ZOHO_ACCOUNTS_URL=https://accounts.zoho.eu\nZOHO_API_DOMAIN=https://www.zohoapis.eu\n',
  ],
  [
    'token-json',
    '{"access_token":"1000.access","created_at":"2026-11-25 21:37:00","expires_at":"2026-11-25T22:37:00.500Z"}\n',
  ],
  ['sdk-nodejs', `${header}\n${row}\n`],
  ['sdk-php', `${header}\n${row}\n`],
  ['sdk-ruby', `${header}\n${row}\n`],
  ['sdk-java', `${header}\n${row}\n`],
  ['sdk-csharp', `${header}\n${row}\n`],
  ['sdk-typescript', `${header.replace('user_name', 'user_mail')}\n${row}\n`],
  ['sdk-python', `${header.replace('redirect_url', 'redirect_uri')}\n${row}\n`],
  [
    'zcrm-php-tokens',
    'a:1:{i:0;O:37:"zcrmsdk\\oauth\\utility\\ZohoOAuthTokens":4:{' +
      's:51:"\0zcrmsdk\\oauth\\utility\\ZohoOAuthTokens\0refreshToken";s:12:"1000.refresh";' +
      's:50:"\0zcrmsdk\\oauth\\utility\\ZohoOAuthTokens\0accessToken";s:11:"1000.access";' +
      's:49:"\0zcrmsdk\\oauth\\utility\\ZohoOAuthTokens\0expiryTime";d:1795646220500;' +
      's:50:"\0zcrmsdk\\oauth\\utility\\ZohoOAuthTokens\0userEmailId";s:25:"maria@brightwater.example";}}',
  ],
  [
    'zcrm-php-config',
    `<?php
return [
    'client_id' => '1000.ABC',
    'client_secret' => 'client-secret',
    'redirect_uri' => 'http://localhost:3000/oauth/callback',
    'currentUserEmail' => 'maria@brightwater.example',
    'token_persistence_path' => __DIR__,
    'accounts_url' => 'https://accounts.zoho.eu',
    'apiBaseUrl' => 'www.zohoapis.eu',
    'apiVersion' => 'v2',
    'access_type' => 'offline',
];
`,
  ],
];

it.each(expected)('writes %s as its readers know it', (format, text) => {
  expect(make(format)).toBe(text);
});

it('writes json with what programs ask for', () => {
  expect(JSON.parse(make('json'))).toEqual({
    connection: 'crm',
    data_center: 'eu',
    scopes: ['ZohoCRM.modules.ALL', 'AaaServer.profile.Read'],
    client_id: '1000.ABC',
    client_secret: 'client-secret',
    refresh_token: '1000.refresh',
    access_token: '1000.access',
    access_token_expires_at: '2026-11-25T22:37:00.500Z',
    accounts_url: 'https://accounts.zoho.eu',
    api_domain: 'https://www.zohoapis.eu',
  });
});

it('has all formats of the contract, each once', () => {
  expect(formats.map(({ name }) => name).toSorted()).toEqual(
    (
      'curl env json php-function postman-collection postman-environment sdk-csharp sdk-java sdk-nodejs sdk-php ' +
      'sdk-python sdk-ruby sdk-typescript store-nodejs store-php store-python store-typescript store-zcrm-php ' +
      'token-json zcrm-php-config zcrm-php-tokens'
    ).split(' '),
  );
});

describe.each(formats.map((format) => [format.name, format] as const))('%s', (name, format) => {
  const secrets = {
    'client secret': 'clientSecret',
    'refresh token': 'refreshToken',
    'access token': 'accessToken',
  } as const;

  it('holds the secrets that the table says, and no others', () => {
    const text = make(name);
    const found = Object.entries(secrets).filter(([, member]) => text.includes(sample[member]));
    expect(found.map(([kind]) => kind)).toEqual(format.holds ?? []);
  });

  it('ends with its last line, and has no carriage return', () => {
    if (name !== 'zcrm-php-tokens') expect(make(name)).toMatch(/[^\n]\n$/);
    expect(make(name)).not.toContain('\r');
  });
});

describe('the token store of the SDKs', () => {
  it.each([
    ['a sandbox', 'https://sandbox.zohoapis.com', 'https://sandbox.zohoapis.com'],
    ['a data centre that the SDKs do not know', 'https://www.zohoapis.uk', ''],
  ])('names the API domain of %s as the SDKs can use it', (_what, apiDomain, written) => {
    expect(make('sdk-java', { apiDomain }).trimEnd().split(',').at(-1)).toBe(written);
  });

  it.each(['a,b', 'a"b', 'a\nb', 'a b'])('leaves out a name that would break it: %j', (userEmail) => {
    expect(make('sdk-nodejs', { userEmail }).split('\n')[1]?.split(',')[1]).toBe('');
  });

  it.each(['a,b', 'a"b', 'a\nb'])('is refused, in words, for a secret that would break it: %j', (clientSecret) => {
    expect(() => make('sdk-nodejs', { clientSecret })).toThrow('The client secret has a comma');
  });
});

it('finds tokens and configuration of zcrm-php-sdk by the same name when the e-mail address is not known', () => {
  expect(make('zcrm-php-config', { userEmail: null })).toContain("'currentUserEmail' => 'crm'");
  expect(make('zcrm-php-tokens', { userEmail: null })).toContain('userEmailId";s:3:"crm";');
});

it('refuses an environment file that a shell and dotenv would read differently', () => {
  expect(() => make('env', { clientSecret: `it's "$5"` })).toThrow('The client secret has characters');
});

it.each(['store-nodejs', 'store-typescript', 'store-php', 'store-python', 'store-zcrm-php'])(
  'writes the address of this Keeper and the name of the connection into %s',
  (format) => {
    const text = make(format, { keeperUrl: 'https://tokens.example.com' });
    expect(text).toContain('https://tokens.example.com');
    expect(text).toMatch(/['"]crm['"]/);
    expect(text).not.toContain('localhost');
  },
);

it('marks the secrets of the Postman environment as such, and puts none into the collection', () => {
  const { values } = JSON.parse(make('postman-environment')) as { values: { key: string; type: string }[] };
  const secret = values.filter(({ type }) => type === 'secret').map(({ key }) => key);
  expect(secret).toEqual(['keeper_key', 'client_secret', 'refresh_token', 'access_token', 'code']);
});

it.each([
  [
    'env',
    'ZOHO_ACCESS_TOKEN=1000.access\nZOHO_ACCESS_TOKEN_EXPIRES_AT=2026-11-25T22:37:00.500Z\nZOHO_API_DOMAIN=https://www.zohoapis.eu\n',
  ],
  ['sdk-nodejs', `${header}\n1,maria@brightwater.example,,,,1000.access,,1795646220500,,https://www.zohoapis.eu\n`],
])('%s of an access token alone leaves the rest out', (format, text) => {
  const found = findFormat(format);
  if (!found || found.needsClient) throw new Error(`${format} needs the client`);
  expect(found.make({ ...sample, ...bare })).toBe(text);
});

it('curl of an access token alone has the call alone', () => {
  const found = findFormat('curl');
  if (!found || found.needsClient) throw new Error('curl needs the client');
  const text = found.make({ ...sample, ...bare });
  expect(text.match(/^curl/gm)).toHaveLength(1);
  expect(text).toContain('Zoho-oauthtoken 1000.access');
});
