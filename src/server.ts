import { createServer, type Server } from 'node:http';
import { createApp } from './app';
import type { Config } from './config/config';
import { startWarnings } from './config/warnings';
import { missingClientWords, retryEnvironmentClient } from './connections/clients';
import { flushRevocations } from './connections/revocations';
import { startJobs } from './jobs';
import { openKeeper } from './keeper';
import { ListenError } from './lib/errors';
import type { Log } from './lib/log';
import type { Clock } from './lib/time';
import { createClockWatch } from './maintenance/clock';
import type { OpenStore } from './store/store';
import { expressClasses } from './web/express-classes';
import { answerUnreadable } from './web/unreadable-requests';

export interface RunningServer {
  readonly store: OpenStore;
  /** Stops accepting, lets what is in flight finish (20 s at the most), and closes the database. */
  close(): Promise<void>;
}

const drainSeconds = 20;
/** Connections that may wait to be accepted. With Node's 511, the rest of a thousand callers tries again a second later. */
const backlog = 4096;
/** Browsers send the cookies of all programs on localhost, whatever their port, which is more than Node's 16 kB. */
const headerBytes = 64 * 1024;

/** Starts the server. Throws a StorageError or ListenError with one line for the operator. */
export async function startServer(config: Config, log: Log, now: Clock = () => new Date()): Promise<RunningServer> {
  const keeper = await openKeeper(config, log, now);
  // A request without Host is answered by the app as well, with the headers that every answer has.
  const app = createApp(keeper);
  const options = { requireHostHeader: false, maxHeaderSize: headerBytes, ...expressClasses(app) };
  const server = createServer(options, app);
  answerUnreadable(server);
  server.headersTimeout = 15_000;
  // For large bodies on their way through the proxy; all others have 30 s (api/body-deadline.ts).
  server.requestTimeout = 600_000;
  const clock = createClockWatch(keeper);
  const warnings = startWarnings(config, process.version, now());
  try {
    await clock.check();
    await retryEnvironmentClient(keeper);
    warnings.push(...(await missingClientWords(keeper)));
    await listen(server, config);
  } catch (error) {
    await keeper.close();
    throw error;
  }
  const jobs = startJobs(keeper, clock);
  const { folder, envFile } = config.source;
  log.info({ url: config.baseUrl, host: config.host, port: config.port, folder, envFile }, 'listening');
  for (const warning of warnings) log.warn({}, warning);

  return {
    store: keeper.store,
    async close() {
      const patience = atLatest(drainSeconds);
      const stopped = jobs.stop();
      await drain(server);
      // Browsers and programs that have gone leave an exchange or a refresh behind.
      await Promise.race([patience, keeper.inFlight.ended()]);
      await Promise.all([stopped, flushRevocations(keeper)]);
      await keeper.store.close();
    },
  };
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
