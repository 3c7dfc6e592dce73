import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../../src/config/config';
import { variableNames } from '../../src/config/options';

type Environment = Record<string, string | undefined>;

const secrets = variableNames()
  .filter((name) => name.endsWith('_FILE'))
  .map((name) => name.slice(0, -'_FILE'.length));
const keys = `k1:${randomBytes(32).toString('base64')}`;

const values: Readonly<Record<string, string>> = {
  DATABASE_URL: 'sqlite:/from/a/file.db',
  ENCRYPTION_KEYS: keys,
  OUTBOUND_PROXY: 'http://me:secret@proxy:3128/',
  KEEPER_KEY: 'zt_from_a_file',
  SMTP_URL: 'smtps://me:secret@mail.example.com:465',
};
const client = { ZOHO_CLIENT_ID: '1' };
/** People know their files by this order; settings that came later stand beside their kin. */
const knownOrder = [
  ...['ZOHO_CLIENT_ID', 'ZOHO_CLIENT_SECRET', 'ZOHO_DATA_CENTER', 'ZOHO_SCOPES', 'ZOHO_REDIRECT_URI'],
  ...['HOST', 'PORT', 'BASE_URL', 'DASHBOARD_PASSWORD', 'DATABASE_URL', 'ENCRYPTION_KEYS'],
  ...['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET', 'OIDC_ALLOWED_EMAILS'],
  ...['ALLOWED_HOSTS', 'TRUSTED_PROXIES', 'BACKUP_DIR', 'BACKUP_KEEP', 'SESSION_IDLE_MINUTES'],
  ...['SMTP_URL', 'ALERT_FROM', 'ALERT_EMAILS', 'KEEP_FILES', 'OUTBOUND_PROXY', 'KEEPER_URL', 'KEEPER_KEY'],
  ...['LOG_LEVEL', 'ZOHO_PKCE', 'ZOHO_ACCOUNTS_URLS', 'ZOHO_API_URLS'],
];
const provider = {
  OIDC_ISSUER: 'https://id.example.com',
  OIDC_CLIENT_ID: 'keeper',
  OIDC_ALLOWED_EMAILS: '@example.com',
};

describe('a secret', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keeper-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is each of these', () => {
    expect(secrets.toSorted()).toEqual([
      'DASHBOARD_PASSWORD',
      'DATABASE_URL',
      'ENCRYPTION_KEYS',
      'KEEPER_KEY',
      'OIDC_CLIENT_SECRET',
      'OUTBOUND_PROXY',
      'SMTP_URL',
      'ZOHO_CLIENT_SECRET',
    ]);
  });

  it.each(secrets)('%s can come from a file', (name) => {
    const value = values[name] ?? 'from-a-file';
    const remote = { KEEPER_URL: 'https://tokens.example.com' };
    const mail = { ALERT_FROM: 'keeper@example.com' };
    const needed = { ZOHO_CLIENT_SECRET: client, OIDC_CLIENT_SECRET: provider, KEEPER_KEY: remote, SMTP_URL: mail };
    const others = Object.entries(needed).find(([secret]) => secret === name)?.[1] ?? {};
    const file = join(folder, name);
    writeFileSync(file, `${value}\n`);
    const config = readConfig({ ...others, [`${name}_FILE`]: file });
    const { client: zoho, oidc, password, outboundProxy, databaseUrl, encryptionKeys, remote: keeper } = config;
    const read = [
      zoho?.secret,
      oidc?.clientSecret,
      password,
      outboundProxy,
      databaseUrl,
      encryptionKeys,
      keeper?.key,
      config.mail?.url,
    ];
    expect(read).toContain(value);
  });

  it.each(secrets)('%s cannot come from a file and the variable at once', (name) => {
    const file = join(folder, 'both');
    writeFileSync(file, 'sqlite:one.db');
    const env = {
      [name]: 'sqlite:two.db',
      [`${name}_FILE`]: file,
      ZOHO_CLIENT_ID: '1',
      ZOHO_CLIENT_SECRET: 'two',
    };
    expect(problemsOf(env)).toContain(`${name} and ${name}_FILE are both set: keep one`);
  });

  it.each(secrets)('%s whose file cannot be read is told with the name of the file', (name) => {
    const file = join(folder, 'missing');
    const [problem] = problemsOf({ [`${name}_FILE`]: file, ZOHO_CLIENT_ID: undefined });
    expect(problem).toMatch(new RegExp(`^${name}_FILE names a file that cannot be read \\(\\w+\\): ${file}$`));
  });

  it.each(secrets)('%s whose file is empty is told, and not taken for not set', (name) => {
    const file = join(folder, 'empty');
    writeFileSync(file, '\n');
    const problems = problemsOf({ [`${name}_FILE`]: file, [name]: undefined });
    expect(problems).toContain(`${name}_FILE names a file that is empty: ${file}`);
  });
});

it('every variable of the table is read, and no other', () => {
  const read = new Set<string>();
  readConfig(new Proxy<Environment>({}, { get: (_target, name) => void read.add(String(name)) }));
  expect([...read].toSorted()).toEqual(variableNames().toSorted());
});

describe('.env.example', () => {
  const example = readFileSync(join(__dirname, '../../.env.example'), 'utf8');
  const listed = [...example.matchAll(/^#? ?([A-Z][A-Z_]*)=/gm)].map(([, name = '']) => name);

  it('lists every variable, in the order of the table', () => {
    expect(listed).toEqual(variableNames().filter((name) => !name.endsWith('_FILE')));
  });

  it('begins with the client and the address, and keeps its order', () => {
    expect(listed.filter((name) => knownOrder.includes(name))).toEqual(knownOrder);
  });

  it('names the file variable of every secret', () => {
    for (const name of secrets) expect(example).toContain(`${name}_FILE`);
  });

  it('is itself a configuration without mistakes, the defaults', () => {
    const env = Object.fromEntries(
      [...example.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value]) => [name, value]),
    );
    expect(readConfig(env)).toEqual(readConfig({}));
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
