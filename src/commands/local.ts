import { byCommandLine } from '../audit';
import { checkProduct } from '../calls/product-check';
import type { Config } from '../config/config';
import { getConnection, listConnections } from '../connections/connections';
import { exportConnection } from '../exports/exports';
import type { Keeper } from '../keeper';
import { connectionsJson } from '../tokens/connection-json';
import { tokenJson } from '../tokens/token-json';
import { storedScopes } from '../zoho/scopes';
import { type Access, requireCheck } from './access';
import { requireDatabase, withKeeper } from './with-keeper';

/** Opens the database for each question, so that a long-running command does not hold it. */
export function localAccess(config: Config): Access {
  const ask = <Result>(work: (keeper: Keeper) => Promise<Result>): Promise<Result> =>
    withKeeper(requireDatabase(config), work);
  return {
    token: (name, minTtl) =>
      ask(async (keeper) => tokenJson(await keeper.serve.tokenForProgram(name, minTtl, byCommandLine), keeper.now())),
    connections: () => ask(async (keeper) => connectionsJson(keeper, await listConnections(keeper.store))),
    export: (name, { name: format }, renews) =>
      ask(async (keeper) => {
        const exported = await exportConnection(keeper, keeper.tokens, { name, format, renews }, byCommandLine);
        return { text: exported.text, holds: exported.format.holds ?? [] };
      }),
    check: (name, productCode) =>
      ask(async (keeper) => {
        const connection = await getConnection(keeper, name);
        const check = requireCheck(storedScopes(connection.scopes), productCode);
        if (check !== null) return checkProduct(keeper, keeper, connection, check.product.code, byCommandLine);
        await keeper.serve.tokenForProgram(name, null, byCommandLine);
        return null;
      }),
  };
}
