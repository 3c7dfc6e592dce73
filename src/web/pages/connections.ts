import { Router, type Request, type Response } from 'express';
import { confirmReconnect, declineReconnect } from '../../connections/confirm';
import { beginReconnect } from '../../connections/connect';
import { disconnect, findConnection, getConnection, remove, reveal, type Revoked } from '../../connections/connections';
import { editConnection, findByFormerName, formerNamesOf } from '../../connections/edit';
import { notFound } from '../../errors';
import type { Keeper } from '../../keeper';
import { Problem } from '../../lib/problem';
import { lifeOf } from '../../tokens/serve';
import { field, nameOf, personOf } from '../input';
import { listAt } from '../list-query';
import { flash, type Flash, linkTo } from '../flash';
import { keepSession } from '../middleware/session';
import { pickedScopes, withPick } from '../picked-scopes';
import { leadTo, show } from '../render';
import { connectionPage } from '../views/connection-page';
import { revealView } from '../views/reveal';
import { scopesReview, scopesView } from '../views/scopes';
import { duration } from '../words';
import { flashAbout } from './connect';

type Named = Request<{ name: string }>;

export function connectionRoutes(keeper: Keeper): Router {
  const router = Router();
  router.get('/connections/:name', (req, res) => showConnection(keeper, req, res));
  router.post('/connections/:name/edit', (req, res) => edit(keeper, req, res));
  router.post('/connections/:name/refresh', (req, res) => refresh(keeper, req, res));
  router.post('/connections/:name/reveal', (req, res) => showToken(keeper, req, res));
  router.post('/connections/:name/reconnect', (req, res) => reconnect(keeper, req, res));
  router.get('/connections/:name/scopes', (req, res) => showScopes(keeper, req, res));
  router.post('/connections/:name/scopes', (req, res) => chooseScopes(keeper, req, res));
  // The address of a form that was refused, typed again or opened from the history.
  router.get('/connections/:name/:form', (req, res) =>
    res.redirect(303, `/connections/${encodeURIComponent(req.params.name)}`),
  );
  router.post('/connections/:name/revoke', (req, res) => end(keeper, req, res, 'disconnected'));
  router.post('/connections/:name/delete', (req, res) => end(keeper, req, res, 'deleted'));
  return router;
}

async function showConnection(keeper: Keeper, req: Named, res: Response): Promise<void> {
  const name = nameOf(req);
  const connection = await findConnection(keeper.store, name);
  const renamed = connection ? undefined : await findByFormerName(keeper.store, name);
  if (renamed) return res.redirect(303, `/connections/${renamed.name}`);
  if (!connection) throw notFound(name);
  show(res, 'connection', await connectionPage(keeper, connection));
}

/** What could not be saved stays in the form. */
async function edit(keeper: Keeper, req: Named, res: Response): Promise<void> {
  const name = nameOf(req);
  const { label, note, tags } = await getConnection(keeper, name);
  const typed = {
    name: field(req, 'name', name),
    label: field(req, 'label', label),
    note: field(req, 'note', note),
    tags: field(req, 'tags', tags),
  };
  const problems = await editConnection(keeper, name, typed, personOf(req));
  if (problems) {
    res.status(400);
    const page = await connectionPage(keeper, await getConnection(keeper, name), { edit: typed, problems });
    return show(res, 'connection', page);
  }
  // Who took tokens under the old name is told on the page.
  if (typed.name !== name) await keeper.tokenUses.flush();
  const sentence = typed.name === name ? `“${name}” was saved.` : `“${name}” is called “${typed.name}” now.`;
  flash(res, { tone: 'good', sentence });
  res.redirect(303, `/connections/${typed.name}`);
}

async function refresh(keeper: Keeper, req: Named, res: Response): Promise<void> {
  const name = nameOf(req);
  try {
    const fresh = await keeper.serve.refreshForPerson(name, personOf(req));
    const life = duration(lifeOf(fresh, keeper.now()));
    flash(res, { tone: 'good', sentence: `“${name}” has a new access token, valid for ${life}.`, link: linkTo(name) });
  } catch (error) {
    if (!(error instanceof Problem) || error.status === 404) throw error;
    flash(res, {
      tone: 'bad',
      sentence: `“${name}” was not refreshed.`,
      link: linkTo(name),
      reason: error.sentence,
      next: error.next,
    });
  }
  // Back to where the button was.
  const from = field(req, 'from');
  res.redirect(303, from === 'connection' ? `/connections/${name}` : listAt(from));
}

