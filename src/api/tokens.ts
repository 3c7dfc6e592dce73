import type { Request, Response } from 'express';
import type { Keeper } from '../keeper';
import { atMostEvery } from '../lib/rate-limit';
import { Problem } from '../lib/problem';
import { lifeOf, longestMinTtl, serveToken, TokenProblem } from '../tokens/serve';
import { recordEvent } from '../store/events';
import { iso } from '../lib/time';
import type { FreshToken } from '../tokens/tokens';
import { actorOf, connectionNameOf, keyOf, requireRefreshRight } from './authentication';
import { wholeNumber } from './input';
import type { TokenCounts } from './metrics';
import { note } from './note';

/** How often the audit log notes that a key takes the tokens of a connection, in seconds. */
const notedEvery = 3600;

const namedPlainText = ['utf-8', 'us-ascii', 'iso-8859-1'].map((name) => `text/plain;charset=${name}`);

type Named = Request<{ name: string }>;

/** Access tokens for programs. */
export function tokenCalls(keeper: Keeper, counts: TokenCounts) {
  const { store, connections, tokens, now } = keeper;
  const isDue = atMostEvery(notedEvery, now);
  return { give, refresh };

  async function give(req: Named, res: Response): Promise<void> {
    const minTtl = wholeNumber(req, 'min_ttl', 0, longestMinTtl);
    const name = connectionNameOf(req);
    await answer(req, res, () => serveToken(keeper, name, minTtl));
  }

  async function refresh(req: Named, res: Response): Promise<void> {
    const name = connectionNameOf(req);
    await connections.find(name);
    requireRefreshRight(req);
    await answer(req, res, async () => {
      const fresh = await withLife(name, () => tokens.refresh(name, 'program'));
      await recordEvent(store, actorOf(req), { action: 'token_refreshed', subject: name }, iso(now()));
      return fresh;
    });
  }

  async function withLife(name: string, work: () => Promise<FreshToken>): Promise<FreshToken> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 404) throw error;
      const stored = await tokens.stored(name);
      throw new TokenProblem(error, stored ? lifeOf(stored, now()) : 0);
    }
  }

  async function answer(req: Named, res: Response, work: () => Promise<FreshToken>): Promise<void> {
    try {
      const fresh = await work();
      await noteTaking(req);
      counts.add('ok');
      sendToken(req, res, fresh, now());
    } catch (error) {
      counts.add(error instanceof Problem ? error.code : 'internal_error');
      throw error;
    }
  }

  async function noteTaking(req: Named): Promise<void> {
    const { name } = req.params;
    if (!isDue(`${keyOf(req).id} ${name}`)) return;
    await note(keeper, actorOf(req), { action: 'token_taken', subject: name });
  }
}

/** Whether plain text is wanted, with its character set named or not: a token has only letters that all sets have. */
function prefersText(req: Request): boolean {
  const best = req.accepts(['json', 'text']);
  return best === 'text' || (best === false && req.accepts(namedPlainText) !== false);
}

function sendToken(req: Request, res: Response, fresh: FreshToken, now: Date): void {
  const { accessToken, connection } = fresh;
  res.vary('Accept');
  if (prefersText(req)) {
    res.type('text/plain').send(accessToken);
    return;
  }
  res.json({
    access_token: accessToken,
    token_type: 'Bearer',
    expires_at: connection.access_token_expires_at,
    expires_in: lifeOf(fresh, now),
    api_domain: connection.api_domain,
    scopes: connection.scopes.split(' '),
    connection: connection.name,
  });
}
