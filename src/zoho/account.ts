import type { Answer } from './send';
import { readBody } from './answers';

/** The Zoho user and organisation behind a connection; null where Zoho did not tell. */
export interface Account {
  readonly zuid: string | null;
  readonly userName: string | null;
  readonly userEmail: string | null;
  readonly organisation: string | null;
}

/** Reads `/oauth/user/info`: docs/zoho.md, "Who is the user". `ZUID` is a number there. */
export function readUser(answer: Answer | null): Omit<Account, 'organisation'> {
  const body = readable(answer);
  const fullName = [body['First_Name'], body['Last_Name']].filter((part) => typeof part === 'string').join(' ');
  return {
    zuid: typeof body['ZUID'] === 'number' ? String(body['ZUID']) : words(body['ZUID']),
    userName: words(body['Display_Name']) ?? words(fullName),
    userEmail: words(body['Email']),
  };
}

/** Reads `/crm/v8/org`. */
export function readOrganisation(answer: Answer | null): Pick<Account, 'organisation'> {
  const list = readable(answer)['org'];
  const first: unknown = Array.isArray(list) ? list[0] : null;
  return { organisation: isRecord(first) ? words(first['company_name']) : null };
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

function words(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 200) : null;
}