async function showToken(keeper: Keeper, req: Named, res: Response): Promise<void> {
  const [name, kind] = [nameOf(req), field(req, 'token')];
  if (kind !== 'access_token' && kind !== 'refresh_token') {
    throw new Problem(400, 'invalid_request', 'Say which token to show.', 'Use the copy buttons of the dashboard.');
  }
  const token = await reveal(keeper, name, kind, personOf(req));
  if (token === null) {
    throw new Problem(409, 'no_token', 'There is no such token to copy.', 'Refresh or reconnect first.');
  }
  if (kind === 'access_token') keeper.tokenUses.count((await getConnection(keeper, name)).id, personOf(req));
  // The copy script asks for text; without script the token is shown on a page of its own.
  if (req.accepts(['html', 'text']) === 'text') res.type('text/plain').send(token);
  else show(res, 'reveal', revealView(name, kind, token));
}

/** Goes to Zoho; or, when a reconnect waits for a second yes, takes the answer. */
async function reconnect(keeper: Keeper, req: Named, res: Response): Promise<void> {
  const [confirmed, declined] = [field(req, 'confirm') !== '', field(req, 'decline') !== ''];
  if (confirmed || declined) return answerReconnect(keeper, req, res, declined ? declineReconnect : confirmReconnect);
  const connection = await getConnection(keeper, nameOf(req));
  const { scopes, problem, doubts } = pickedScopes(req, []);
  if (problem !== null) return chooseScopes(keeper, req, res);
  if (doubts.length > 0) {
    res.status(400);
    return show(res, 'scopes-review', scopesReview(connection, scopes, doubts));
  }
  const clientId = field(req, 'client_id');
  const request = { sessionId: req.sessionID, clientId, scopes: scopes.length === 0 ? null : scopes };
  const url = await beginReconnect(keeper, connection, request, personOf(req));
  keepSession(req);
  leadTo(res, url);
}

async function showScopes(keeper: Keeper, req: Named, res: Response): Promise<void> {
  show(res, 'scopes', scopesView(keeper, await getConnection(keeper, nameOf(req))));
}

/** Shows what would change; or the picker again, ticked as its button says or as before. */
async function chooseScopes(keeper: Keeper, req: Named, res: Response): Promise<void> {
  const connection = await getConnection(keeper, nameOf(req));
  const { scopes, typed, problem, doubts } = pickedScopes(req, []);
  const pick = field(req, 'pick');
  if (pick !== '' || problem !== null || field(req, 'again') !== '') {
    const chosen = pick === '' ? scopes : withPick(pick, scopes, keeper.config.scopes);
    const isWrong = pick === '' && problem !== null;
    if (isWrong) res.status(400);
    return show(res, 'scopes', scopesView(keeper, connection, { chosen, pick, ...(isWrong && { problem, typed }) }));
  }
  show(res, 'scopes-review', scopesReview(connection, scopes, doubts));
}

async function answerReconnect(
  keeper: Keeper,
  req: Named,
  res: Response,
  answer: typeof confirmReconnect,
): Promise<void> {
  const { name } = await getConnection(keeper, nameOf(req));
  const outcome = await answer(keeper, name, field(req, 'flow'), personOf(req));
  flash(res, await flashAbout(keeper, outcome));
  res.redirect(303, `/connections/${name}`);
}

async function end(keeper: Keeper, req: Named, res: Response, how: keyof typeof endings): Promise<void> {
  const { id, name } = await getConnection(keeper, nameOf(req));
  const names = [name, ...(await formerNamesOf(keeper.store, id)).map((former) => former.name)];
  const revoked = await endings[how](keeper, name, personOf(req));
  flash(res, withKeptFiles(keeper, names, goneWords(name, how, revoked)));
  res.redirect(303, '/');
}

const endings = { disconnected: disconnect, deleted: remove };

/** The page that would tell of them may be gone. */
function withKeptFiles({ config }: Keeper, names: readonly string[], words: Flash): Flash {
  const paths = config.keptFiles.filter(({ connection }) => names.includes(connection)).map(({ path }) => path);
  if (paths.length === 0) return words;
  const files = `${paths.join(' and ')} will not be renewed any more: what is there has ended.`;
  return { ...words, next: [words.next ?? '', files].join(' ').trimStart() };
}

function goneWords(name: string, done: string, revoked: Revoked): Flash {
  const link = done === 'deleted' ? {} : { link: linkTo(name) };
  if (revoked === 'none')
    return { tone: 'good', sentence: `“${name}” was ${done}. It had no tokens any more.`, ...link };
  if (revoked === 'revoked') {
    return { tone: 'good', sentence: `“${name}” was ${done} and its tokens were revoked at Zoho.`, ...link };
  }
  const next = 'The Keeper goes on trying; the tokens are out of use here already.';
  return {
    tone: 'wait',
    sentence: `“${name}” was ${done}. Zoho could not be told to revoke its tokens yet.`,
    next,
    ...link,
  };
}
