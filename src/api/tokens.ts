import type { Request, Response } from 'express';
import { getConnection } from '../connections/connections';
import type { Keeper } from '../keeper';
import { Problem } from '../lib/problem';
import { longestMinTtl } from '../tokens/serve';
import { tokenJson } from '../tokens/token-json';
import type { FreshToken } from '../tokens/fresh-token';
import { actorOf, connectionNameOf, keyOf } from './authentication';
import { wholeNumber } from './input';
import { sendJson } from './output';

const namedPlainText = ['utf-8', 'us-ascii', 'iso-8859-1'].map((name) => `text/plain;charset=${name}`);

type Named = Request<{ name: string }>;

export function tokenCalls(keeper: Keeper) {
  const { serve, keyLimits, now, counts } = keeper;
  return { give, refresh };

  async function give(req: Named, res: Response): Promise<void> {
    const minTtl = wholeNumber(req, 'min_ttl', 0, longestMinTtl);
    const name = await connectionNameOf(keeper, req);
    await answer(req, res, () => serve.tokenForProgram(name, minTtl, actorOf(req)));
  }

  async function refresh(req: Named, res: Response): Promise<void> {
    const { name } = await getConnection(keeper, await connectionNameOf(keeper, req));
    await keyLimits.requireRefresh(keyOf(req), req.ip ?? null);
    await answer(req, res, () => serve.refreshForProgram(name, actorOf(req)));
  }

  async function answer(req: Named, res: Response, work: () => Promise<FreshToken>): Promise<void> {
    try {
      const fresh = await work();
      counts.tokenRequests.add({ result: 'ok' });
      sendToken(req, res, fresh, now());
    } catch (error) {
      counts.tokenRequests.add({ result: error instanceof Problem ? error.code : 'internal_error' });
      throw error;
    }
  }
}

/** With a character set named or not: a token has only letters that all of them have. */
function prefersText(req: Request): boolean {
  const best = req.accepts(['json', 'text']);
  return best === 'text' || (best === false && req.accepts(namedPlainText) !== false);
}

function sendToken(req: Request, res: Response, fresh: FreshToken, now: Date): void {
  res.vary('Accept');
  if (prefersText(req)) {
    res.type('text/plain').send(fresh.accessToken);
    return;
  }
  sendJson(res, tokenJson(fresh, now));
}
