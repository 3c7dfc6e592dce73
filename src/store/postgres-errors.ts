import { type Kysely, sql } from 'kysely';
import { codeOf } from '../lib/errors';
import { StorageError } from './errors';
import type { Database } from './schema';

// Why PostgreSQL cannot be used, in a line with the next step. None of them has the password, or a piece of it.

interface Place {
  readonly server: string;
  readonly user: string;
  readonly database: string;
}

type Words = (place: Place, message: string) => string;

const correctUrl = 'or correct DATABASE_URL.';

const unknownAuthority: Words = ({ server }) =>
  `The certificate of the PostgreSQL server at ${server} is signed by nobody whom this computer knows: add ` +
  'sslrootcert=/path/of/its/ca.pem to the end of DATABASE_URL (behind ? or &), or start with NODE_EXTRA_CA_CERTS=/path/of/its/ca.pem.';
const noAnswer: Words = ({ server }) =>
  `PostgreSQL at ${server} does not answer: check that this computer may reach it (network, firewall), ${correctUrl}`;

const words: Readonly<Record<string, Words>> = {
  '28P01': ({ user }) =>
    `PostgreSQL refused the password of ${user}: correct it in DATABASE_URL, where @ is written as %40, / as %2F, ` +
    '# as %23, ? as %3F and % as %25.',
  '28000': ({ user, database }) =>
    `PostgreSQL does not let ${user} in from here: make that role, or allow it in pg_hba.conf for the database ${database}. ` +
    'Where it wants encryption, add sslmode=verify-full to DATABASE_URL (behind ? or &).',
  '3D000': ({ user, database }) =>
    `There is no PostgreSQL database called ${database}: make it with CREATE DATABASE ${database} OWNER ${user}; ${correctUrl}`,
  '53300': () => 'PostgreSQL has no connection left: raise its max_connections, or stop what else uses it.',
  '57P03': () => 'PostgreSQL is starting or stopping: try again in a moment.',
  ENOTFOUND: ({ server }) =>
    `The PostgreSQL server ${server} was not found: look at the network and DNS of this computer, ${correctUrl}`,
  ECONNREFUSED: ({ server }) => `No PostgreSQL server listens at ${server}: start it, ${correctUrl}`,
  ENOENT: () => 'A file that DATABASE_URL names is not there: a socket, or sslrootcert, sslcert or sslkey.',
  EACCES: () => 'A file that DATABASE_URL names cannot be read: a socket, or sslrootcert, sslcert or sslkey.',
  ETIMEDOUT: noAnswer,
  EHOSTUNREACH: noAnswer,
  ENETUNREACH: noAnswer,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ server }) =>
    `The certificate of the PostgreSQL server is for another name than ${server}: write the certificate’s into DATABASE_URL.`,
  CERT_HAS_EXPIRED: () => 'The certificate of the PostgreSQL server has expired: give the server a new one.',
  '42P07': (_place, message) =>
    `PostgreSQL has something of another program under a name that the Keeper needs (${message}): give the Keeper a ` +
    'database or a schema of its own, e.g. by ?options=-c%20search_path%3Dkeeper at the end of DATABASE_URL.',
};
const synonyms: ReadonlyMap<string, string> = new Map([['EAI_AGAIN', 'ENOTFOUND']]);

/** What to say instead of the error; the error itself where nothing better is known. `db` is undefined before it opened. */
export async function explainPostgres(db: Kysely<Database> | undefined, url: string, error: unknown): Promise<unknown> {
  if (error instanceof StorageError) return error;
  const message = messageOf(error);
  const code = codeOf(error);
  if (code === '42501') return new StorageError(await missingRights(db, placeOf(url), message));
  if (message.includes('does not support SSL')) {
    const sentence =
      'The PostgreSQL server has no encryption: switch it on there or, if nobody else is on the way to it, add ' +
      'sslmode=disable to the end of DATABASE_URL (behind ? or &).';
    return new StorageError(sentence);
  }
  const known = message.startsWith('timeout exceeded') ? noAnswer : words[synonyms.get(code) ?? code];
  return known ? new StorageError(known(placeOf(url), message)) : error;
}

/** Since version 15, only the owner of a database may make tables in its schema `public`. */
async function missingRights(db: Kysely<Database> | undefined, place: Place, message: string): Promise<string> {
  try {
    if (!db) return refused(message);
    const { rows } = await sql<{ own: string; role: string; may: boolean }>`
      select quote_ident(current_schema()) as own, quote_ident(current_user) as role,
        has_schema_privilege(current_schema(), 'create') as may`.execute(db);
    const { own = 'public', role = place.user, may = true } = rows[0] ?? {};
    if (!may) {
      return (
        `PostgreSQL does not let ${role} make tables in the schema ${own}: connect to the database ${place.database} as its ` +
        `owner and run GRANT USAGE, CREATE ON SCHEMA ${own} TO ${role};`
      );
    }
    return `PostgreSQL does not let ${role} change the Keeper’s tables in the schema ${own} (${message}): connect as the role that made them.`;
  } catch {
    return refused(message);
  }
}

function refused(message: string): string {
  return `PostgreSQL refuses a right that the Keeper needs (${message}): grant it to the role in DATABASE_URL.`;
}

function placeOf(url: string): Place {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const host = parsed?.searchParams.get('host') ?? parsed?.hostname ?? '';
  return {
    server: host === '' ? 'this computer' : `${decoded(host)}:${parsed?.port || '5432'}`,
    user: decoded(parsed?.username ?? '') || 'the user of this process',
    database: decoded(parsed?.pathname.slice(1) ?? '') || 'of the user’s name',
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
}
