import {
  catalogueProducts,
  type CatalogueProduct,
  knownScope,
  type Level,
  scopesOfLevel,
} from '../../zoho/scope-catalogue';
import { scopePresets } from '../../zoho/scope-presets';
import { operationWords } from '../../zoho/scope-words';

export interface PickerView {
  presets: { pick: string; name: string; scopes: string }[];
  products: ProductView[];
  chosen: string[];
  /** Chosen ones that stand in no list, as text. */
  others: string;
  problem: string | null;
}

interface ProductView {
  name: string;
  code: string;
  chosen: number;
  open: boolean;
  levels: { pick: string; name: string }[];
  resources: { words: string; name: string; scopes: ScopeView[] }[];
}

interface ScopeView {
  name: string;
  words: string;
  /** First letters of the levels that include it. */
  levels: string;
  chosen: boolean;
}

export interface PickerState {
  readonly chosen: readonly string[];
  /** Products of these come first. */
  readonly usual: readonly string[];
  /** Stands in place of the chosen ones that are in no list. */
  readonly typed?: string | undefined;
  readonly pick?: string | undefined;
  readonly problem?: string | null | undefined;
}

const levelNames: readonly (readonly [Level, string])[] = [
  ['read', 'Read'],
  ['write', 'Read and write'],
  ['all', 'Everything'],
];

/** What of a product is the same on every page. */
const products = catalogueProducts.map((product) => ({ product, levels: levelsOf(product) }));

export function pickerView({ chosen, usual, typed, pick = '', problem = null }: PickerState): PickerView {
  const known = new Set(chosen.flatMap((scope) => knownScope(scope) ?? []));
  const first = [...new Set(usual.map(serviceOf))];
  const views = products.map(({ product, levels }) => productView(product, levels, known, pick));
  const place = ({ resources: [resource] }: ProductView): number => {
    const found = first.indexOf(serviceOf(resource?.name ?? ''));
    return found === -1 ? first.length : found;
  };
  return {
    presets: [
      { pick: 'preset:usual', name: 'As set up', scopes: usual.join(' ') },
      ...scopePresets.map(({ code, name, scopes }) => ({ pick: `preset:${code}`, name, scopes: scopes.join(' ') })),
      { pick: 'preset:none', name: 'Nothing', scopes: '' },
    ],
    products: views.toSorted((one, other) => place(one) - place(other) || one.name.localeCompare(other.name)),
    chosen: [...chosen],
    others: typed ?? chosen.filter((scope) => knownScope(scope) === undefined).join('\n'),
    problem,
  };
}

function productView(
  { name, code, resources }: CatalogueProduct,
  levels: LevelsOf,
  known: ReadonlySet<string>,
  pick: string,
): ProductView {
  const views = resources.map((resource) => ({
    words: resource.words,
    name: resource.name,
    scopes: resource.scopes.map((scope) => ({
      name: scope.name,
      words: operationWords(scope.operation),
      levels: levels.letters.get(scope.name) ?? '',
      chosen: known.has(scope.name),
    })),
  }));
  const chosen = views.flatMap(({ scopes }) => scopes).filter((scope) => scope.chosen).length;
  const buttons = levels.offered.map(([level, words]) => ({ pick: `${code}:${level}`, name: words }));
  return {
    name,
    code,
    chosen,
    open: pick.startsWith(`${code}:`),
    levels: [...buttons, { pick: `${code}:none`, name: 'Nothing' }],
    resources: views,
  };
}

interface LevelsOf {
  readonly offered: readonly (readonly [Level, string])[];
  readonly letters: ReadonlyMap<string, string>;
}

/** Levels that a product has scopes for and that are not the same as the one before. */
function levelsOf(product: CatalogueProduct): LevelsOf {
  const letters = new Map<string, string>();
  let before = '';
  const offered = levelNames.filter(([level]) => {
    const scopes = scopesOfLevel(product, level);
    const isNew = scopes.length > 0 && scopes.join() !== before;
    before = scopes.join();
    if (isNew) for (const scope of scopes) letters.set(scope, (letters.get(scope) ?? '') + level.charAt(0));
    return isNew;
  });
  return { offered, letters };
}

function serviceOf(scope: string): string {
  return (scope.split('.')[0] ?? '').toLowerCase();
}
