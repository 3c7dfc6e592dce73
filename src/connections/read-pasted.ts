import { Problem } from '../lib/problem';
import { parseScopes } from '../zoho/scopes';
import type { Callback } from './callback';

export interface Pasted extends Callback {
  /** What the console's self_client.json says beside the code. */
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Where the consent ended; empty when only the code, or a part of the address, was pasted. */
  readonly redirectUri: string;
  /** When it says that the code ends, in milliseconds since 1970; null when it does not. */
  readonly expires: number | null;
}

/**
 * Reads what people copy: a code, the address that Zoho's consent ended at or a part of it, however it was quoted, broken
 * or encoded on the way, or the console's self_client.json. Nothing of it is ever called. Throws a Problem without a code.
 */
export function readPasted(text: string): Pasted {
  const pasted = readJson(text) ?? readAddress(plain(text));
  if (pasted.code !== undefined || pasted.error !== undefined) return pasted;
  const sentence = 'There is no code in what was pasted.';
  const next = 'Paste the code alone, or the whole address of the page that Zoho led to, with “code=” in it.';
  throw new Problem(400, 'no_code', sentence, next);
}

const nothing: Pasted = {
  state: undefined,
  code: undefined,
  error: undefined,
  location: undefined,
  accountsServer: undefined,
  clientId: '',
  scopes: [],
  redirectUri: '',
  expires: null,
};

function readJson(text: string): Pasted | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const member = (name: string): string => {
      const found: unknown = Reflect.get(value, name);
      return typeof found === 'string' ? found.trim() : '';
    };
    const { scopes } = parseScopes(member('scope'));
    const expires = Number(Reflect.get(value, 'expiry_time'));
    return {
      ...nothing,
      code: member('code') || undefined,
      clientId: member('client_id'),
      scopes,
      expires: isMoment(expires) ? expires : null,
    };
  } catch {
    return null;
  }
}

/** Milliseconds, as far as anybody has reported; in another unit it would say nonsense. */
function isMoment(time: number): boolean {
  return time > 1e12 && time < 1e13;
}

/** Mails and terminals put blanks, quotes, brackets and backslashes into what they carry; codes and addresses have none. */
function plain(text: string): string {
  let whole = text.replaceAll('&amp;', '&').replaceAll(/[\s\\\p{Cf}"'`“”„‘’‚«»‹›<>()[\],;]+/gu, '');
  // An address inside the address of a sign-in page is encoded twice.
  for (let times = 0; times < 4 && isEncoded(whole); times++) whole = decodedOnce(whole);
  return whole;
}

function isEncoded(text: string): boolean {
  return !text.includes('=') && /%(?:25)*3D/i.test(text);
}

function decodedOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readAddress(text: string): Pasted {
  const bare = /^(?:code:)?(\d{3,5}\.[\w.~-]{8,1000})$/i.exec(text);
  if (bare) return { ...nothing, code: bare[1] };
  const mark = text.search(/[?#]/);
  const query = new URLSearchParams(text.slice(mark + 1).replaceAll(/[?#]/g, '&'));
  const only = (name: string): string | undefined => {
    const values = new Set(query.getAll(name));
    if (values.size < 2) return [...values][0] || undefined;
    throw new Problem(400, 'invalid_request', `What was pasted has more than one “${name}”.`, 'Paste one address.');
  };
  const address = text.slice(0, Math.max(0, mark));
  return {
    ...nothing,
    redirectUri: /^https?:/i.test(address) && URL.canParse(address) ? address : '',
    state: only('state'),
    code: only('code'),
    error: only('error'),
    location: only('location'),
    accountsServer: only('accounts-server'),
  };
}
