import type BetterSqlite from 'better-sqlite3';
import type { Keeper } from '../../src/keeper';
import type { Owner } from './virtual-time';

/** One process of the Keeper, as far as anybody outside can tell. */
export interface Instance extends Owner {
  readonly name: string;
  /** Null until it has started. */
  keeper: Keeper | null;
  diedAt: number | null;
  /** When it last stood still. */
  frozenAt: number | null;
  readonly handles: Set<BetterSqlite.Database>;
  /** What people and programs asked it for, and have no answer to. */
  readonly works: Set<Promise<void>>;
  /** After so many more statements or calls, something happens to it. */
  fuse: { left: number; readonly isCall: boolean; readonly act: () => void } | null;
  /** Counts a statement, or a call. */
  step(isCall: boolean): void;
}

export interface Host {
  /** How much its clock is ahead of the true time, in milliseconds. */
  ahead: number;
  /** Of its jumps, by the true time. */
  readonly jumps: { readonly at: number; readonly by: number }[];
  /** How often a statement finds the database locked. */
  locked: number;
}
