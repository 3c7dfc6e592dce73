import { recognise } from '../../src/imports/recognise';
import { formats } from '../../src/exports/formats';
import { make, sample } from '../exports/support';

const token = '1000.0123456789abcdef.fedcba9876543210';
const other = '1000.other6789abcdef0.fedcba9876543210';
const own = { refreshToken: token, clientId: '1000.ABC', clientSecret: 'secret' };
const header = 'id,user_name,client_id,client_secret,refresh_token,access_token,grant_token,expiry_time,redirect_url';
const row = `1,maria@brightwater.example,1000.ABC,secret,${token},1000.a.b,,1795646220500,https://a.example/`;
const eu = 'https://www.zohoapis.eu';

function zcrm(refreshToken: string, user: string): string {
  const name = (property: string): string => `s:51:"\0zcrmsdk\\oauth\\utility\\ZohoOAuthTokens\0${property}";`;
  return (
    `O:37:"zcrmsdk\\oauth\\utility\\ZohoOAuthTokens":4:{${name('refreshToken')}s:38:"${refreshToken}";` +
    `${name('accessToken')}s:8:"1000.a.b";${name('expiryTime')}d:1795648832563;${name('userEmailId')}s:5:"${user}";}`
  );
}

const samples: readonly (readonly [what: string, content: string, expected: readonly object[]])[] = [
  ['a bare token, with a line break', `${token}\r\n`, [{ refreshToken: token }]],
  ['a bare token in quotes', `"${token}"`, [{ refreshToken: token }]],
  ['.env', `CLIENT_ID=1000.ABC\nCLIENT_SECRET=secret\nREFRESH_TOKEN=${token}\n`, [own]],
  ['.env with prefixes', `ZOHO_CLIENT_ID=1000.ABC\nZOHO_CLIENT_SECRET="secret"\nZOHO_REFRESH_TOKEN='${token}'`, [own]],
  [
    '.env with mixed prefixes, export, CRLF and BOM',
    `\uFEFFexport ZOHO_CLIENT_ID=1000.ABC\r\nCLIENT_SECRET = secret\r\nZOHO_CRM_REFRESH_TOKEN=${token} # mine\r\nZOHO_DC=x\r\nZOHO_DATA_CENTER=eu\r\n`,
    [{ ...own, dataCenter: 'eu' }],
  ],
  [
    '.env of two accounts with one client',
    `CLIENT_ID=1000.ABC\nCLIENT_SECRET=secret\nSALES_ZOHO_REFRESH_TOKEN=${token}\nSUPPORT_ZOHO_REFRESH_TOKEN=${other}\n`,
    [
      { ...own, name: 'sales' },
      { ...own, name: 'support', refreshToken: other },
    ],
  ],
  [
    'PHP',
    `<?php return ['client_id' => '1000.ABC', 'client_secret' => 'secret', 'refresh_token' => '${token}'];`,
    [own],
  ],
  ['YAML', `zoho:\n  client_id: 1000.ABC\n  client_secret: secret\n  refresh_token: ${token}\n`, [own]],
  [
    'an address',
    `https://accounts.zoho.eu/oauth/v2/token?refresh_token=${token}&client_id=1000.ABC&client_secret=secret&grant_type=refresh_token`,
    [{ ...own, accountsUrl: 'https://accounts.zoho.eu' }],
  ],
  [
    'an answer of Zoho',
    `{"access_token":"1000.a.b","refresh_token":"${token}","scope":"ZohoCRM.org.READ Desk.basic.READ","api_domain":"${eu}","expires_in":3600}`,
    [{ refreshToken: token, apiDomain: eu, scopes: ['ZohoCRM.org.READ', 'Desk.basic.READ'] }],
  ],
  [
    'token.json with a refresh token',
    `{"access_token":"1000.a.b","created_at":"x","refreshToken":"${token}"}`,
    [{ refreshToken: token }],
  ],
  [
    'a list under connections, with their client above',
    JSON.stringify({
      client_id: '1000.ABC',
      client_secret: 'secret',
      connections: [
        { name: 'a', refresh_token: token },
        { name: 'b', refresh_token: other },
      ],
    }),
    [
      { ...own, name: 'a' },
      { ...own, name: 'b', refreshToken: other },
    ],
  ],
  [
    'an array',
    JSON.stringify([{ refresh_token: token }, { refresh_token: '' }, { refresh_token: other }]),
    [{ refreshToken: token }, { refreshToken: other }],
  ],
  [
    'a Postman environment',
    JSON.stringify({
      name: 'Zoho',
      values: [
        { key: 'refresh_token', value: token, type: 'secret' },
        { key: 'client_id', value: '1000.ABC' },
        { key: 'client_secret', value: 'secret' },
      ],
    }),
    [own],
  ],
  [
    'zcrm_oauthtokens.txt',
    `a:2:{i:0;${zcrm(token, 'maria')}i:1;${zcrm(other, 'paulo')}}`,
    [
      { name: 'maria', refreshToken: token },
      { name: 'paulo', refreshToken: other },
    ],
  ],
  [
    'the same pasted without its NULs',
    `a:1:{i:0;${zcrm(token, 'maria')}}`.replaceAll('\0', ''),
    [{ name: 'maria', refreshToken: token }],
  ],
  ['an SDK store of nine columns', `${header}\n${row}`, [{ ...own, name: 'maria@brightwater.example' }]],
  ['of ten, with CRLF and BOM', `\uFEFF${header},api_domain\r\n${row},${eu}\r\n`, [{ ...own, apiDomain: eu }]],
  ['without a header', `${row}\n`, [own]],
  [
    'with several rows, one without a token',
    `${header}\n${row}\n2,,,,,1000.a.b,,1,\n${row.replace(token, other)}\n`,
    [own, { ...own, refreshToken: other }],
  ],
  ['with quotes', `${header}\n"${row.replaceAll(',', '","')}"\n`, [own]],
  [
    'of zcrmsdk for Node',
    `user_mail,client_id,refresh_token,access_token,grant_token,expiry_time\nm@a.example,1000.ABC,${token},,,1\n`,
    [{ refreshToken: token, clientId: '1000.ABC', name: 'm@a.example' }],
  ],
];

