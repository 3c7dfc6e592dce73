import type { Context } from '../context';
import { listConnections } from '../store/connections';

/** This name, or with the first number behind it that no connection has. */
export async function freeName({ store }: Context, wanted: string): Promise<string> {
  const taken = new Set((await listConnections(store)).map((connection) => connection.name));
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted.slice(0, 58)}-${number}`;
    if (!taken.has(name)) return name;
  }
}
