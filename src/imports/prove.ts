import { currentClient, findClientIfAny, requireClient } from '../connections/clients';
import type { Context } from '../context';
import { Problem } from '../lib/problem';
import { iso } from '../lib/time';
import { DamagedSecret } from '../store/encryption/cipher';
import type { Identity } from '../zoho/account';
import type { TokenAnswer } from '../zoho/answers';
import type { Client } from '../zoho/client';
import { clientSecretProblem, isClientId } from '../zoho/credentials';
import { dataCenter, type DataCenterCode, dataCenterCodes, dataCenters, isDataCenterCode } from '../zoho/data-centers';
import { ZohoError } from '../zoho/errors';
import { knownApiDomain, type ZohoHosts } from '../zoho/hosts';
import { explain } from '../zoho/messages';
import type { Candidate } from './candidate';

/** A refresh token that Zoho has just given an access token for. */
export interface Proof {
  readonly client: Client;
  readonly dataCenter: DataCenterCode;
  readonly answer: TokenAnswer;
  readonly account: Identity;
  /** ISO times around the call. */
  readonly sentAt: string;
  readonly receivedAt: string;
}

/** What Zoho says of a good token at another data centre than its own, or of one that has ended. */
const refusals = new Set(['invalid_code', 'invalid_grant', 'invalid_token', 'invalid_client']);

/** Asked for on trial when nobody knows the scopes: Zoho then refuses or tells who it is. */
const identityScopes = ['AaaServer.profile.READ', 'ZohoCRM.org.READ'];

/**
 * Refreshes once at the data centre that is named; when none is, at the client's and then, while Zoho says that it does not
 * know the token, once at each of the others. Throws a Problem.
 */
export async function prove(context: Context, candidate: Candidate): Promise<Proof> {
  const named = dataCenterOf(candidate, context.zoho.hosts);
  const home = named ?? (await homeOf(context, candidate));
  const order = named === null ? [home, ...othersThan(context, home)] : [home];
  const failures: ZohoError[] = [];
  for (const code of order) {
    try {
      return await proveAt(context, candidate, code);
    } catch (error) {
      if (!(error instanceof ZohoError)) throw error;
      failures.push(error);
      // Zoho asks to be left alone; or what is wrong has nothing to do with the data centre.
      if (error.kind === 'wait' || (failures.length === 1 && !refusals.has(error.code))) break;
    }
  }
  throw refused(failures, order);
}

async function proveAt(context: Context, candidate: Candidate, code: DataCenterCode): Promise<Proof> {
  const { zoho, now } = context;
  const client = await clientFor(context, candidate, code);
  const sentAt = iso(now());
  const answer = await zoho.refresh(client, code, candidate.refreshToken);
  const receivedAt = iso(now());
  const apiDomain = zoho.hosts.trustedApiDomain(code, answer.apiDomain ?? candidate.apiDomain);
  const scopes = answer.scopes ?? candidate.scopes;
  const account = await zoho.account(code, apiDomain, answer.accessToken, scopes.length > 0 ? scopes : identityScopes);
  return { client, dataCenter: code, answer, account, sentAt, receivedAt };
}

async function homeOf(context: Context, candidate: Candidate): Promise<DataCenterCode> {
  return (await clientFor(context, candidate, context.config.dataCenter)).dataCenter;
}

/** The client that the token was made with, as far as that is told, with the secret that it has in the data centre. */
async function clientFor(
  context: Context,
  { clientId, clientSecret }: Candidate,
  code: DataCenterCode,
): Promise<Client> {
  try {
    if (clientId === undefined) return (await currentClient(context, code)) ?? (await requireClient(context));
    const client = await findClientIfAny(context, clientId, code);
    if (client) return client;
  } catch (error) {
    if (error instanceof DamagedSecret) throw new ZohoError(explain('client_damaged', 'refresh'));
    throw error;
  }
  if (clientSecret !== undefined && isClientId(clientId) && clientSecretProblem(clientSecret) === null) {
    return { clientId, secret: clientSecret, dataCenter: code };
  }
  const sentence = `The client ${clientId.slice(0, 100)} is not set up here, and its secret does not stand beside the token.`;
  throw new Problem(409, 'setup_problem', sentence, 'Add the line CLIENT_SECRET=… to what you import.');
}

/** Null when none is named, or one that is not in our table. */
function dataCenterOf({ dataCenter, accountsUrl, apiDomain }: Candidate, hosts: ZohoHosts): DataCenterCode | null {
  const code = dataCenter?.toLowerCase();
  if (isDataCenterCode(code)) return code;
  const server = accountsUrl === undefined ? null : /^(https?:\/\/)?[^/]+/.exec(accountsUrl)?.[0];
  const located = server && hosts.locate(server.includes('://') ? server : `https://${server}`);
  if (located) return located;
  const domain = apiDomain === undefined || apiDomain.includes('://') ? apiDomain : `https://${apiDomain}`;
  const production = knownApiDomain(domain)?.replace(/\/\/(sandbox|developer)\./, '//www.');
  return dataCenters.find(({ apiUrl }) => apiUrl === production)?.code ?? null;
}

/** Whoever has put other servers in the place of Zoho's means those only. */
function othersThan({ config }: Context, home: DataCenterCode): DataCenterCode[] {
  const isReplaced = Object.keys(config.accountsUrls).length > 0;
  return dataCenterCodes.filter((code) => code !== home && (!isReplaced || code in config.accountsUrls));
}

/** One that could not be asked might have been the right one, so it is told before a refusal. */
function refused(failures: readonly ZohoError[], asked: readonly DataCenterCode[]): Problem {
  const error = failures.find((failure) => !refusals.has(failure.code)) ?? failures[0];
  if (error && !refusals.has(error.code)) return new Problem(502, error.code, error.sentence, error.next);
  const [only] = asked.length === 1 ? asked : [];
  const where = only === undefined ? 'at every data centre' : `at the data centre ${dataCenter(only).country}`;
  const sentence = `Zoho refused the refresh token ${where} (${failures.map(({ code }) => code)[0]}).`;
  const next = `It has ended, or was made with another client${only === undefined ? '' : ' or at another data centre'}: name the right one, or connect again.`;
  return new Problem(409, 'refused', sentence, next);
}
