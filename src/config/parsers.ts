import { isAbsolute, normalize } from 'node:path';
import { basePathOf } from '../lib/base-path';
import { isLoopback } from '../lib/addresses';
import { type DataCenterCode, isDataCenterCode } from '../zoho/data-centers';
import { parseScopes, scopesProblem } from '../zoho/scopes';

/** A text that is no value of its option. The message follows the option's name; `hint` replaces the option's. */
export class Misfit extends Error {
  override readonly name = 'Misfit';
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

export function anyText(text: string): string {
  return text;
}

export function oneOf<Value extends string>(allowed: readonly Value[]) {
  return (text: string): Value | undefined => allowed.find((value) => value === text);
}

export function flag(yes: string, no: string) {
  return (text: string): boolean | undefined =>
    new Map([
      [yes, true],
      [no, false],
    ]).get(text);
}

/** The path of a file or folder, which nobody expands as a shell would. */
export function path(text: string): string {
  if (/^["'`]|["'`]$/.test(text)) throw new Misfit('is in quotes', 'write it without them');
  if (/^~|[\\/]~[\\/]|\$[\w{(]|%\w+%|\{\{|<\w[^>]*>/.test(text)) {
    throw new Misfit('has ~ or a variable in it, which nothing replaces here', 'write the whole path');
  }
  if (/^[a-z][\w+.-]+:/i.test(text)) throw new Misfit('is an address', 'write a path');
  return text;
}

export function wholeNumber(least: number, most: number) {
  return (text: string): number | undefined => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    return number >= least && number <= most ? number : undefined;
  };
}

export function listOf(isItem: (item: string) => boolean) {
  return (text: string): readonly string[] | undefined => {
    const items = split(text);
    const bad = items.find((item) => !isItem(item));
    if (bad !== undefined) throw new Misfit(`has "${bad}"`);
    return items.length > 0 ? items : undefined;
  };
}

export function scopes(text: string): readonly string[] {
  const written = parseScopes(text);
  const problem = scopesProblem(written);
  if (problem !== null) throw new Misfit(problem);
  return written.scopes;
}

/** An http(s) address, as it was written: whoever compares it does so character by character. */
export function webUrl(text: string): string | undefined {
  return parseWebUrl(text) && text;
}

/** A web address to which secrets may be sent. */
export function safeUrl(text: string): string | undefined {
  const url = parseWebUrl(text);
  if (url) requireEncryption(url);
  return url && text;
}

export function proxyUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.protocol === 'http:' && url.pathname === '/' && url.search === '' && url.hash === '';
  return isPlain && canDecode(url.username) && canDecode(url.password) ? url.href : undefined;
}

/** A mail server. What stands in a query would change how its certificate is verified, so there is none. */
export function smtpUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return undefined;
  const isPlain = ['', '/'].includes(url.pathname) && url.search === '' && url.hash === '';
  const hasBoth = (url.username === '') === (url.password === '');
  return isPlain && hasBoth && canDecode(url.username) && canDecode(url.password) ? url.href : undefined;
}

function canDecode(text: string): boolean {
  try {
    return decodeURIComponent(text) !== null;
  } catch {
    return false;
  }
}

/** With what paths of the Keeper begin. Below one of them nobody could tell whether a proxy has taken the base path off. */
const ownPaths = new Set(
  'alerts api assets clients connect connections docs doctor events events.jsonl exports flows healthz import keys links live'
    .concat(' login logout metrics oauth readyz scopes sessions setup')
    .split(' '),
);

/** The address of a Keeper: a host, perhaps with a path; without a slash at the end. */
export function keeperUrl(text: string): string | undefined {
  const url = parseWebUrl(text);
  if (!url) return undefined;
  const path = basePathOf(url.href);
  const [, first = ''] = path.toLowerCase().split('/');
  if (!/^(\/[\w.~-]+)*$/.test(path) || ownPaths.has(first)) {
    const hint = 'use other words there, of letters and digits, e.g. https://example.com/zoho';
    throw new Misfit(`has a path (${url.pathname}) that cannot stand in front of the Keeper's own`, hint);
  }
  return url.origin + path;
}

/** One to which secrets may be sent. */
export function safeKeeperUrl(text: string): string | undefined {
  const found = keeperUrl(text);
  if (found !== undefined) requireEncryption(new URL(found));
  return found;
}

export type Urls = Readonly<Partial<Record<DataCenterCode, string>>>;

/** Origins by data centre: `us=http://127.0.0.1:4001,eu=…`. */
export function urlsByDataCenter(text: string): Urls {
  const urls: Partial<Record<DataCenterCode, string>> = {};
  for (const part of split(text)) {
    const [code, address = ''] = part.split(/=(.*)/s);
    const url = parseWebUrl(address);
    if (!isDataCenterCode(code) || url?.pathname !== '/') throw new Misfit(`has "${part}"`);
    requireEncryption(url);
    if (code in urls) throw new Misfit(`names ${code} twice`, 'keep one address for each data centre');
    urls[code] = url.origin;
  }
  return urls;
}

/** Files by the connection and the format that they hold: `name=format:/absolute/path,…`. */
export function keptFiles(text: string) {
  const files = split(text).map((item) => {
    const [, connection = '', format = '', path = ''] = /^([^=]+)=([^:]+):(.+)$/s.exec(item) ?? [];
    if (!/^[a-z0-9._-]{1,64}$/.test(connection)) throw new Misfit(`has "${item}"`);
    if (!isAbsolute(path)) throw new Misfit(`has "${item}", which is no whole path`);
    return { connection, format, path: normalize(path) };
  });
  const paths = files.map(({ path }) => path);
  const twice = paths.find((path, index) => paths.indexOf(path) < index);
  if (twice !== undefined)
    throw new Misfit(`names ${twice} twice`, 'give each connection and format a file of its own');
  return files;
}

function split(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

function parseWebUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  return url && isPlain && /^https?:$/.test(url.protocol) ? url : undefined;
}

function requireEncryption({ protocol, host, hostname }: URL): void {
  if (protocol === 'https:' || isLoopback(hostname)) return;
  throw new Misfit(`sends secrets to ${host} without encryption`, 'use https, plain http is for loopback only');
}
