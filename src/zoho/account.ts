import type { Outbound } from '../lib/outbound';
import { plainText } from '../lib/text';
import { isAbsent, isThrottle, readBody } from './answers';
import type { DataCenterCode } from './data-centers';
import type { ZohoHosts } from './hosts';
import { type Answer, send } from './send';

// Long enough for a second IP address, when the first one leads nowhere.
const deadline = 6;

export interface Account {
  readonly zuid: string | null;
  readonly userName: string | null;
  readonly userEmail: string | null;
  readonly organisation: string | null;
  readonly organisationId: string | null;
}

export interface Identity extends Account {
  /** True when Zoho was asked for the user and did not say who it is, nor that it may not say. */
  readonly unclear: boolean;
  readonly asksOrganisation: boolean;
}

/** Who consented, as far as the scopes allow to ask. Never throws: a connection is good without it. */
export async function account(
  outbound: Outbound,
  hosts: ZohoHosts,
  dataCenter: DataCenterCode,
  apiDomain: string,
  accessToken: string,
  scopes: readonly string[],
): Promise<Identity> {
  const ask = async (url: string) =>
    send(outbound, { operation: 'account', url, accessToken, deadline }).catch(() => null);
  const asksUser = allows(scopes, /^aaaserver\.profile\./i);
  const asksOrganisation = allows(scopes, /^zohocrm\.org\./i);
  const [user, organisation] = await Promise.all([
    asksUser ? ask(`${hosts.accountsUrl(dataCenter)}/oauth/user/info`) : null,
    asksOrganisation ? ask(`${apiDomain}/crm/v8/org`) : null,
  ]);
  return {
    ...readUser(user),
    ...readOrganisation(organisation),
    unclear: asksUser && !isAnswered(user),
    asksOrganisation,
  };
}

function allows(scopes: readonly string[], pattern: RegExp): boolean {
  return scopes.some((scope) => pattern.test(scope));
}

/** Whether Zoho said something about the user, be it that the scope does not allow it (docs/zoho.md, "Who is the user"). */
export function isAnswered(answer: Answer | null): boolean {
  if (answer === null || answer.status >= 500 || answer.status === 429) return false;
  try {
    const body = readBody(answer, 'account');
    return !isThrottle(body) && Object.values(body).some((value) => !isAbsent(value));
  } catch {
    return false;
  }
}

/** Reads `/oauth/user/info`: docs/zoho.md, "Who is the user". `ZUID` is a number there. */
export function readUser(answer: Answer | null): Omit<Account, 'organisation' | 'organisationId'> {
  const body = readable(answer);
  const fullName = [body['First_Name'], body['Last_Name']].filter((part) => typeof part === 'string').join(' ');
  return {
    zuid: readZuid(answer, body),
    userName: words(body['Display_Name']) ?? words(fullName),
    userEmail: words(body['Email']),
  };
}

/** As it is written: a number too long for JavaScript would be rounded, and might become somebody else's. */
function readZuid(answer: Answer | null, body: Readonly<Record<string, unknown>>): string | null {
  if (typeof body['ZUID'] !== 'number') return words(body['ZUID']);
  return /"ZUID"\s*:\s*([1-9]\d*)/.exec(answer?.body ?? '')?.[1] ?? null;
}

/** Reads `/crm/v8/org`. */
export function readOrganisation(answer: Answer | null): Pick<Account, 'organisation' | 'organisationId'> {
  const list = readable(answer)['org'];
  const first: unknown = Array.isArray(list) ? list[0] : null;
  if (!isRecord(first)) return { organisation: null, organisationId: null };
  const { company_name: name, zgid: id } = first;
  return { organisation: words(name), organisationId: words(Number.isSafeInteger(id) ? String(id) : id) };
}

function readable(answer: Answer | null): Readonly<Record<string, unknown>> {
  if (answer === null || answer.status >= 300) return {};
  try {
    return readBody(answer, 'account');
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Names are shown and stored. */
function words(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = plainText(value);
  return text === '' ? null : text.slice(0, 200);
}
