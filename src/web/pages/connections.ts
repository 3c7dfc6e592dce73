import { Router, type Request, type Response } from 'express';
import type { Keeper } from '../../keeper';
import { readBudget, recentRefreshes } from '../../tokens/budget';
import { Problem } from '../../lib/problem';
import { beginReconnect } from '../../connections/connect';
import { disconnect, getConnection, remove, reveal, type Revoked } from '../../connections/connections';
import { lifeOf } from '../../tokens/serve';
import { iso } from '../../lib/time';
import { checksOf } from '../../calls/product-check';
import { connectionView, refreshView } from '../views/connection';
import { field, nameOf, personOf } from '../input';
import { show } from '../render';
import { flash, type Flash, keepSession } from '../middleware/session';
import { duration, moment } from '../words';

const historyLength = 20;

type Named = Request<{ name: string }>;

export function connectionRoutes(keeper: Keeper): Router {
  const { store, now } = keeper;
  const router = Router();
  router.get('/connections/:name', showConnection);
  router.post('/connections/:name/refresh', refresh);
  router.post('/connections/:name/reveal', showToken);
  router.post('/connections/:name/reconnect', reconnect);
  router.post('/connections/:name/revoke', disconnectIt);
  router.post('/connections/:name/delete', deleteIt);
  return router;

  async function showConnection(req: Named, res: Response): Promise<void> {
    const connection = await getConnection(keeper, nameOf(req));
    const history = await recentRefreshes(store, connection.id, historyLength);
    const { deciding, free, freeAt } = await readBudget(store, connection, 'person', now());
    show(res, 'connection', {
      connection: connectionView(connection, now()),
      history: history.map((refresh) => refreshView(refresh, now())),
      budget: { ...deciding, next: free ? null : moment(iso(freeAt), now()) },
      tries: checksOf(connection).map(({ product, missing }) => ({
        code: product.code,
        name: product.name,
        missing: missing.length === 0 ? null : missing.join(' or '),
      })),
    });
  }

  async function refresh(req: Named, res: Response): Promise<void> {
    const name = nameOf(req);
    try {
      const life = duration(lifeOf(await keeper.serve.refreshForPerson(name, personOf(req)), now()));
      flash(req, { tone: 'good', sentence: `“${name}” has a new access token, valid for ${life}.` });
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 404) throw error;
      flash(req, { tone: 'bad', sentence: `“${name}” was not refreshed. ${error.sentence}`, next: error.next });
    }
    res.redirect(303, backTo(req));
  }

  async function showToken(req: Named, res: Response): Promise<void> {
    const kind = field(req, 'token');
    if (kind !== 'access_token' && kind !== 'refresh_token') {
      throw new Problem(400, 'invalid_request', 'Say which token to show.', 'Use the copy buttons of the dashboard.');
    }
    const token = await reveal(keeper, nameOf(req), kind, personOf(req));
    if (token === null)
      throw new Problem(409, 'no_token', 'There is no such token to copy.', 'Refresh or reconnect first.');
    // The copy script asks for text; without script the token is shown on a page of its own.
    if (req.accepts(['html', 'text']) === 'text') {
      res.type('text/plain').send(token);
      return;
    }
    show(res, 'reveal', { connectionName: nameOf(req), kind: kind.replace('_', ' '), token });
  }

  async function reconnect(req: Named, res: Response): Promise<void> {
    const connection = await getConnection(keeper, nameOf(req));
    const address = await beginReconnect(keeper, connection, req.sessionID, personOf(req));
    keepSession(req);
    res.redirect(303, address);
  }

  async function disconnectIt(req: Named, res: Response): Promise<void> {
    const name = nameOf(req);
    const revoked = await disconnect(keeper, name, personOf(req));
    flash(req, goneWords(name, 'disconnected', revoked));
    res.redirect(303, '/');
  }

  async function deleteIt(req: Named, res: Response): Promise<void> {
    const name = nameOf(req);
    const revoked = await remove(keeper, name, personOf(req));
    flash(req, goneWords(name, 'deleted', revoked));
    res.redirect(303, '/');
  }
}

function goneWords(name: string, done: string, revoked: Revoked): Flash {
  if (revoked === 'none') return { tone: 'good', sentence: `“${name}” was ${done}. It had no tokens any more.` };
  if (revoked === 'revoked') {
    return { tone: 'good', sentence: `“${name}” was ${done} and its tokens were revoked at Zoho.` };
  }
  const next = 'The Keeper goes on trying; the tokens are out of use here already.';
  return { tone: 'wait', sentence: `“${name}” was ${done}. Zoho could not be told to revoke its tokens yet.`, next };
}

/** The page that the button was on: the connection's own page or the dashboard. */
function backTo(req: Named): string {
  const page = `/connections/${nameOf(req)}`;
  return field(req, 'from') === 'connection' ? page : '/';
}
