import type { Request, Response } from 'express';
import type { Keeper } from '../keeper';
import { connectionsJson } from '../tokens/connection-json';
import { namesOf } from '../auth/api-keys';
import { isConnectionName } from '../connections/names';
import { getConnection, pageOfConnections } from '../connections/connections';
import { Problem } from '../lib/problem';
import { connectionNameOf, keyOf } from './authentication';
import { parameter, wholeNumber } from './input';
import { sendJson } from './output';

const usualPage = 100;
const largestPage = 200;

export function connectionCalls(keeper: Keeper) {
  return { list, showOne };

  async function list(req: Request, res: Response): Promise<void> {
    const limit = wholeNumber(req, 'limit', 1, largestPage) ?? usualPage;
    const after = parameter(req, 'after') ?? '';
    if (after !== '' && !isConnectionName(after)) {
      throw new Problem(400, 'invalid_request', 'after is not a connection’s name.', 'Use the last answer’s next.');
    }
    // One more than asked for tells whether there is a next page.
    const rows = await pageOfConnections(keeper.store, { after, limit: limit + 1, names: namesOf(keyOf(req)) });
    const page = rows.slice(0, limit);
    const next = rows.length > limit ? (page.at(-1)?.name ?? null) : null;
    sendJson(res, { connections: await connectionsJson(keeper, page), next });
  }

  async function showOne(req: Request<{ name: string }>, res: Response): Promise<void> {
    const row = await getConnection(keeper, await connectionNameOf(keeper, req));
    const [json] = await connectionsJson(keeper, [row]);
    sendJson(res, json);
  }
}
