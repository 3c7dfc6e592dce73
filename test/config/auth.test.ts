import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../../src/config/config';
import { startWarnings } from '../../src/config/warnings';
import { freshFolder } from '../support/postgres';

const oidc = {
  OIDC_ISSUER: 'https://accounts.google.com',
  OIDC_CLIENT_ID: 'keeper',
  OIDC_CLIENT_SECRET: 'secret-at-the-provider',
  OIDC_ALLOWED_EMAILS: 'Maria@Example.com, @team.example.org',
};
const password = 'correct horse';

function problems(env: Record<string, string | undefined>): string {
  try {
    readConfig(env);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n');
    throw error;
  }
}

describe('a bind that other computers can reach', () => {
  const hosts = ['0.0.0.0', '::', '192.0.2.1', 'keeper.example.com'];

  it.each(hosts)('is refused on %s without a way to sign in, in words', (HOST) => {
    expect(problems({ HOST })).toBe(
      `HOST is ${HOST}, which other computers can reach: set DASHBOARD_PASSWORD (or OIDC_ISSUER), or bind 127.0.0.1`,
    );
  });

  it.each(hosts)('is taken on %s with a password, and with a provider', (HOST) => {
    expect(problems({ HOST, DASHBOARD_PASSWORD: password })).toBe('');
    expect(problems({ HOST, ...oidc })).toBe('');
  });

  it.each(['127.0.0.1', 'localhost', '::1', '[::1]', '127.9.9.9'])('is not what %s is', (HOST) => {
    expect(problems({ HOST })).toBe('');
  });
});

it.each([{ HOST: '0.0.0.0' }, { BASE_URL: 'https://keeper.example.com' }])(
  'a common password is refused in words where others can reach the Keeper: %o',
  (env) => {
    for (const common of ['password1', 'Sunshine2026', 'zohokeeper']) {
      expect(problems({ ...env, DASHBOARD_PASSWORD: common })).toBe(
        'DASHBOARD_PASSWORD is one of the first that anybody tries, and other computers can reach ' +
          `${Object.values(env).join('')}: set a longer one of your own, e.g. four random words`,
      );
    }
    expect(problems({ ...env, DASHBOARD_PASSWORD: 'sunshine over the mill' })).toBe('');
  },
);

it('a public bind never starts without a way to sign in, whatever else is wrong', () => {
  const ways = Object.entries({ ...oidc, DASHBOARD_PASSWORD: password });
  const wrong: Record<string, string> = {
    OIDC_ISSUER: 'ftp://x',
    OIDC_ALLOWED_EMAILS: ',',
    DASHBOARD_PASSWORD: 'short',
  };
  const choices = ways.map(([name, right]) =>
    [undefined, right, wrong[name] ?? ' '].map((value) => ({ [name]: value })),
  );
  const environments = choices.reduce<Record<string, string | undefined>[]>(
    (envs, options) => envs.flatMap((env) => options.map((option) => ({ ...env, ...option }))),
    [{ HOST: '0.0.0.0' }],
  );
  expect(environments).toHaveLength(3 ** 5);
  for (const env of environments) {
    if (problems(env) !== '') continue;
    const config = readConfig(env);
    expect([env, config.password ?? config.oidc]).not.toEqual([env, null]);
  }
});

it('a password that is too short is one problem, not two', () => {
  expect(problems({ HOST: '0.0.0.0', DASHBOARD_PASSWORD: 'short' })).toMatch(/^DASHBOARD_PASSWORD must have [^\n]+$/);
});

