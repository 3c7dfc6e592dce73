import { randomBytes } from 'node:crypto';
import { ConfigError, readConfig } from '../../src/config/config';

const ENCRYPTION_KEYS = `k1:${randomBytes(32).toString('base64')}`;
const escaped =
  /write postgres:\/\/user:password@host:5432\/database, and in user name and password write @ as %40, .*%25$/;

it.each([
  'sqlite:/var/lib/keeper/keeper.db',
  'sqlite:/with a blank/keeper.db',
  'postgres://localhost/keeper',
  'postgresql://keeper@localhost/keeper',
  'postgres://keeper:p%40%23%2F%3F%25@db.example.com:5432/keeper?sslmode=verify-full&sslrootcert=/etc/ca.pem',
  'postgres://keeper:pa$$:w=o&rd!@db/keeper',
  'postgres://keeper:ä b@[::1]:5433/keeper?options=-c%20search_path%3Dkeeper',
  'postgres:///keeper?host=/var/run/postgresql',
  'postgres://keeper:secret@/keeper?host=/var/run/postgresql',
  'postgres://keeper:x@%2Fvar%2Frun%2Fpostgresql/keeper',
])('DATABASE_URL may be %s', (DATABASE_URL) => {
  expect(readConfig({ DATABASE_URL, ENCRYPTION_KEYS }).databaseUrl).toBe(DATABASE_URL);
});

describe('a password in DATABASE_URL that is not escaped', () => {
  it.each([
    'hun@ter',
    'hun#ter',
    'hun/ter',
    'hun?ter',
    '@hun',
    'ter/',
    '12/ter',
    '34?ter',
    '5432#ter',
    'hun@ter/x?y#z',
  ])('is told without a piece of it: %s', (password) => {
    for (const rest of ['@db.example.com/keeper', '@db.example.com:5432/keeper?sslmode=require', '@localhost']) {
      const problem = problemOf(`postgres://keeper:${password}${rest}`);
      expect(problem).toMatch(escaped);
      expect(problem).not.toMatch(/hun|ter(?!wards)\b|12|34|db\.example/);
    }
  });
});

it.each([
  ['sqlite:~/k.db', /has ~ or a variable in it, which nothing replaces here: write the whole path$/],
  ['sqlite:~root/k.db', /has ~/],
  ['sqlite:$HOME/k.db', /has ~ or a variable/],
  ['sqlite:${HOME}/k.db', /has ~ or a variable/],
  ['sqlite:%USERPROFILE%/k.db', /has ~ or a variable/],
  ['sqlite:///x/k.db', /has \/\/ after sqlite:, .*: write sqlite: and then the path, e\.g\. sqlite:data\/keeper\.db/],
  ['sqlite://k.db', /has \/\/ after sqlite:/],
  ['sqlite:////x/k.db', /has \/\/ after sqlite:/],
  ['sqlite::memory:', /names no file/],
  ['sqlite:file:k.db', /names no file/],
  ['sqlite:k.db?mode=rwc', /has \? or %XX after sqlite:/],
  ['sqlite:my%20folder/k.db', /has \? or %XX after sqlite:/],
  ['sqlite:data/', /names a folder/],
  ['sqlite:.', /names a folder/],
  ['sqlite:data/..', /names a folder/],
  ['sqlite: k.db', /has a blank after sqlite:/],
  ['sqlite:data/~/k.db', /has ~ or a variable/],
  ['sqlite:$(pwd)/k.db', /has ~ or a variable/],
  ['sqlite:{{ dir }}/k.db', /has ~ or a variable/],
  ['sqlite:<path>/k.db', /has ~ or a variable/],
  ['sqlite:Data Source=k.db', /is written for another program/],
  ['sqlite:k.db;Version=3', /is written for another program/],
  ['sqlite: ', /must begin with sqlite:/],
  ['"sqlite:k.db"', /is in quotes: write it without them$/],
  ["'postgres://u:hunter@h/d'", /is in quotes/],
  ['sqlite:"k.db"', /is in quotes/],
  ['file:k.db', /must begin with sqlite: \(a file\) or postgres:\/\/ \(a server\)$/],
  ['k.db', /must begin with sqlite:/],
  ['sqlite3:k.db', /must begin with sqlite:/],
  ['mysql://u:hunter@h/d', /must begin with sqlite:/],
  ['host=h user=u password=hunter', /must begin with sqlite:/],
  [
    'postgresql+psycopg://u:hunter@h/d',
    /is written for another program: write postgres:\/\/.*without jdbc: and \+driver$/,
  ],
  ['postgres+asyncpg://u:hunter@h/d', /is written for another program/],
  ['jdbc:postgresql://h/d?user=u&password=hunter', /is written for another program/],
  ['postgres://u:${DB_PASSWORD}@h/d', /has a variable in it/],
  ['postgres://u:hunter@$DB_HOST/d', escaped],
  ['postgres://u:hunter@h:port/d', escaped],
  ['postgres://u:hunter@h1,h2/d', escaped],
  [
    'postgres://u:hunter@h/d?sslrootcert=ca.pem',
    /has a path in sslrootcert that does not begin at \/: write the whole path$/,
  ],
])('DATABASE_URL %s is refused in words', (url, sentence) => {
  const problem = problemOf(url);
  expect(problem).toMatch(/^DATABASE_URL /);
  expect(problem).toMatch(sentence);
  expect(problem).not.toContain('hunter');
});

it.each(['~/backups', '$HOME/backups', '"/var/backups"', 's3://bucket'])(
  'BACKUP_DIR %s is refused in words',
  (BACKUP_DIR) => {
    expect(() => readConfig({ BACKUP_DIR })).toThrow(/^BACKUP_DIR (is|has) .*: write /);
  },
);

function problemOf(DATABASE_URL: string): string {
  try {
    readConfig({ DATABASE_URL, ENCRYPTION_KEYS });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n');
    throw error;
  }
  return '';
}
