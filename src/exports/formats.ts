import { keeperClass } from './classes';
import type { ConnectionExport, OpenExport, TokenExport } from './connection-export';
import { curl } from './curl';
import { env, json } from './env';
import { phpFunction } from './php-function';
import { postmanCollection, postmanEnvironment } from './postman';
import { sdkStore, sdkStorePython, sdkStoreTypeScript } from './sdk-store';
import { tokenJson } from './token-json';
import { zcrmConfig, zcrmTokens } from './zcrm-php';

export type SecretKind = 'client secret' | 'refresh token' | 'access token';

/** What people have that wants a token. */
export const groups = [
  '.env, JSON',
  'token.json',
  'Postman',
  'PHP',
  'Node',
  'Python',
  'Java',
  'C#',
  'Ruby',
  'curl',
] as const;
export type Group = (typeof groups)[number];

interface Described {
  readonly name: string;
  readonly group: Group;
  readonly title: string;
  /** Who or what reads it, as a sentence without its full stop. */
  readonly audience: string;
  /** What the file is usually called. */
  readonly fileName: string;
  /** A program, or a part of one: nothing that a kept file may be. */
  readonly isCode: boolean;
}

/**
 * A format without anything secret is made from what is open alone. What needs the client is of no use without its secret
 * or the refresh token; the others are made of an access token alone as well, which is all that an API key gives.
 */
export type Format = Described &
  (
    | { readonly holds: null; readonly needsClient: false; readonly make: (of: OpenExport) => string }
    | { readonly holds: readonly SecretKind[]; readonly needsClient: false; readonly make: (of: TokenExport) => string }
    | {
        readonly holds: readonly SecretKind[];
        readonly needsClient: true;
        readonly make: (of: ConnectionExport) => string;
      }
  );

const all = ['client secret', 'refresh token', 'access token'] as const;

/** Every way out, once for page, command line, kept files and docs. */
export const formats: readonly Format[] = [
  {
    name: 'env',
    group: '.env, JSON',
    title: 'Environment file',
    audience: 'Shells, dotenv and Docker read it',
    fileName: '.env',
    isCode: false,
    holds: all,
    needsClient: false,
    make: env,
  },
  {
    name: 'json',
    group: '.env, JSON',
    title: 'JSON',
    audience: 'Programs of your own: all there is about the connection',
    fileName: 'zoho.json',
    isCode: false,
    holds: all,
    needsClient: false,
    make: json,
  },
  {
    name: 'token-json',
    group: 'token.json',
    title: 'token.json',
    audience: 'Scripts that read an access token and the time at which it was made',
    fileName: 'token.json',
    isCode: false,
    holds: ['access token'],
    needsClient: false,
    make: tokenJson,
  },
  {
    name: 'postman-collection',
    group: 'Postman',
    title: 'Postman collection',
    audience: 'Calls through the Keeper, and the way by hand as a folder',
    fileName: 'zoho.postman_collection.json',
    isCode: true,
    holds: null,
    needsClient: false,
    make: postmanCollection,
  },
  {
    name: 'postman-environment',
    group: 'Postman',
    title: 'Postman environment',
    audience: 'The values for the collection; set keeper_key to an API key',
    fileName: 'zoho.postman_environment.json',
    isCode: false,
    holds: all,
    needsClient: false,
    make: postmanEnvironment,
  },
  {
    name: 'php-function',
    group: 'PHP',
    title: 'Function file',
    audience: 'Scripts without an SDK: getAccessToken() refreshes by itself',
    fileName: 'zoho.php',
    isCode: true,
    holds: ['client secret', 'refresh token'],
    needsClient: true,
    make: phpFunction,
  },
  sdk('sdk-php', 'PHP', sdkStore),
  {
    name: 'store-php',
    group: 'PHP',
    title: 'Class that asks the Keeper',
    audience: 'Zoho’s SDK 8.0 for PHP, with an API key and no secret of Zoho’s',
    fileName: 'KeeperStore.php',
    isCode: true,
    holds: null,
    needsClient: false,
    make: keeperClass('KeeperStore.php'),
  },
  {
    name: 'zcrm-php-config',
    group: 'PHP',
    title: 'Configuration of zcrm-php-sdk',
    audience: "The older SDK: ZCRMRestClient::initialize(require 'config.php')",
    fileName: 'config.php',
    isCode: true,
    holds: ['client secret'],
    needsClient: true,
    make: zcrmConfig,
  },
  {
    name: 'zcrm-php-tokens',
    group: 'PHP',
    title: 'Tokens of zcrm-php-sdk',
    audience: 'The older SDK reads it in the folder token_persistence_path; on PHP 8 let the Keeper keep the file',
    fileName: 'zcrm_oauthtokens.txt',
    isCode: false,
    holds: ['refresh token', 'access token'],
    needsClient: false,
    make: zcrmTokens,
  },
  {
    name: 'store-zcrm-php',
    group: 'PHP',
    title: 'Class that asks the Keeper, for zcrm-php-sdk',
    audience: 'The older SDK, with an API key and no secret of Zoho’s',
    fileName: 'KeeperPersistence.php',
    isCode: true,
    holds: null,
    needsClient: false,
    make: keeperClass('KeeperPersistence.php'),
  },
  sdk('sdk-nodejs', 'Node', sdkStore),
  sdk('sdk-typescript', 'Node', sdkStoreTypeScript, 'TypeScript'),
  {
    name: 'store-nodejs',
    group: 'Node',
    title: 'Class that asks the Keeper',
    audience: 'Zoho’s SDK 8.0 for Node, with an API key and no secret of Zoho’s',
    fileName: 'keeper-store.mjs',
    isCode: true,
    holds: null,
    needsClient: false,
    make: keeperClass('keeper-store.mjs'),
  },
  {
    name: 'store-typescript',
    group: 'Node',
    title: 'Class that asks the Keeper, for TypeScript',
    audience: 'Zoho’s SDK 8.0 for TypeScript, with an API key and no secret of Zoho’s',
    fileName: 'keeper-store.ts',
    isCode: true,
    holds: null,
    needsClient: false,
    make: keeperClass('keeper-store.ts'),
  },
  sdk('sdk-python', 'Python', sdkStorePython),
  {
    name: 'store-python',
    group: 'Python',
    title: 'Class that asks the Keeper',
    audience: 'Zoho’s SDK 8.0 for Python, with an API key and no secret of Zoho’s',
    fileName: 'keeper_store.py',
    isCode: true,
    holds: null,
    needsClient: false,
    make: keeperClass('keeper_store.py'),
  },
  sdk('sdk-java', 'Java', sdkStore),
  sdk('sdk-csharp', 'C#', sdkStore),
  sdk('sdk-ruby', 'Ruby', sdkStore),
  {
    name: 'curl',
    group: 'curl',
    title: 'Two calls with curl',
    audience: 'To paste into a shell: a refresh, and a call',
    fileName: 'zoho.sh',
    isCode: true,
    holds: all,
    needsClient: false,
    make: curl,
  },
];

export function findFormat(name: string): Format | undefined {
  return formats.find((format) => format.name === name);
}

function sdk(name: string, group: Group, make: (of: TokenExport) => string, language: string = group): Format {
  return {
    name,
    group,
    title: `Token store of Zoho’s SDK for ${language}`,
    audience: `Zoho’s SDK 8.0 for ${language}: FileStore reads it, the id of the row is 1`,
    fileName: 'sdk_tokens.txt',
    isCode: false,
    holds: all,
    needsClient: false,
    make,
  };
}
