import { connectMessages } from './connect-messages';
import type { Explanation, Operation } from './errors';

/** Sources and certainty of each word: docs/zoho.md, "Errors of the token endpoint". */
export function explain(code: string, operation: Operation): Explanation {
  const known = knownWord(code);
  const found = wordsFor(perOperation[operation], known) ?? wordsFor(everywhere, known) ?? unknownRefusal(code);
  return { code, ...found };
}

// Zoho's word may be one that every object has, such as "constructor".
function wordsFor(table: Readonly<Record<string, Words>> | undefined, code: string): Words | undefined {
  return table && Object.hasOwn(table, code) ? table[code] : undefined;
}

type Words = Omit<Explanation, 'code'>;

// Zoho's own word is invalid_code; some of its services are reported to use the words of other standards.
const synonyms = new Map([
  ['invalid_grant', 'invalid_code'],
  ['invalid_token', 'invalid_code'],
]);

/** The code under which a word of Zoho's is explained. */
export function knownWord(code: string): string {
  return synonyms.get(code) ?? code;
}

// The title is that of a part of the page Clients (views/partials/own-secrets.ejs).
const ownSecret = 'paste it on the page Clients under “Data centres with a secret of their own”.';

const checkClient = `Check on the page Clients that the client ID, the secret and the data centre are those of the API console, and that the account’s data centre is switched on there (Settings). If it has a secret of its own there, ${ownSecret}`;

const everywhere: Readonly<Record<string, Words>> = {
  invalid_client: {
    kind: 'fix_setup',
    sentence: 'Zoho does not know this client at the account’s data centre (invalid_client).',
    next: checkClient,
  },
  invalid_client_secret: {
    kind: 'fix_setup',
    sentence: 'Zoho refused the client secret (invalid_client_secret).',
    next: `Copy the secret anew from the API console to the page Clients. If the account’s data centre has a secret of its own, ${ownSecret}`,
  },
  invalid_redirect_uri: {
    kind: 'fix_setup',
    sentence: 'The redirect URI differs from the one registered at Zoho (invalid_redirect_uri).',
    next: 'Register the URI that the setup page shows, character by character, then connect again.',
  },
  throttled: {
    kind: 'wait',
    sentence: 'Zoho has had too many token requests and refuses more of them for a while (Access Denied).',
    next: 'Wait: nothing is lost. Asking sooner would make the block longer.',
  },
  general_error: {
    kind: 'retry',
    sentence: 'Zoho reported an internal error (general_error).',
    next: 'Try again in a moment.',
  },
  invalid_scope: {
    kind: 'fix_setup',
    sentence: 'Zoho does not know one of the scopes (invalid_scope).',
    next: 'Correct the scopes and connect again.',
  },
  missing_org_info: {
    kind: 'fix_setup',
    sentence: 'Zoho wants to know the organisation for this client (missing_org_info).',
    next: 'Use a Server-based Application client.',
  },
  unauthorized_client: {
    kind: 'fix_setup',
    sentence: 'Zoho does not let this kind of client ask for tokens in this way (unauthorized_client).',
    next: 'Register a client of the type Server-based Application, and set that up.',
  },
  unsupported_grant_type: {
    kind: 'fix_setup',
    sentence: 'Zoho does not let this kind of client ask for tokens in this way (unsupported_grant_type).',
    next: 'Register a client of the type Server-based Application, and set that up.',
  },
  unreachable: {
    kind: 'retry',
    sentence: 'Zoho could not be reached: no connection to its accounts server.',
    next: 'Check the network of this server, then try again. What is stored is unchanged.',
  },
  name_not_found: {
    kind: 'retry',
    sentence: 'Zoho could not be reached: its host name was not found.',
    next: 'Check the network and DNS of this server, then try again. What is stored is unchanged.',
  },
  exhausted: {
    kind: 'retry',
    sentence: 'Zoho was not asked: this computer has no open file or network port left for the Keeper.',
    next: 'Raise the limit (ulimit -n, or LimitNOFILE= in systemd), or close what holds them, then try again. What is stored is unchanged.',
  },
  proxy_unreachable: {
    kind: 'retry',
    sentence: 'Zoho could not be reached: the proxy in OUTBOUND_PROXY does not answer as one.',
    next: 'Check that it runs and that OUTBOUND_PROXY has its address, then try again. What is stored is unchanged.',
  },
  proxy_unauthorized: {
    kind: 'retry',
    sentence: 'Zoho could not be reached: the proxy in OUTBOUND_PROXY wants another user name or password (407).',
    next: 'Write OUTBOUND_PROXY as http://user:password@host:port, then try again. What is stored is unchanged.',
  },
  proxy_refused: {
    kind: 'retry',
    sentence: 'Zoho could not be reached: the proxy in OUTBOUND_PROXY opened no tunnel to it.',
    next: 'Let the proxy connect to Zoho’s hosts on port 443, then try again. What is stored is unchanged.',
  },
  untrusted_certificate: {
    kind: 'retry',
    sentence: 'The server that answered could not prove to be Zoho: its certificate is not trusted.',
    next: 'Check for a proxy or firewall that opens encrypted traffic. Nothing was sent.',
  },
  connection_lost: {
    kind: 'retry',
    sentence: 'The connection to Zoho broke off before its answer was complete.',
    next: 'Try again. What is stored is unchanged.',
  },
  timed_out: {
    kind: 'retry',
    sentence: 'Zoho did not answer in time.',
    next: 'Try again. What is stored is unchanged.',
  },
  zoho_unavailable: {
    kind: 'retry',
    sentence: 'Zoho is having problems at the moment and could not answer.',
    next: 'Try again in a moment. What is stored is unchanged.',
  },
  redirected: {
    kind: 'retry',
    sentence: 'Something between here and Zoho answered with a redirect, which was not followed.',
    next: 'Check for a proxy or captive portal on the network of this server.',
  },
  too_large: {
    kind: 'retry',
    sentence: 'The answer was far larger than any answer of Zoho’s and was cut off.',
    next: 'Try again. If it stays, check for a proxy on the network of this server.',
  },
  unnamed_error: {
    kind: 'retry',
    sentence: 'Zoho refused with an error that is not documented.',
    next: 'Try again. What is stored is unchanged.',
  },
  unexpected_answer: {
    kind: 'retry',
    sentence: 'Zoho’s answer was not understood, so it was not used.',
    next: 'Try again. What is stored is unchanged.',
  },
};

