import type { Keeper } from '../../keeper';
import type { ConnectionRow } from '../../store/schema';
import type { Doubt } from '../../zoho/scope-doubts';
import { storedScopes } from '../../zoho/scopes';
import { type PickerState, type PickerView, pickerView } from './picker';

/** The scopes of a connection, to choose anew. */
export interface ScopesView {
  name: string;
  href: string;
  picker: PickerView;
}

/** What a change of scopes would do, before Zoho is asked. */
export interface ScopesReview {
  name: string;
  href: string;
  /** All of them, as a form sends them. */
  scopes: string;
  added: string[];
  dropped: string[];
  kept: string[];
  doubts: readonly Doubt[];
}

export function scopesView(keeper: Keeper, connection: ConnectionRow, picked: Partial<PickerState> = {}): ScopesView {
  const chosen = askedScopes(connection);
  const usual = [...chosen, ...keeper.config.scopes];
  return { ...namesOf(connection), picker: pickerView({ chosen, usual, ...picked }) };
}

export function scopesReview(
  connection: ConnectionRow,
  scopes: readonly string[],
  doubts: readonly Doubt[],
): ScopesReview {
  const before = askedScopes(connection);
  return {
    ...namesOf(connection),
    scopes: scopes.join(' '),
    added: without(scopes, before),
    dropped: without(before, scopes),
    kept: before.filter((scope) => without([scope], scopes).length === 0),
    doubts,
  };
}

/** What Zoho lists as granted may be the parts of what was asked for. */
function askedScopes({ asked_scopes: asked, scopes }: ConnectionRow): string[] {
  return storedScopes(asked ?? scopes);
}

function namesOf({ name }: ConnectionRow): { name: string; href: string } {
  return { name, href: `/connections/${name}` };
}

function without(scopes: readonly string[], others: readonly string[]): string[] {
  const left = new Set(others.map((scope) => scope.toLowerCase()));
  return scopes.filter((scope) => !left.has(scope.toLowerCase()));
}
