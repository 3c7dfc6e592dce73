import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readConfig } from '../../src/config/config';

type Environment = Record<string, string | undefined>;

const contract = [
  'ZOHO_CLIENT_ID',
  'ZOHO_CLIENT_SECRET',
  'ZOHO_DATA_CENTER',
  'ZOHO_SCOPES',
  'ZOHO_REDIRECT_URI',
  'HOST',
  'PORT',
  'BASE_URL',
  'DASHBOARD_PASSWORD',
  'DATABASE_URL',
  'ENCRYPTION_KEYS',
  'LOG_LEVEL',
  'ZOHO_PKCE',
  'ZOHO_ACCOUNTS_URLS',
  'ZOHO_API_URLS',
];
const secrets = ['ZOHO_CLIENT_SECRET', 'DASHBOARD_PASSWORD', 'DATABASE_URL', 'ENCRYPTION_KEYS'];
const keys = `k1:${randomBytes(32).toString('base64')}`;

describe('a secret', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keeper-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(secrets)('%s can come from a file', (name) => {
    const value = { DATABASE_URL: 'sqlite:from-a-file.db', ENCRYPTION_KEYS: keys }[name] ?? 'from a file';
    const file = join(folder, name);
    writeFileSync(file, `${value}\n`);
    const config = readConfig({
      [`${name}_FILE`]: file,
      ...(name === 'ZOHO_CLIENT_SECRET' && { ZOHO_CLIENT_ID: '1' }),
    });
    expect([config.client?.secret, config.password, config.databaseUrl, config.encryptionKeys]).toContain(value);
  });

  it.each(secrets)('%s cannot come from a file and the variable at once', (name) => {
    const file = join(folder, 'both');
    writeFileSync(file, 'sqlite:one.db');
    const env = {
      [name]: 'sqlite:two.db',
      [`${name}_FILE`]: file,
      ZOHO_CLIENT_ID: '1',
      ZOHO_CLIENT_SECRET: 'sqlite:two',
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

describe('.env.example', () => {
  const example = readFileSync(join(__dirname, '../../.env.example'), 'utf8');
  const listed = [...example.matchAll(/^#? ?([A-Z][A-Z_]*)=/gm)].map(([, name = '']) => name);

  it('lists exactly the variables that are read', () => {
    const names = variablesRead().filter((name) => !name.endsWith('_FILE'));
    expect(listed.toSorted()).toEqual([...new Set(names)].toSorted());
  });

  it('lists those of the contract in its order', () => {
    expect(listed.filter((name) => contract.includes(name))).toEqual(contract);
  });

  it('names the file variable of every secret', () => {
    const files = variablesRead().filter((name) => name.endsWith('_FILE'));
    expect(files.length).toBeGreaterThanOrEqual(secrets.length);
    for (const name of files) expect(example).toContain(name);
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

/** The names that the configuration looks for, whether they are set or not. */
function variablesRead(): string[] {
  const names: string[] = [];
  const spy = new Proxy<Environment>({}, { get: (_target, name) => void names.push(String(name)) });
  readConfig(spy);
  return names;
}
