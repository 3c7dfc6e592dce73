import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError, readConfigFrom } from '../../src/config/config';
import { readSource } from '../../src/config/source';
import { freshFolder } from '../support/postgres';

const password = 'DASHBOARD_PASSWORD';

describe('a line of .env that does not say what it seems to', () => {
  it.each([
    [`${password}=correct#horse-battery`, /^DASHBOARD_PASSWORD contains #, and the rest is taken for a comment: put/],
    [`${password}=correct horse #1 battery`, /^DASHBOARD_PASSWORD contains #/],
    [`${password}=#correct-horse`, /^DASHBOARD_PASSWORD contains #/],
    [`${password}="correct"horse#battery"`, /^DASHBOARD_PASSWORD contains #/],
    [`export ${password} = 'it's#mine`, /^DASHBOARD_PASSWORD begins with a quote that is not closed/],
    [`${password}="correct horse battery`, /^DASHBOARD_PASSWORD begins with a quote that is not closed/],
    [`${password}="correct\nOIDC_ISSUER=x\nLOG_LEVEL=info"`, /^DASHBOARD_PASSWORD goes on over the next settings/],
    [`${password}="correct\\new\\horse"`, /^DASHBOARD_PASSWORD has a backslash that means something else inside "/],
    [`${password}="correct\\"horse"`, /^DASHBOARD_PASSWORD has a backslash/],
    [`${password}=correct horse\n${password}=`, /^DASHBOARD_PASSWORD stands twice in \.env: keep one/],
    [`${password} correct horse battery`, /^DASHBOARD_PASSWORD stands in line 1 of \.env without “=”/],
    [`set ${password}=correct horse battery`, /^DASHBOARD_PASSWORD stands in line 1 of \.env without “=”/],
    [`$env:${password}="correct horse battery"`, /^DASHBOARD_PASSWORD stands in line 1 of \.env without “=”/],
    [`ENV ${password}=correct horse battery`, /^DASHBOARD_PASSWORD stands in line 1 of \.env without “=”/],
    [`declare -x ${password}="correct horse battery"`, /^DASHBOARD_PASSWORD stands in line 1/],
    [`- ${password}=correct horse battery`, /^DASHBOARD_PASSWORD stands in line 1/],
    [`{"${password}": "correct horse battery"}`, /^DASHBOARD_PASSWORD stands in line 1/],
    ['ZOHO_SCOPES=a.b#c.d', /^ZOHO_SCOPES contains #/],
    [`${password}_FILE=/run/secrets#1/x`, /^DASHBOARD_PASSWORD_FILE contains #/],
    ['OIDC_CLIENT_SECRET=abc #1', /^OIDC_CLIENT_SECRET contains #/],
  ])('%j stops the start, and its value is not told', (text, problem) => {
    const problems = problemsOf(text);
    expect(problems).toContainEqual(expect.stringMatching(problem));
    expect(problems.join('\n')).not.toMatch(/correct|horse|battery|mine/);
  });

  it.each([
    [`${password}="correct#horse"`, { password: 'correct#horse' }],
    [`${password}='correct #"horse"' # a comment`, { password: 'correct #"horse"' }],
    [`${password}=\`it's "correct" #1\``, { password: `it's "correct" #1` }],
    [`${password}="  correct horse "`, { password: '  correct horse ' }],
    [`${password}=correct"horse"`, { password: 'correct"horse"' }],
    [`${password}="correct"horse"`, { password: 'correct"horse' }],
    [`${password}='C:\\new\\horse'`, { password: 'C:\\new\\horse' }],
    [`${password}= # nothing yet`, { password: null }],
    [`\uFEFF${password}=correct horse`, { password: 'correct horse' }],
    [`${password}=correct horse\r\nPORT=3001\r\n`, { password: 'correct horse', port: 3001 }],
    ['PORT=3001 # the port', { port: 3001 }],
    ['# PORT=1#2\n# set PORT=1', { port: 3000 }],
    ['export PORT=3001', { port: 3001 }],
    ['PORT=3001\nPORT=3001', { port: 3001 }],
    ['PORT=\nPORT=3001', { port: 3001 }],
    [
      'ZOHO_SCOPES="\nDesk.basic.READ\nZohoMail.messages.ALL\n"',
      { scopes: ['Desk.basic.READ', 'ZohoMail.messages.ALL'] },
    ],
  ])('%j is none', (text, expected) => {
    expect(configOf(text)).toMatchObject(expected);
  });

  it('does not matter where the environment has another value', () => {
    expect(configOf(`${password}=half#whole`, { [password]: 'from elsewhere' }).password).toBe('from elsewhere');
  });
});

describe('a file of settings that cannot be understood stops the start:', () => {
  it.each([
    ['UTF-16', Buffer.from('\uFEFFPORT=3001\n', 'utf16le'), /\.env is UTF-16 \(save it as UTF-8\)$/],
    ['UTF-16 without a mark', Buffer.from('PORT=3001\n', 'utf16le'), /\.env is UTF-16/],
    ['UTF-16, the other way round', Buffer.from('\uFEFFPORT=3001\n', 'utf16le').swap16(), /\.env is UTF-16/],
    ['Latin-1', Buffer.from(`${password}=schön, lang und sicher\n`, 'latin1'), /\.env is not UTF-8/],
  ])('%s', (_what, bytes, problem) => {
    const folder = freshFolder();
    writeFileSync(join(folder, '.env'), bytes);
    expect(problemsOf(folder, { at: folder })).toEqual([expect.stringMatching(problem)]);
  });

  it('one that is a folder', () => {
    const dir = freshFolder();
    expect(() => readConfigFrom(readSource({ envFile: dir }, {}))).toThrow(/ cannot be read \(EISDIR\)$/);
  });

  it('one that is named and not there', () => {
    const envFile = join(freshFolder(), 'keeper.env');
    expect(() => readConfigFrom(readSource({ envFile }, {}))).toThrow(`There is no file ${envFile}`);
    expect(() => readConfigFrom(readSource({ dir: envFile }, {}))).toThrow(`There is no folder ${envFile}`);
  });

  it('and so does a secret’s file', () => {
    const file = join(freshFolder(), 'secret');
    writeFileSync(file, Buffer.from('\uFEFFcorrect horse battery\r\n', 'utf16le'));
    expect(problemsOf('', { env: { [`${password}_FILE`]: file } })).toEqual([
      `${password}_FILE names a file that is UTF-16 (save it as UTF-8): ${file}`,
    ]);
  });
});

describe('a name that means nothing', () => {
  it.each([
    ['DASHBORD_PASSWORD', 'DASHBOARD_PASSWORD'],
    ['dashboard_password', 'DASHBOARD_PASSWORD'],
    ['DASHBOARD-PASSWORD', 'DASHBOARD_PASSWORD'],
    ['DASHBOARD_PASSWORD_FIEL', 'DASHBOARD_PASSWORD_FILE'],
    ['ZOHO_CLIENTID', 'ZOHO_CLIENT_ID'],
    ['ZOHO_DATA_CENTRE', 'ZOHO_DATA_CENTER'],
    ['ZOHO_SCOPE', 'ZOHO_SCOPES'],
    ['ENCRYPTION_KEY', 'ENCRYPTION_KEYS'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['OIDC_ALLOWED_EMAIL', 'OIDC_ALLOWED_EMAILS'],
    ['PROT', 'PORT'],
    ['CLIENT_ID', 'ZOHO_CLIENT_ID'],
    ['client_secret', 'ZOHO_CLIENT_SECRET'],
    ['PASSWORD', 'DASHBOARD_PASSWORD'],
  ])('and looks like ours is named with the likely one: %s', (name, likely) => {
    const { warnings } = configOf(`${name}=hunter2`).source;
    expect(warnings).toEqual([`.env sets ${name}, which means nothing to the Keeper: did you mean ${likely}?`]);
  });

  it.each([
    'ZOHO_REFRESH_TOKEN',
    'OIDC_SECRET',
    'SMTP_HOST',
    'KEEPER_PASSWORD',
    'BACKUP_SCHEDULE',
    'ZOHO_CLIENT_ID_FILE',
  ])('and begins like ours is named: %s', (name) => {
    expect(configOf(`${name}=hunter2`).source.warnings).toEqual([
      `.env sets ${name}, which means nothing to the Keeper: .env.example lists what does.`,
    ]);
  });

  it.each(['TZ', 'NODE_OPTIONS', 'COMPOSE_PROJECT_NAME', 'HTTPS_PROXY'])(
    'is not named when it is another’s: %s',
    (name) => {
      expect(configOf(`${name}=x`).source.warnings).toEqual([]);
    },
  );

  it('in the environment is named when it is all but ours, without its value', () => {
    const env = { DASHBORD_PASSWORD: 'hunter2', ZOHO_REFRESH_TOKEN: 'hunter3', HOSTS: 'x', PATH: '/bin', PROT: '1' };
    expect(configOf('', env).source.warnings).toEqual([
      'The environment sets DASHBORD_PASSWORD, which means nothing to the Keeper: did you mean DASHBOARD_PASSWORD?',
    ]);
  });
});

it('a file with secrets that everybody can read is named', () => {
  const folder = withEnv('ZOHO_CLIENT_ID=1000.A\nZOHO_CLIENT_SECRET=abc\n');
  const file = join(folder, '.env');
  const read = () => readConfigFrom(readSource({ dir: folder }, {})).source.warnings;
  chmodSync(file, 0o644);
  expect(read()).toEqual([`Everybody on this computer can read the secrets in ${file}: run chmod 600 on it.`]);
  chmodSync(file, 0o640);
  expect(read()).toEqual([]);
  writeFileSync(file, 'ZOHO_CLIENT_SECRET=\nPORT=3001\n');
  chmodSync(file, 0o644);
  expect(read()).toEqual([]);
});

it('relative paths begin in the folder of the settings', () => {
  const folder = withEnv(
    'DATABASE_URL=sqlite:k.db\nBACKUP_DIR=backups\nZOHO_CLIENT_ID=1000.A\nZOHO_CLIENT_SECRET_FILE=secret\n',
  );
  writeFileSync(join(folder, 'secret'), 'abc\n');
  const expected = {
    databaseUrl: `sqlite:${folder}/k.db`,
    backups: { folder: `${folder}/backups` },
    client: { secret: 'abc' },
    source: { folder, envFile: `${folder}/.env` },
  };
  expect(readConfigFrom(readSource({ dir: folder }, {}))).toMatchObject(expected);
  expect(readConfigFrom(readSource({ envFile: join(folder, '.env') }, {}))).toMatchObject(expected);
  const other = freshFolder();
  const env = { DATABASE_URL: 'sqlite:/k.db', BACKUP_DIR: '/backups', ZOHO_CLIENT_ID: '', ZOHO_CLIENT_SECRET_FILE: '' };
  expect(readConfigFrom(readSource({ dir: other, envFile: join(folder, '.env') }, env))).toMatchObject({
    databaseUrl: 'sqlite:/k.db',
    backups: { folder: '/backups' },
    source: { folder: other, envFile: `${folder}/.env` },
  });
});

function withEnv(text: string): string {
  const folder = freshFolder();
  writeFileSync(join(folder, '.env'), text, { mode: 0o600 });
  return folder;
}

function configOf(text: string, env: Record<string, string> = {}): Config {
  return readConfigFrom(readSource({ dir: withEnv(text) }, env));
}

function problemsOf(text: string, { at = withEnv(text), env = {} } = {}): readonly string[] {
  try {
    readConfigFrom(readSource({ dir: at }, env));
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
