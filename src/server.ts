import { createServer, type Server } from 'node:http';
import { createApp } from './app';
import { backUpDaily } from './maintenance/backup';
import { attemptMemory } from './auth/failed-sign-ins';
import type { Config } from './config/config';
import { createClockWatch } from './maintenance/clock';
import { openKeeper } from './keeper';
import type { Log } from './lib/log';
import { keeper } from './store/events';
import { forgetAlertsBefore } from './store/alerts';
import { forgetFlowsBefore } from './store/flows';
import { forgetAttemptsBefore } from './store/failed-sign-ins';
import { forgetRefreshesBefore } from './store/refreshes';
import { forgetSessionsBefore } from './store/sessions';
import type { OpenStore } from './store/store';
import { type Clock, iso, later } from './lib/time';
import { startWarnings } from './config/warnings';
import { protectNodeAnswers } from './web/middleware/node-answers';
import { protectiveHeaders } from './web/middleware/origins';

export interface RunningServer {
  readonly store: OpenStore;
  /** Stops accepting, lets what is under way finish (20 s at the most), and closes the database. */
  close(): Promise<void>;
}

/** The port cannot be listened on. The message is one line with the next step. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

const drainSeconds = 20;
/** Connections that may wait to be accepted. With Node's 511, the rest of a thousand callers tries again a second later. */
const backlog = 4096;
/** An exchange takes 15 s at the most; one that nobody touched for longer belongs to an instance that is gone. */
const orphanSeconds = 30;
/** Longer than an exchange and the storing of its tokens take together: nobody in this process works on it any more. */
const strandedSeconds = 60;

/** Starts the server. Throws a StoreError or ListenError, or a ConfigError's kin, with one line for the operator. */
export async function startServer(config: Config, log: Log, now: Clock = () => new Date()): Promise<RunningServer> {
  const parts = await openKeeper(config, log, now);
  // A request without Host is answered by the app as well, with the headers that every answer has.
  const server = createServer({ requireHostHeader: false }, createApp(parts));
  protectNodeAnswers(server, protectiveHeaders(parts.zoho.hosts, config.baseUrl));
  server.headersTimeout = 15_000;
  // For large bodies on their way through the proxy; all others have 30 s (api/body-deadline.ts).
  server.requestTimeout = 600_000;
  const clock = createClockWatch({ store: parts.store, now, log });
  try {
    await clock.check();
    await listen(server, config);
  } catch (error) {
    await parts.store.close();
    throw error;
  }
  log.info({ url: config.baseUrl, host: config.host, port: config.port }, 'listening');
  for (const warning of startWarnings(config, process.version, now())) log.warn({}, warning);

  // One server works on a SQLite file, so what is unfinished at its start was cut short by a crash.
  const recovered = parts.connect
    .recover(parts.store.file === null ? orphanSeconds : 0, keeper)
    .catch((error: unknown) => log.error({ problem: String(error) }, 'recovery failed'));
  const work = every(15, async () => {
    await parts.connect.recover(parts.store.file === null ? orphanSeconds : strandedSeconds, keeper);
    await parts.revocations.flush();
  });
  const watchingClock = every(5, clock.check);
  const keepingFresh = every(5, parts.schedule.tick);
  const watching = every(5, parts.alerts.watch);
  const delivering = every(5, parts.webhooks.deliver);
  const cleaning = every(3600, () => forgetOldRows(parts.store, now()));
  const backups = every(60, async () => {
    if (config.backups) await backUpDaily(parts.store, config.backups, now);
  });
  parts.revocations.flushSoon();

  return { store: parts.store, close };

  async function close(): Promise<void> {
    parts.schedule.stop();
    parts.webhooks.stop();
    const patience = atLatest(drainSeconds);
    await drain(server);
    // Browsers and programs that have gone leave an exchange or a refresh behind.
    await Promise.race([patience, Promise.all([parts.connect.ended(), parts.tokens.ended()])]);
    await Promise.all([
      recovered,
      work.stop(),
      watchingClock.stop(),
      keepingFresh.stop(),
      watching.stop(),
      delivering.stop(),
      cleaning.stop(),
      backups.stop(),
      parts.revocations.flush(),
    ]);
    await parts.store.close();
  }

  function every(seconds: number, task: () => Promise<void>) {
    let running: Promise<void> | null = null;
    const timer = setInterval(() => {
      // A round that takes longer than the interval is not followed by others that queued up behind it.
      running ??= task()
        .catch((error: unknown) => log.error({ problem: String(error) }, 'a task failed'))
        .finally(() => void (running = null));
    }, seconds * 1000);
    return {
      stop: async () => {
        clearInterval(timer);
        await running;
      },
    };
  }
}

function listen(server: Server, { host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reasons: Record<string, string> = {
        EADDRINUSE: `Port ${port} on ${host} is in use: stop the other program or set PORT to another number.`,
        EACCES: `Port ${port} on ${host} needs more rights: set PORT to a number above 1023.`,
      };
      reject(
        new ListenError(reasons[error.code ?? ''] ?? `Cannot listen on ${host}:${port} (${error.code}): check HOST.`),
      );
    });
    server.listen({ port, host, backlog }, () => resolve());
  });
}

/** A browser keeps its connections open, so idle ones are closed until the busy ones are done. */
async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), drainSeconds * 1000);
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}

function atLatest(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000).unref());
}

async function forgetOldRows(store: OpenStore, now: Date): Promise<void> {
  await forgetSessionsBefore(store, iso(now));
  await forgetAttemptsBefore(store, iso(later(now, -attemptMemory)));
  await forgetFlowsBefore(store, iso(later(now, -24 * 3600)));
  await forgetAlertsBefore(store, iso(later(now, -30 * 24 * 3600)));
  await forgetRefreshesBefore(store, iso(later(now, -30 * 24 * 3600)));
}
