import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError, readConfig } from '../../src/config/config';
import { freshFolder } from '../support/postgres';

type Environment = Record<string, string | undefined>;

const provider = { OIDC_ISSUER: 'https://id.example.com', OIDC_CLIENT_ID: 'k', OIDC_ALLOWED_EMAILS: '@example.com' };
const keys = `k1:${randomBytes(32).toString('base64')}`;

describe('the configuration', () => {
  it('has a default for everything', () => {
    expect(readConfig({})).toMatchObject({
      client: null,
      dataCenter: 'us',
      scopes: ['ZohoCRM.modules.ALL', 'ZohoCRM.users.READ', 'ZohoCRM.org.READ', 'AaaServer.profile.Read'],
      redirectUri: 'http://localhost:3000/oauth/callback',
      hosts: ['127.0.0.1', '::1'],
      port: 3000,
      baseUrl: 'http://localhost:3000',
      password: null,
      databaseUrl: `sqlite:${join(__dirname, '../../data/keeper.db')}`,
      encryptionKeys: null,
      keptFiles: [],
      sessionIdleMinutes: 30,
      logLevel: 'info',
      pkce: true,
      accountsUrls: {},
      apiUrls: {},
    });
  });

  const uses: readonly (readonly [string, Environment, Partial<Config>])[] = [
    ['the client', { ZOHO_CLIENT_ID: '1000.A', ZOHO_CLIENT_SECRET: 's' }, { client: { id: '1000.A', secret: 's' } }],
    ['ZOHO_DATA_CENTER', { ZOHO_DATA_CENTER: 'ca' }, { dataCenter: 'ca' }],
    [
      'ZOHO_SCOPES',
      { ZOHO_SCOPES: ' Desk.basic.READ , ZohoMail.messages.ALL,' },
      { scopes: ['Desk.basic.READ', 'ZohoMail.messages.ALL'] },
    ],
    [
      'ZOHO_REDIRECT_URI',
      { ZOHO_REDIRECT_URI: 'https://example.com/back/' },
      { redirectUri: 'https://example.com/back/' },
    ],
    [
      'scopes one a line',
      { ZOHO_SCOPES: 'Desk.basic.READ\nZohoMail.messages.ALL\n' },
      { scopes: ['Desk.basic.READ', 'ZohoMail.messages.ALL'] },
    ],
    [
      'KEEP_FILES',
      { KEEP_FILES: 'crm=token-json:/srv/token.json, crm=env:/srv/a b=c:d/.env' },
      {
        keptFiles: [
          { connection: 'crm', format: 'token-json', path: '/srv/token.json' },
          { connection: 'crm', format: 'env', path: '/srv/a b=c:d/.env' },
        ],
      },
    ],
    ['HOST on loopback', { HOST: '::1' }, { hosts: ['::1'] }],
    ['HOST=localhost as both IP addresses', { HOST: 'localhost' }, { hosts: ['127.0.0.1', '::1'] }],
    [
      'PORT',
      { PORT: '8080' },
      { port: 8080, baseUrl: 'http://localhost:8080', redirectUri: 'http://localhost:8080/oauth/callback' },
    ],
    [
      'BASE_URL',
      { BASE_URL: 'https://tokens.example.com/' },
      { baseUrl: 'https://tokens.example.com', redirectUri: 'https://tokens.example.com/oauth/callback' },
    ],
    [
      'a BASE_URL with a path',
      { BASE_URL: 'https://example.com/zoho/' },
      { baseUrl: 'https://example.com/zoho', redirectUri: 'https://example.com/zoho/oauth/callback' },
    ],
    [
      'DASHBOARD_PASSWORD',
      { HOST: '0.0.0.0', BASE_URL: 'https://tokens.example.com', DASHBOARD_PASSWORD: 'a long enough one' },
      { hosts: ['0.0.0.0'], password: 'a long enough one' },
    ],
    ['DATABASE_URL', { DATABASE_URL: 'sqlite:/tmp/x.db' }, { databaseUrl: 'sqlite:/tmp/x.db' }],
    [
      'PostgreSQL with its keys',
      { DATABASE_URL: 'postgres://u:p@h/d', ENCRYPTION_KEYS: keys },
      { databaseUrl: 'postgres://u:p@h/d', encryptionKeys: keys },
    ],
    ['KEEP_ALIVE_SECONDS', { KEEP_ALIVE_SECONDS: '360' }, { keepAliveSeconds: 360 }],
    ['OUTBOUND_PROXY', { OUTBOUND_PROXY: 'http://proxy:3128' }, { outboundProxy: 'http://proxy:3128/' }],
    ['SESSION_IDLE_MINUTES', { SESSION_IDLE_MINUTES: '720' }, { sessionIdleMinutes: 720 }],
    ['LOG_LEVEL', { LOG_LEVEL: 'trace' }, { logLevel: 'trace' }],
    ['ZOHO_PKCE', { ZOHO_PKCE: 'off' }, { pkce: false }],
    [
      'ZOHO_ACCOUNTS_URLS',
      { ZOHO_ACCOUNTS_URLS: 'us=http://127.0.0.1:4001,eu=https://zoho.test', ZOHO_ALLOW_REPLACED_HOSTS: 'yes' },
      { accountsUrls: { us: 'http://127.0.0.1:4001', eu: 'https://zoho.test' } },
    ],
    ['ZOHO_API_URLS', { ZOHO_API_URLS: 'in=http://localhost:4003' }, { apiUrls: { in: 'http://localhost:4003' } }],
    [
      'variables that are set to nothing',
      { PORT: '', HOST: ' ', ZOHO_CLIENT_ID: '', DASHBOARD_PASSWORD: '' },
      { port: 3000, hosts: ['127.0.0.1', '::1'], client: null, password: null },
    ],
  ];
  it.each(uses)('uses %s', (_what, env, expected) => {
    expect(readConfig(env)).toMatchObject(expected);
  });

  it.each([
    [' with blanks ', ' with blanks '],
    ['with a line break\n', 'with a line break'],
    ['with one of Windows \r\n', 'with one of Windows '],
    ['with two of them\n\n', 'with two of them\n'],
  ])('takes the password from the file %j to the letter', (content, password) => {
    const file = join(freshFolder(), 'password');
    writeFileSync(file, content);
    expect(readConfig({ DASHBOARD_PASSWORD_FILE: file }).password).toBe(password);
  });

  it('takes the password from the environment to the letter', () => {
    expect(readConfig({ DASHBOARD_PASSWORD: '\twith blanks\n' }).password).toBe('\twith blanks\n');
  });

  it('cannot be changed once it is read', () => {
    expect(Object.isFrozen(readConfig({}))).toBe(true);
  });
});

