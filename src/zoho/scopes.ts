export interface WrittenScopes {
  readonly scopes: readonly string[];
  /** What stands among them and is no scope, as it was written. */
  readonly unfit: readonly string[];
}

/** Scopes of OpenID Connect, the only ones without a dot. */
const withoutDot: ReadonlySet<string> = new Set(['openid', 'email', 'profile', 'phone']);

function isScope(text: string): boolean {
  if (text.length > 200) return false;
  return withoutDot.has(text.toLowerCase()) || /^[a-z][\w-]*(\.[\w-]+)+$/i.test(text);
}

/** Scopes as they are stored; an import may not know any. */
export function storedScopes(text: string): string[] {
  return text.split(' ').filter(Boolean);
}

/** Reads scopes as people come by them: lists, JSON, HTML, Markdown, settings, authorization URLs, token answers. */
export function parseScopes(text: string): WrittenScopes {
  const items = scopesPart(plain(text))
    .split(/[\s,;|+"'`()[\]{}<>\\“”„‟‘’‚‹›«»，、；•·‣◦▪*]+/)
    .map((item) => item.replace(/^[.:!?–—-]+|[.:!?…–—-]+$/g, ''))
    // What is left of bullets, boxes, arrows and numbers between items.
    .filter((item) => /\p{L}/u.test(item) && !/^x$/i.test(item));
  const unique = new Map<string, string>();
  for (const item of items) if (!unique.has(item.toLowerCase())) unique.set(item.toLowerCase(), item);
  const found = [...unique.values()];
  return { scopes: found.filter(isScope), unfit: found.filter((item) => !isScope(item)) };
}

/** What is wrong with them, as words that follow a subject; null when they can be used. */
export function scopesProblem({ scopes, unfit: [first] }: WrittenScopes): string | null {
  if (first !== undefined) return `has ${shown(first)}, which is no scope`;
  return scopes.length === 0 ? 'names no scope' : null;
}

export const scopesRule =
  'Separate scopes by commas, blanks or lines, for example ZohoCRM.modules.ALL, Desk.basic.READ.';

/** Whoever pastes a whole answer or file of settings may have pasted a token or secret. */
function shown(item: string): string {
  return item.length > 60 || /\d{4}\.|=|[\da-f]{20}/i.test(item)
    ? `something of ${item.length} characters`
    : `“${item}”`;
}

const entities: Readonly<Record<string, string>> = { amp: '&', quot: '"', apos: "'", lt: '<', gt: '>', comma: ',' };

function plain(text: string): string {
  return (
    decoded(text)
      .replace(/&#(\d{1,6});/g, (_, digits: string) => character(Number(digits)))
      .replace(/&#x([\da-f]{1,5});/gi, (_, digits: string) => character(Number.parseInt(digits, 16)))
      .replace(/&(\w+);/g, (_, name: string) => entities[name.toLowerCase()] ?? ' ')
      .replace(/\\u([\da-f]{4})/gi, (_, digits: string) => character(Number.parseInt(digits, 16)))
      .replace(/<\/?[a-z][^<>]*>/gi, ' ')
      .replace(/\\[nrt]/g, ' ')
      // Our own pages fold long lists.
      .replace(/\b\d+ more\b/g, ' ')
      .replace(/[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g, '')
  );
}

function character(code: number): string {
  return code > 31 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
}

/** An address inside the address of a sign-in page is encoded twice, and nothing is encoded much oftener. */
function decoded(text: string, times = 4): string {
  if (times === 0) return text;
  const once = text.replace(/(?:%[\da-f]{2})+/gi, (part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return once === text ? text : decoded(once, times - 1);
}

/** Of an address, an answer or a setting what follows `scope`: the rest of it can look like scopes, or be secret. */
function scopesPart(text: string): string {
  const inJson = /["']?\bscopes?["']?\s*:\s*(?:"([^"]*)"|'([^']*)'|\[([^\]]*)\])/i.exec(text);
  if (inJson) return inJson.slice(1).find((part) => part !== undefined) ?? '';
  const named = /(?:^|[^a-z.])(?:[a-z]+[_.])*scopes?["']?\s*(?:=>|=|:)\s*([^&#]*)/i.exec(text);
  // The next setting of the same file begins a line.
  if (named) return (named[1] ?? '').replace(/[\r\n]\s*(?:export\s+)?["']?[\w-]+["']?\s*(?:=|:\s)[^]*/, '');
  return /^\s*(https?:\/\/|\{\s*")/i.test(text) ? '' : text;
}