describe('sign-in through a provider', () => {
  it('needs all four settings or none', () => {
    expect(readConfig({}).oidc).toBeNull();
    for (const name of Object.keys(oidc)) {
      expect(problems({ ...oidc, [name]: '' })).toMatch(new RegExp(`^${name} is missing`));
    }
  });

  it('takes the secret from a file and the addresses in any case', () => {
    const file = join(freshFolder(), 'secret');
    writeFileSync(file, 'from-the-file\n');
    const { oidc: read } = readConfig({ ...oidc, OIDC_CLIENT_SECRET: '', OIDC_CLIENT_SECRET_FILE: file });
    expect(read).toEqual({
      issuer: 'https://accounts.google.com',
      clientId: 'keeper',
      clientSecret: 'from-the-file',
      allowedEmails: ['maria@example.com', '@team.example.org'],
    });
  });

  it.each([
    ['http://id.example.com', 'without encryption'],
    ['accounts.google.com', 'use the issuer'],
    ['https://user@id.example.com', 'use the issuer'],
    ['https://id.example.com/?x=1', 'use the issuer'],
  ])('refuses the issuer %s', (OIDC_ISSUER, words) => {
    expect(problems({ ...oidc, OIDC_ISSUER })).toContain(words);
  });

  it('takes plain http from this computer', () => {
    expect(problems({ ...oidc, OIDC_ISSUER: 'http://127.0.0.1:4001' })).toBe('');
  });

  it.each(['*', 'example.com', 'maria@', '@', 'a b@example.com'])('refuses %s as an address', (OIDC_ALLOWED_EMAILS) => {
    expect(problems({ ...oidc, OIDC_ALLOWED_EMAILS })).toContain('OIDC_ALLOWED_EMAILS has');
  });
});

describe('proxies and host names', () => {
  it('are lists, empty unless set', () => {
    expect(readConfig({})).toMatchObject({ trustedProxies: [], allowedHosts: [] });
    const TRUSTED_PROXIES = '10.0.0.5, 10.1.0.0/16,::1,fd00::/8,';
    expect(readConfig({ TRUSTED_PROXIES, ALLOWED_HOSTS: 'Keeper.lan, [::1]:3000,a.example.com:8443' })).toMatchObject({
      trustedProxies: ['10.0.0.5', '10.1.0.0/16', '::1', 'fd00::/8'],
      allowedHosts: ['keeper.lan', '[::1]:3000', 'a.example.com:8443'],
    });
  });

  it.each(['true', '1', '*', '0.0.0.0/0', '::/0', '10.0.0.0/33', '10.0.0', 'loopback', 'proxy.lan', '10.0.0.0/8/8'])(
    'refuses to trust %s',
    (TRUSTED_PROXIES) => {
      expect(problems({ TRUSTED_PROXIES })).toContain(`TRUSTED_PROXIES has "${TRUSTED_PROXIES}"`);
    },
  );

  it.each(['https://a.example.com', 'a.example.com/', '*', '*.example.com', 'a b', 'a:b'])(
    'refuses %s as a host name',
    (ALLOWED_HOSTS) => {
      expect(problems({ ALLOWED_HOSTS })).toContain(`ALLOWED_HOSTS has "${ALLOWED_HOSTS}"`);
    },
  );
});

it('A redirect URI without TLS is refused, unless it is this computer’s or BASE_URL serves the pages like that', () => {
  const [password, path] = [{ DASHBOARD_PASSWORD: 'a long enough one' }, '/oauth/callback'];
  const refused =
    /^ZOHO_REDIRECT_URI would bring codes from Zoho to http:\/\/keeper\.lan:3000 without TLS: use an https/;
  for (const base of ['https://keeper.lan', 'http://keeper.lan', 'http://localhost:3000']) {
    const env = { ...password, BASE_URL: base, ZOHO_REDIRECT_URI: `http://keeper.lan:3000${path}` };
    expect(() => readConfig(env)).toThrow(refused);
  }
  for (const base of ['http://keeper.lan:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000']) {
    const redirectUri = base + path;
    const env = { ...password, BASE_URL: base, ZOHO_REDIRECT_URI: redirectUri };
    expect(readConfig(env)).toMatchObject({ redirectUri });
  }
});