describe('a mistake in the environment', () => {
  it('is told together with all others, one line each', () => {
    const problems = problemsOf({ PORT: 'http', ZOHO_DATA_CENTER: 'europe', ZOHO_CLIENT_ID: '1000.A' });
    expect(problems).toHaveLength(3);
    for (const name of ['PORT', 'ZOHO_DATA_CENTER', 'ZOHO_CLIENT_SECRET']) {
      expect(problems.filter((problem) => problem.startsWith(name))).toHaveLength(1);
    }
    expect(problems.join()).not.toContain('\n');
  });

  const mistakes: readonly (readonly [Environment, RegExp])[] = [
    [{ ZOHO_CLIENT_SECRET: 's' }, /^ZOHO_CLIENT_ID is missing: set both/],
    [{ ZOHO_CLIENT_ID: 'not an id', ZOHO_CLIENT_SECRET: 's' }, /^ZOHO_CLIENT_ID does not look like a client ID/],
    [{ ZOHO_CLIENT_ID: '1000.A', ZOHO_CLIENT_SECRET: '"s"' }, /^ZOHO_CLIENT_SECRET is in quotes, .*: copy it anew/],
    [{ ...provider, OIDC_CLIENT_SECRET: "'s'" }, /^OIDC_CLIENT_SECRET is in quotes, .*: copy it anew/],
    [{ ...provider, OIDC_CLIENT_SECRET: 'a\u200Bb' }, /^OIDC_CLIENT_SECRET is in quotes, or has characters/],
    [{ DASHBOARD_PASSWORD: ' '.repeat(10) }, /^DASHBOARD_PASSWORD must have 8/],
    [{ ZOHO_DATA_CENTER: 'US' }, /^ZOHO_DATA_CENTER is "US": use one of us eu in au jp ca sa uk cn ae sg$/],
    [{ ZOHO_DATA_CENTER: '__proto__' }, /^ZOHO_DATA_CENTER/],
    [{ ZOHO_SCOPES: 'ZohoCRM.modules.ALL and Desk' }, /^ZOHO_SCOPES has “and”, .*: separate scopes by commas, e\.g\./],
    [{ ZOHO_SCOPES: ',' }, /^ZOHO_SCOPES names no scope: separate scopes by commas/],
    [{ ZOHO_REDIRECT_URI: 'urn:ietf:wg:oauth:2.0:oob' }, /^ZOHO_REDIRECT_URI/],
    [{ ZOHO_REDIRECT_URI: 'http://localhost/cb?x=1' }, /^ZOHO_REDIRECT_URI/],
    [{ HOST: '0.0.0.0' }, /^HOST is 0\.0\.0\.0, which other computers can reach: set DASHBOARD_PASSWORD/],
    [{ PORT: '0' }, /^PORT is "0": use a number from 1 to 65535$/],
    [{ PORT: '65536' }, /^PORT/],
    [{ PORT: '3000.5' }, /^PORT/],
    [{ BASE_URL: 'tokens.example.com' }, /^BASE_URL is "tokens\.example\.com": use the address that browsers see/],
    [{ BASE_URL: 'https://user@tokens.example.com' }, /^BASE_URL/],
    [{ BASE_URL: 'https://example.com/API/zoho' }, /^BASE_URL has a path \(\/API\/zoho\) that cannot stand in front/],
    [
      { BASE_URL: 'https://example.com/a//b' },
      /^BASE_URL has a path \(\/a\/\/b\).*e\.g\. https:\/\/example\.com\/zoho/,
    ],
    [{ DASHBOARD_PASSWORD: 'short' }, /^DASHBOARD_PASSWORD must have 8 to 1024 characters/],
    [{ DATABASE_URL: 'mysql://root:hunter2@h/d' }, /^DATABASE_URL must begin with sqlite: .* or postgres:\/\//],
    [{ BACKUP_KEEP: '0' }, /^BACKUP_KEEP is "0": use the number of backups to keep, 1 or more$/],
    [
      { DATABASE_URL: 'postgres://u:p@h/d', ENCRYPTION_KEYS: keys, BACKUP_DIR: '/var/backups' },
      /^BACKUP_DIR is for SQLite: .*pg_dump/,
    ],
    [{ TRUSTED_PROXIES: ' , ' }, /^TRUSTED_PROXIES is ",": name the addresses/],
    [{ DATABASE_URL: 'postgres://u:p@h/d' }, /^ENCRYPTION_KEYS is needed with PostgreSQL/],
    [{ SESSION_IDLE_MINUTES: '4' }, /^SESSION_IDLE_MINUTES is "4": use a number of minutes from 5 to 720$/],
    [{ SESSION_IDLE_MINUTES: '721' }, /^SESSION_IDLE_MINUTES/],
    [{ SESSION_IDLE_MINUTES: '1e2' }, /^SESSION_IDLE_MINUTES/],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL is "loud": use one of trace, debug, info, warn, error, silent$/],
    [{ KEEP_ALIVE_SECONDS: '0' }, /^KEEP_ALIVE_SECONDS is "0": use a number of seconds from 1 to 3600/],
    ...['proxy:3128', 'https://proxy:3128', 'socks5://proxy:1080', 'http://proxy:3128/pac', 'http://a:%zz@proxy'].map(
      (text) => [{ OUTBOUND_PROXY: text }, /^OUTBOUND_PROXY must be like http:\/\/proxy:3128/] as const,
    ),
    [{ ZOHO_PKCE: 'no' }, /^ZOHO_PKCE is "no": use one of on, off$/],
    [
      { ZOHO_ACCOUNTS_URLS: 'us=http://127.0.0.1:4001,us=http://127.0.0.1:4002' },
      /^ZOHO_ACCOUNTS_URLS names us twice: keep one address/,
    ],
    [{ ZOHO_ACCOUNTS_URLS: 'us:http://127.0.0.1:4001' }, /^ZOHO_ACCOUNTS_URLS has .*write e\.g\./],
    [
      { ZOHO_ACCOUNTS_URLS: 'us=http://zoho.test' },
      /^ZOHO_ACCOUNTS_URLS sends secrets to zoho\.test without encryption/,
    ],
    [
      { ZOHO_ACCOUNTS_URLS: 'eu=https://zoho.test' },
      /^ZOHO_ACCOUNTS_URLS or ZOHO_API_URLS would send secrets and tokens to https:\/\/zoho\.test instead of Zoho: /,
    ],
    [
      { ZOHO_API_URLS: 'in=https://zoho.test', ZOHO_ALLOW_REPLACED_HOSTS: 'no' },
      /^ZOHO_ACCOUNTS_URLS or ZOHO_API_URLS/,
    ],
    [{ ZOHO_ALLOW_REPLACED_HOSTS: 'on' }, /^ZOHO_ALLOW_REPLACED_HOSTS is "on": use one of yes, no$/],
    [{ KEEP_FILES: 'crm=env' }, /^KEEP_FILES has "crm=env": write name=format:/],
    [{ KEEP_FILES: 'crm=env:.env' }, /^KEEP_FILES has "crm=env:\.env", which is no whole path: write/],
    [{ KEEP_FILES: 'No!=env:/x' }, /^KEEP_FILES has "No!=env:\/x": write/],
    [{ KEEP_FILES: 'a=env:/x,b=env:/y/../x' }, /^KEEP_FILES names \/x twice: give each/],
    [{ ZOHO_API_URLS: 'xx=http://127.0.0.1:4001' }, /^ZOHO_API_URLS has/],
  ];
  it.each(mistakes)('in %j is told in one sentence', (env, sentence) => {
    const problems = problemsOf(env);
    expect(problems).toEqual([expect.stringMatching(sentence)]);
  });

  it('is told without the secret in it', () => {
    const env = {
      DATABASE_URL: 'mysql://root:hunter2@h/d',
      DASHBOARD_PASSWORD: 'abc#123',
      ENCRYPTION_KEYS: 'k1:hunter3',
      OUTBOUND_PROXY: 'https://me:hunter4@proxy',
    };
    expect(problemsOf(env).join()).not.toMatch(/hunter|abc#123/);
  });
});

function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('there was no problem');
}
