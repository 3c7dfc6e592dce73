import { Router, type Request, type Response } from 'express';
import { isSignedIn } from '../../auth/session-list';
import type { Keeper } from '../../keeper';
import { limitEach } from '../../lib/concurrency';
import { Problem } from '../../lib/problem';
import type { Topics } from '../../store/changes';

/** Proxies end what is silent for a minute, and our own server what is for 90 seconds. */
const beatSeconds = 20;
const mostOfSession = 20;
const mostOfAll = 500;
/** Of somebody who does not read. */
const mostUnread = 64 * 1024;

/** Tells open pages what has changed, as server-sent events: a list of topics each. */
export function liveRoutes(keeper: Keeper): Router {
  const router = Router();
  const ofSession = limitEach(mostOfSession, tooMany);
  const ofAll = limitEach(mostOfAll, tooMany);
  router.get('/live', async (req, res) => {
    if (req.method === 'HEAD') return void res.end();
    await ofAll('', () => ofSession(req.sessionID, () => stream(keeper, req, res)));
  });
  return router;
}

/** Resolves at its end: the page is gone, its session is over, or the Keeper stops. */
async function stream(keeper: Keeper, req: Request, res: Response): Promise<void> {
  const { sessionID } = req;
  const beat = setInterval(() => void endIfSignedOut(), beatSeconds * 1000);
  // Whoever asks may have gone while the session was read.
  const closed = new Promise<void>((resolve) => (res.destroyed ? resolve() : res.once('close', resolve)));
  // nginx would wait for more to send it together.
  res.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' }).flushHeaders();
  const leave = keeper.changes.subscribe({
    tell(topics: Topics) {
      write(`data: ${JSON.stringify(topics)}\n\n`);
      if (topics.includes('sessions') || topics.includes('*')) void endIfSignedOut();
    },
    end: () => void res.end(),
  });
  await closed;
  clearInterval(beat);
  leave();

  function write(text: string): void {
    if (res.writableLength > mostUnread) res.destroy();
    else if (!res.writableEnded) res.write(text);
  }

  async function endIfSignedOut(): Promise<void> {
    // A database that cannot be read just now is asked again at the next beat.
    const isIn = !keeper.signIn.isRequired || (await isSignedIn(keeper, keeper.signIn, sessionID).catch(() => true));
    write(isIn ? ': still here\n\n' : 'event: signed-out\ndata:\n\n');
    if (!isIn) res.end();
  }
}

function tooMany(): Problem {
  return new Problem(503, 'busy', 'Too many pages are open.', 'Close some, or reload this one to see what is new.');
}
