import { boolean, endless, object, oneOf, refuseOthers, text, texts, type Input, type Reader } from '../http/input';
import type { Settings } from './settings';

/** The settings that are named, read. Throws InputError when one makes no sense. */
export function readSettings(value: unknown): Partial<Settings> {
  const input = object(value);
  refuseOthers(input, Object.keys(readers));
  const named = Object.entries(readers).filter(([name]) => input[name] !== undefined);
  return Object.assign({}, ...named.map(([name, read]) => ({ [name]: read(input, name) })));
}

const status = oneOf([200, 400] as const);

const readers: { readonly [Name in keyof Settings]: Reader<Settings[Name]> } = {
  codeLife: endless,
  accessTokenLife: endless,
  refreshesPerWindow: endless,
  codesPerWindow: endless,
  windowSeconds: endless,
  livingAccessTokens: endless,
  livingRefreshTokens: endless,
  throttleStatus: status,
  throttleLanguage: oneOf(['en', 'zh', 'de', 'fr', 'es', 'ja']),
  wrongDataCenter: oneOf(['invalid_client', 'invalid_code']),
  scopesByShape: boolean,
  scopes: texts,
  browserSessions: boolean,
  bearerAtCrm: boolean,
  scopeInReply: boolean,
  expandAll: boolean,
  trailingAmpersand: boolean,
  refusalCarriesLocation: boolean,
  expiresInSec: boolean,
  pkce: oneOf(['check', 'ignore']),
  revokeAgainStatus: status,
  rotateRefreshTokens: boolean,
  apiDomainInReply: boolean,
  apiDomain: (input: Input, name: string) => (input[name] === null ? undefined : text(input, name)),
  deviceUnit: oneOf(['milliseconds', 'seconds']),
};
