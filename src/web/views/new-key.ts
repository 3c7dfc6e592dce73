import { findNamed, type Found } from '../../connections/connections';
import type { Keeper } from '../../keeper';

export interface NewKeyView {
  form: KeyForm;
  /** Connections to choose from, without those that are chosen. */
  found: Found[];
  /** True when more would fit than are shown. */
  hasMore: boolean;
  /** A few connections are seen at a glance. */
  isSearchable: boolean;
  /** Whether somebody is on their way through the list, so that it gets the focus. */
  isSearching: boolean;
}

export interface KeyForm {
  readonly name: string;
  readonly all: boolean;
  readonly chosen: readonly string[];
  readonly rights: 'read' | 'refresh';
  readonly days: string;
  /** What the list of connections is searched for. */
  readonly search: string;
  readonly problems: { name?: string; connections?: string; days?: string };
}

const mostShown = 50;
const seenAtAGlance = 12;

export async function newKeyView(
  { store }: Keeper,
  typed: Partial<KeyForm> = {},
  isSearching = false,
): Promise<NewKeyView> {
  const form = {
    name: '',
    all: false,
    chosen: [],
    rights: 'read',
    days: '',
    search: '',
    problems: {},
    ...typed,
  } as const;
  const all = await findNamed(store, form.search, mostShown + 1);
  return {
    form,
    found: all.slice(0, mostShown).filter(({ name }) => !form.chosen.includes(name)),
    hasMore: all.length > mostShown,
    isSearchable: form.search !== '' || all.length > seenAtAGlance,
    isSearching,
  };
}