describe('warnings at the start', () => {
  const [before, after] = [new Date('2026-04-30T12:00:00Z'), new Date('2026-11-23T12:00:00Z')];
  const password = { DASHBOARD_PASSWORD: 'a long enough one' };
  const warnings = (env: Record<string, string>, version = 'v24.1.0', now = after): string[] =>
    startWarnings(readConfig(env), version, now);

  it('name a BASE_URL without TLS, unless it is this computer’s', () => {
    expect(warnings({ ...password, BASE_URL: 'http://keeper.lan' })).toEqual([
      expect.stringContaining('BASE_URL is http://keeper.lan: without TLS'),
    ]);
    for (const baseUrl of ['https://keeper.lan', 'http://localhost:3000', 'http://127.0.0.1']) {
      expect(warnings({ ...password, BASE_URL: baseUrl })).toEqual([]);
    }
  });

  it.each([
    ['BASE_URL', { BASE_URL: 'https://keeper.example.com' }],
    ['ALLOWED_HOSTS', { ALLOWED_HOSTS: 'keeper.lan' }],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '10.0.0.5' }],
  ])('say that there is no password when %s is meant for others', (_what, change) => {
    expect(warnings(change)).toEqual([expect.stringMatching(/^There is no password.*set DASHBOARD_PASSWORD/)]);
    expect(warnings({ ...change, ...password })).toEqual([]);
  });

  it('name a redirect URI at another address than BASE_URL', () => {
    const env = { ...password, BASE_URL: 'https://keeper.example.com' };
    expect(warnings({ ...env, ZOHO_REDIRECT_URI: 'https://keeper.example.com/back' })).toEqual([]);
    for (const other of ['https://www.example.com', 'http://localhost:3000', 'https://keeper.example.com:8443']) {
      expect(warnings({ ...env, ZOHO_REDIRECT_URI: `${other}/oauth/callback` })).toEqual([
        expect.stringContaining(`ZOHO_REDIRECT_URI leads to ${other} and BASE_URL is https://keeper.example.com`),
      ]);
    }
    const below = { ...password, BASE_URL: 'https://example.com/zoho' };
    expect(warnings({ ...below, ZOHO_REDIRECT_URI: 'https://example.com/zoho/back' })).toEqual([]);
    expect(warnings({ ...below, ZOHO_REDIRECT_URI: 'https://example.com/zohoback' })).toEqual([
      expect.stringContaining('leads to https://example.com/zohoback and BASE_URL is https://example.com/zoho'),
    ]);
  });

  it.each(['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'ALL_PROXY'])('say that %s is not followed', (name) => {
    const env = { [name]: 'http://user:secret@proxy:3128' };
    const [warning, ...others] = warnings(env);
    expect(others).toEqual([]);
    expect(warning).toBe(
      `${name} is set and not followed: calls go out directly. Set OUTBOUND_PROXY to send them through a proxy.`,
    );
    expect(warnings({ ...env, OUTBOUND_PROXY: 'http://proxy:3128' })).toEqual([
      `${name} is set and not followed: calls go through OUTBOUND_PROXY.`,
    ]);
    expect(warnings({ [name]: '' })).toEqual([]);
  });

  it('name where tokens go instead of Zoho', () => {
    const urls = 'us=http://127.0.0.1:4001,eu=http://127.0.0.1:4002';
    for (const name of ['ZOHO_ACCOUNTS_URLS', 'ZOHO_API_URLS']) {
      expect(warnings({ [name]: urls })).toEqual([
        expect.stringContaining('tokens go to http://127.0.0.1:4001, http://127.0.0.1:4002 instead of Zoho'),
      ]);
    }
  });

  it('name blanks around the password, which count', () => {
    expect(warnings({ DASHBOARD_PASSWORD: ' a long password' })).toEqual([
      expect.stringMatching(/^DASHBOARD_PASSWORD begins or ends with a space, .*typed/),
    ]);
  });

  it('name a password that is common, or short where others can reach the Keeper', () => {
    for (const common of [
      'password1',
      'Sunshine2026',
      'ZohoKeeper',
      'zoho-token-keeper!',
      'zzzzzzzzzzzzzzzz',
      'P@ssw0rd',
    ]) {
      expect([common, warnings({ DASHBOARD_PASSWORD: common })]).toEqual([
        common,
        [expect.stringMatching(/^DASHBOARD_PASSWORD is one of the first that anybody tries: set a longer one/)],
      ]);
    }
    expect(warnings({ DASHBOARD_PASSWORD: 'kT7#pq2x' })).toEqual([]);
    const short = [expect.stringMatching(/^DASHBOARD_PASSWORD has fewer than 12 characters: 15 or more/)];
    expect(warnings({ DASHBOARD_PASSWORD: 'kT7#pq2x', HOST: '0.0.0.0' })).toEqual(short);
    expect(warnings({ DASHBOARD_PASSWORD: 'kT7#pq2x', BASE_URL: 'https://keeper.example.com' })).toEqual(short);
  });

  it('name a Node without security fixes', () => {
    expect(warnings({}, 'v20.20.2', after)).toEqual([expect.stringContaining('Node 20 has had no security fixes')]);
    expect(warnings({}, 'v20.20.2', before)).toEqual([]);
    expect(warnings({}, 'v22.9.0', after)).toEqual([]);
  });
});
