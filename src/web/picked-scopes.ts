import type { Request } from 'express';
import { type CatalogueProduct, catalogueProducts, type Level, partsOf, scopesOfLevel } from '../zoho/scope-catalogue';
import { type Doubt, doubtsAbout, withSuggestions } from '../zoho/scope-doubts';
import { scopePresets } from '../zoho/scope-presets';
import { parseScopes, scopesProblem, scopesRule } from '../zoho/scopes';
import { field, fields } from './input';

export interface PickedScopes {
  /** Ticked and typed, with suggestions where somebody took them. */
  readonly scopes: readonly string[];
  readonly typed: string;
  /** Why they cannot be asked for; null when they can. */
  readonly problem: string | null;
  /** What a person has to answer first. */
  readonly doubts: readonly Doubt[];
}

/** Reads `scopes` (text in any shape) and `scope` (ticked); a form without a picker that names none means `otherwise`. */
export function pickedScopes(req: Request, otherwise: readonly string[]): PickedScopes {
  const typed = field(req, 'scopes');
  const ticked = parseScopes(fields(req, 'scope').join(','));
  const written = parseScopes(typed);
  const both = { scopes: [...ticked.scopes, ...written.scopes], unfit: [...ticked.unfit, ...written.unfit] };
  const isEmpty = typed === '' && ticked.scopes.length === 0;
  if (isEmpty && field(req, 'picker') !== '') {
    return { scopes: [], typed, problem: 'Choose at least one scope.', doubts: [] };
  }
  const asked = isEmpty ? otherwise : unique(both.scopes);
  const unfit = isEmpty ? null : scopesProblem(both);
  const problem = unfit === null ? null : `This ${unfit}. ${scopesRule}`;
  const found = doubtsAbout(asked);
  const isTaken = field(req, 'take') !== '';
  const scopes = isTaken ? withSuggestions(asked, found) : asked;
  const isAnswered = field(req, 'anyway') !== '' || (isEmpty && problem === null);
  const doubts = isAnswered || problem !== null ? [] : isTaken ? doubtsAbout(scopes) : found;
  return { scopes, typed, problem, doubts };
}

/** What is chosen after a button of the picker was pressed: a preset, or so much of a product. */
export function withPick(pick: string, chosen: readonly string[], usual: readonly string[]): readonly string[] {
  const [what = '', code = ''] = pick.split(':');
  if (what === 'preset') {
    return code === 'usual' ? usual : (scopePresets.find((preset) => preset.code === code)?.scopes ?? []);
  }
  const product = catalogueProducts.find((one) => one.code === what);
  if (!product) return chosen;
  const others = chosen.filter((scope) => !isOf(product, scope));
  return isLevel(code) ? [...others, ...scopesOfLevel(product, code)] : others;
}

function isOf({ resources }: CatalogueProduct, scope: string): boolean {
  const { resource } = partsOf(scope.toLowerCase());
  return resources.some(({ name }) => name.toLowerCase() === resource);
}

function isLevel(code: string): code is Level {
  return code === 'read' || code === 'write' || code === 'all';
}

/** Each once, whatever the case. */
function unique(scopes: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const scope of scopes) if (!found.has(scope.toLowerCase())) found.set(scope.toLowerCase(), scope);
  return [...found.values()];
}
