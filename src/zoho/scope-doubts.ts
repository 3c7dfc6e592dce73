import { editDistance } from '../lib/edit-distance';
import { catalogueProducts, type KnownScope, knownScope, partsOf } from './scope-catalogue';

/** Why Zoho may refuse a scope, and with it the whole request. Zoho has scopes that no list has, so it is a question. */
export interface Doubt {
  readonly scope: string;
  readonly sentence: string;
  /** What was probably meant; null when nothing is near. */
  readonly suggestion: string | null;
}

const known = catalogueProducts.flatMap((product) => product.resources);
const names = known.flatMap(({ scopes }) => scopes.map(({ name }) => name));
const operations = new Set(names.map((name) => partsOf(name).operation));

/** First parts of scopes in lower case, each in the catalogue's spelling. */
const services = new Map(names.map((name) => [serviceOf(name).toLowerCase(), serviceOf(name)]));

/** What products are called that have another name in their scopes. */
const otherNames: Readonly<Record<string, string>> = {
  billing: 'ZohoSubscriptions',
  docs: 'WorkDrive',
  pay: 'ZohoPay',
};

/** Comparing with the whole catalogue takes time, and nobody answers more questions at once. */
const most = 50;

/** A question for each scope that is like none of the catalogue's, or like one but not the same. */
export function doubtsAbout(scopes: readonly string[]): Doubt[] {
  const unknown = scopes.filter((scope) => knownScope(scope) === undefined);
  return unknown.slice(0, most).flatMap((scope) => doubtAbout(scope) ?? []);
}

/** The scopes with all suggestions taken, each once. */
export function withSuggestions(scopes: readonly string[], doubts: readonly Doubt[]): string[] {
  const meant = new Map(doubts.map(({ scope, suggestion }) => [scope, suggestion]));
  return [...new Set(scopes.map((scope) => meant.get(scope) ?? scope))];
}

function doubtAbout(scope: string): Doubt | null {
  const service = serviceOf(scope);
  if (!services.has(service.toLowerCase())) {
    const meant = likelyService(service);
    const suggestion = meant === null ? null : likelyScope(meant + scope.slice(service.length));
    return { scope, sentence: `No known scope begins with “${service}”.`, suggestion };
  }
  const near = nearest(scope);
  if (near !== null) return { scope, sentence: `“${scope}” is not in Zoho’s lists.`, suggestion: near };
  return doubtAboutOperation(scope);
}

function doubtAboutOperation(scope: string): Doubt | null {
  const { resource, operation } = partsOf(scope);
  const whole = scopesOf(scope);
  const found = whole.length > 0 ? whole : scopesOf(resource);
  if (found.length === 0) {
    if (operations.has(operation)) return null;
    return { scope, sentence: `“${scope}” does not end in what it allows, such as READ or ALL.`, suggestion: null };
  }
  // The lists often leave out what sums up the others.
  if (whole.length === 0 && operation === 'ALL' && found.length > 1) return null;
  const lacks = whole.length > 0 ? `“${scope}” does not say what it allows` : `“${resource}” knows no ${operation}`;
  const suggestion = (found.find((one) => one.operation === 'ALL') ?? found[0])?.name ?? null;
  return {
    scope,
    sentence: `${lacks}. Zoho’s lists have ${found.map((one) => one.operation).join(', ')}.`,
    suggestion,
  };
}

function scopesOf(resource: string): KnownScope[] {
  return known.filter(({ name }) => name.toLowerCase() === resource.toLowerCase()).flatMap(({ scopes }) => scopes);
}

function likelyScope(scope: string): string | null {
  return knownScope(scope) ?? nearest(scope) ?? doubtAboutOperation(scope)?.suggestion ?? null;
}

/** `ZohoDesk` for `Desk`, `Books` for `ZohoBooks`, or a slip of the pen. */
function likelyService(service: string): string | null {
  const bare = service.toLowerCase().replace(/^zoho/, '');
  return (
    otherNames[bare] ?? services.get(bare) ?? services.get(`zoho${bare}`) ?? closest(service, [...services.values()])
  );
}

/** The one that differs in one part only, and there in little. */
function nearest(scope: string): string | null {
  const parts = scope.toLowerCase().split('.');
  const found = names.flatMap((name) => {
    const others = name.toLowerCase().split('.');
    const different = others.flatMap((other, index) => (other === parts[index] ? [] : index));
    const [index = 0] = different;
    if (others.length !== parts.length || different.length !== 1) return [];
    return { name, isLast: index === parts.length - 1, part: parts[index] ?? '', other: others[index] ?? '' };
  });
  const [best] = found
    // READ is no misspelt CREATE: which operations there are is said in another sentence.
    .filter(({ isLast, part }) => !isLast || !operations.has(part.toUpperCase()))
    .map(({ name, part, other }) => ({ name, distance: editDistance(part, other), most: leeway(part) }))
    .filter(({ distance, most }) => distance <= most)
    .toSorted((one, other) => one.distance - other.distance);
  return best?.name ?? null;
}

function closest(text: string, choices: readonly string[]): string | null {
  const [best] = choices
    .map((choice) => ({ choice, distance: editDistance(text.toLowerCase(), choice.toLowerCase()) }))
    .toSorted((one, other) => one.distance - other.distance);
  return best && best.distance <= leeway(text) ? best.choice : null;
}

function leeway(word: string): number {
  return word.length < 6 ? 1 : 2;
}

function serviceOf(scope: string): string {
  return scope.split('.', 1)[0] ?? scope;
}
