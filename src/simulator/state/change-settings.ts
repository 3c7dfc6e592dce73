import { boolean, number, objectOf, oneOf, text, texts, type Input } from '../http/input';
import { defaultSettings, type Settings } from './settings';

/** Takes over the named settings and returns them all. Throws InputError, changing nothing, when one makes no sense. */
export function changeSettings(settings: Settings, input: Input): Settings {
  return Object.assign(settings, readSettings(input));
}

export function readSettings(value: unknown): Partial<Settings> {
  const input = objectOf(value, Object.keys(defaultSettings()));
  const statuses = { 200: 200, 400: 400 } as const;
  const status = (from: Input, name: string) => statuses[oneOf({ [name]: String(from[name]) }, name, ['200', '400'])];
  const changed: Partial<Settings> = {};
  for (const name of numbers) set(name, number);
  for (const name of booleans) set(name, boolean);
  set('throttleStatus', status);
  set('revokeAgainStatus', status);
  set('throttleLanguage', (from, name) => oneOf(from, name, ['en', 'zh', 'de', 'fr', 'es', 'ja']));
  set('pkce', (from, name) => oneOf(from, name, ['check', 'ignore']));
  set('deviceUnit', (from, name) => oneOf(from, name, ['milliseconds', 'seconds']));
  set('wrongDataCenter', (from, name) => oneOf(from, name, ['invalid_client', 'invalid_code']));
  set('scopes', texts);
  set('apiDomain', (from, name) => (from[name] === null ? undefined : text(from, name)));
  return changed;

  function set<Name extends keyof Settings>(name: Name, read: (from: Input, name: string) => Settings[Name]): void {
    if (input[name] !== undefined) Object.assign(changed, { [name]: read(input, name) });
  }
}

const numbers = [
  'codeLife',
  'accessTokenLife',
  'refreshesPerWindow',
  'codesPerWindow',
  'windowSeconds',
  'livingAccessTokens',
  'livingRefreshTokens',
] as const;

const booleans = [
  'scopeInReply',
  'expandAll',
  'trailingAmpersand',
  'refusalCarriesLocation',
  'expiresInSec',
  'rotateRefreshTokens',
  'apiDomainInReply',
  'scopesByShape',
  'bearerAtCrm',
  'browserSessions',
] as const;