const perOperation: Readonly<Partial<Record<Operation, Readonly<Record<string, Words>>>>> = {
  connect: connectMessages,
  refresh: {
    invalid_code: {
      kind: 'reconnect',
      sentence:
        'Zoho no longer accepts the refresh token: it was revoked, pushed out by newer ones (Zoho keeps 20 a user), or belongs to another data centre.',
      next: 'Reconnect.',
    },
    interrupted: {
      kind: 'retry',
      sentence: 'The Keeper was stopped before it could store what Zoho answered.',
      next: 'Nothing: another refresh followed.',
    },
    damaged: {
      kind: 'reconnect',
      sentence: 'The stored refresh token cannot be decrypted: it was changed in the database.',
      next: 'Restore the database from your backup, or reconnect.',
    },
    client_damaged: {
      kind: 'fix_setup',
      sentence: 'The stored secret of the client cannot be decrypted: it was changed in the database.',
      next: 'Save the secret again on the page Clients.',
    },
    client_missing: {
      kind: 'fix_setup',
      sentence: 'The client that this connection was made with is not set up here any more.',
      next: 'Add it on the page Clients, or reconnect with the default client.',
    },
  },
  revoke: {
    invalid_code: {
      kind: 'retry',
      sentence: 'Zoho does not know the token (any more).',
      next: 'Nothing more to do.',
    },
  },
};

/** All codes that have words of their own, for the documentation. */
export function explainedCodes(operation: Operation): string[] {
  return [...new Set([...Object.keys(perOperation[operation] ?? {}), ...Object.keys(everywhere)])];
}

function unknownRefusal(code: string): Words {
  // Zoho's word is shown only when it looks like one: it comes from outside.
  const word = /^[\w .-]{1,60}$/.test(code) ? ` (${code})` : '';
  return {
    kind: 'retry',
    sentence: `Zoho refused with an error that is not documented${word}.`,
    next: 'Try again. What is stored is unchanged.',
  };
}