it.each(samples)('recognises %s', (_, content, expected) => {
  expect(recognise(content)).toEqual(expected.map((one) => expect.objectContaining(one) as unknown));
});

it.each([
  ['', 'There is nothing in it.'],
  ['Dear Maria, as discussed', 'It is a text without a refresh token.'],
  ['{"access_token":"1000.a.b","created_at":"x"}', 'It is JSON with an access token'],
  ['{"refresh_token":"{{refresh_token}}"}', 'It is JSON without a refresh token.'],
  ['CLIENT_ID=1000.ABC\nREFRESH_TOKEN=\n', 'It is a text without a refresh token.'],
  [`${header}\n1,,,,,1000.a.b,,1,\n`, 'It is a token store of Zoho’s SDKs with'],
  ['a:0:{}', 'It is a zcrm_oauthtokens.txt without'],
])('says what it recognised in what holds no refresh token: %j', (content, words) => {
  expect(() => recognise(content)).toThrow(words);
});

const withToken = formats.filter(({ holds }) => holds?.includes('refresh token'));

it.each(withToken.map(({ name }) => name))('reads back %s', (format) => {
  const isZcrm = format === 'zcrm-php-tokens';
  expect(recognise(make(format))).toEqual([
    expect.objectContaining({
      refreshToken: sample.refreshToken,
      ...(!isZcrm && { clientId: sample.clientId, clientSecret: sample.clientSecret }),
    }),
  ]);
});

it.each([
  ['x', 600_000],
  ['REFRESH_TOKEN=1000.aaaaaaa.b\n', 20_000],
  ["a='", 200_000],
  ['"a,', 200_000],
  ['[', 300_000],
  ['{"a":', 120_000],
])('reads a long run of %j in a moment', (part, times) => {
  const begun = performance.now();
  expect(() => recognise(`${part.repeat(times)}\nREFRESH_TOKEN=${token}`)).not.toThrow();
  expect(performance.now() - begun).toBeLessThan(2000);
});

const many = Array.from({ length: 3000 }, (_, at) => at);
const notes = Object.fromEntries(many.map((at) => [`n${at}scope`, `s${at}`]));

it.each([
  ['values above many tokens', { ...notes, list: many.map((at) => ({ refresh_token: `${token}${at}` })) }],
  ['values beside as many others', { ...notes, ...Object.fromEntries(many.map((at) => [`n${at}client_id`, ''])) }],
])('reads thousands of %s in a moment', (_, content) => {
  const begun = performance.now();
  expect(() => recognise(JSON.stringify([content, { refresh_token: token }]))).not.toThrow();
  expect(performance.now() - begun).toBeLessThan(2000);
});

it('takes a line of thousands of columns for no token store', () => {
  const begun = performance.now();
  expect(() => recognise(`refresh_token${',a'.repeat(20_000)}\n${'a\n'.repeat(2000)}`)).toThrow('It is a text');
  expect(performance.now() - begun).toBeLessThan(2000);
});

it('prefers what stands in an object to what stands above it, whatever it is called', () => {
  const content = { client_id: '1000.ABOVE', list: [{ zoho_client_id: '1000.OWN', refresh_token: token }] };
  expect(recognise(JSON.stringify(content))).toEqual([expect.objectContaining({ clientId: '1000.OWN' })]);
});
