import type { Context } from '../context';
import { namesTaken } from '../store/connections';

/** So many names are looked up at once. */
const step = 50;

/** This name, or with the first number behind it that no connection has. */
export async function freeName({ store }: Context, wanted: string): Promise<string> {
  for (let first = 1; ; first += step) {
    const names = Array.from({ length: step }, (_, index) => numbered(wanted, first + index));
    const taken = await namesTaken(store, names);
    const free = names.find((name) => !taken.has(name));
    if (free !== undefined) return free;
  }
}

function numbered(wanted: string, number: number): string {
  return number === 1 ? wanted : `${wanted.slice(0, 58)}-${number}`;
}
