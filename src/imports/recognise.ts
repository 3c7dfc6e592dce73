import { Problem } from '../lib/problem';
import type { Candidate, Values } from './candidate';
import { valuesInJson } from './json';
import { valuesInSdkStore } from './sdk-store';
import { valuesInText } from './text';
import { candidateOf } from './values';

/**
 * The refresh tokens in what was pasted or read from a file, in their order; it is recognised by itself. Throws a Problem
 * that says what was recognised when there is none.
 */
export function recognise(content: string): Candidate[] {
  // A form leaves out the NUL bytes of zcrm_oauthtokens.txt, so that they must not matter.
  const text = content
    .replaceAll('\0', '')
    .replace(/^\uFEFF/, '')
    .trim();
  if (text === '') throw nothing('There is nothing in it.');
  const { kind, values } = read(text);
  const candidates = values.map(candidateOf).filter((candidate) => candidate !== null);
  if (candidates.length > 0) return candidates;
  throw nothing(
    /access_?token/i.test(text)
      ? `It is ${kind} with an access token, which ends within the hour, but without a refresh token.`
      : `It is ${kind} without a refresh token.`,
  );
}

function read(text: string): { readonly kind: string; readonly values: readonly Values[] } {
  const json = valuesInJson(text);
  if (json) return { kind: 'JSON', values: json };
  if (/^a:\d+:\{/.test(text)) return { kind: 'a zcrm_oauthtokens.txt', values: valuesInZcrm(text) };
  const rows = valuesInSdkStore(text);
  if (rows) return { kind: 'a token store of Zoho’s SDKs', values: rows };
  if (/^['"]?1000\.[\w.-]+['"]?$/.test(text)) {
    return { kind: 'a token', values: [{ refreshtoken: text.replaceAll(/['"]/g, '') }] };
  }
  return { kind: 'a text', values: valuesInText(text) };
}

/** The file of zcrm-php-sdk, serialized by PHP: a list of objects with private members. */
function valuesInZcrm(text: string): Values[] {
  return text.split(/O:\d+:"/).map((object) => {
    const members = object.matchAll(/ZohoOAuthTokens(refreshToken|userEmailId)";s:\d+:"([^"]*)"/g);
    return Object.fromEntries([...members].map(([, name = '', value = '']) => [name.toLowerCase(), value]));
  });
}

function nothing(sentence: string): Problem {
  const next =
    'Paste a refresh token, or the whole content of a .env, a JSON file, a token store of Zoho’s SDKs, a zcrm_oauthtokens.txt or a Postman environment that holds one.';
  return new Problem(400, 'nothing_to_import', sentence, next);
}
