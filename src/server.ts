import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Express } from 'express';
import { keepEnvironmentTarget } from './alerts/targets';
import { createApp } from './app';
import type { Config } from './config/config';
import { startWarnings } from './config/warnings';
import { clientWarnings, listClients } from './connections/client-list';
import { retryEnvironmentClient } from './connections/clients';
import { flushRevocations } from './connections/revocations';
import { requireKeepable } from './exports/kept-files';
import { startJobs } from './jobs';
import { type Keeper, openKeeper } from './keeper';
import { codeOf, ListenError } from './lib/errors';
import type { Log } from './lib/log';
import { openFilesAllowed } from './lib/open-files';
import type { Clock } from './lib/time';
import { version } from './lib/version';
import { createClockWatch } from './maintenance/clock';
import type { OpenStore } from './store/store';
import { expressClasses } from './web/express-classes';
import { limitPipelining } from './web/pipelining';
import { answerUnreadable } from './web/unreadable-requests';

const sharedWarning =
  'Another Keeper, or a command, has this database open, and the two share the work: if that is a second server, one is ' +
  'enough. What a crash left unfinished is looked at in half a minute.';

export interface RunningServer {
  readonly keeper: Keeper;
  readonly store: OpenStore;
  /** Stops accepting, lets what is in flight finish (20 s at the most), and closes the database. */
  close(): Promise<void>;
}

const drainSeconds = 20;
/** Connections that may wait to be accepted. With Node's 511, the rest of a thousand callers tries again a second later. */
const backlog = 4096;
/** Browsers send the cookies of all programs on localhost, whatever their port, which is more than Node's 16 kB. */
const headerBytes = 64 * 1024;
/** Each may hold 64 kB of headers, or of a form, that come slowly: about 130 kB of memory (docs/decisions.md). */
const mostConnections = 2000;

/** Starts the server. Throws a ConfigError, StorageError or ListenError with words for the operator. */
export async function startServer(config: Config, log: Log, now: Clock = () => new Date()): Promise<RunningServer> {
  requireKeepable(config.keptFiles);
  const keeper = await openKeeper(config, log, now);
  const clock = createClockWatch(keeper, keeper.setClock);
  const warnings = startWarnings(config, process.version, now());
  let servers: Listening[];
  let clients: number;
  try {
    await clock.check();
    await retryEnvironmentClient(keeper);
    await keepEnvironmentTarget(keeper);
    warnings.push(...(await clientWarnings(keeper)));
    if (keeper.store.file !== null && keeper.aloneAt === null) warnings.push(sharedWarning);
    clients = (await listClients(keeper)).length;
    servers = await listen(config, createApp(keeper));
  } catch (error) {
    await keeper.close();
    throw error;
  }
  const jobs = startJobs(keeper, clock);
  const { hosts, port, source } = config;
  const { folder, envFile } = source;
  const database = keeper.store.file === null ? 'PostgreSQL' : 'SQLite';
  log.info({ version, database, clients, url: config.baseUrl, hosts, port, folder, envFile }, 'listening');
  for (const warning of warnings) log.warn({}, warning);

  return {
    keeper,
    store: keeper.store,
    async close() {
      log.info({}, 'stopping');
      const patience = atLatest(drainSeconds);
      const stopped = jobs.stop();
      await Promise.all(servers.map(drain));
      // Browsers and programs that have gone leave an exchange or a refresh behind.
      await Promise.race([patience, keeper.inFlight.ended()]);
      await Promise.all([stopped, flushRevocations(keeper), keeper.tokenUses.flush()]);
      await keeper.store.close();
      log.info({}, 'stopped');
    },
  };
}

interface Listening {
  readonly server: Server;
  /** Of all servers. */
  readonly sockets: ReadonlySet<Socket>;
}

function createHttpServer(
  app: Express,
  classes: ServerOptions,
  { keepAliveSeconds, most, sockets }: { keepAliveSeconds: number; most: number; sockets: Set<Socket> },
): Listening {
  // A request without Host is answered by the app as well, with the headers that every answer has.
  const options = { requireHostHeader: false, maxHeaderSize: headerBytes, ...classes };
  const server = createServer(options, limitPipelining(app));
  answerUnreadable(server);
  // Load balancers keep connections for 60 s, some open them in advance: whoever closes first loses no request.
  server.keepAliveTimeout = keepAliveSeconds * 1000;
  server.headersTimeout = server.keepAliveTimeout + 5000;
  // For large bodies on their way through the proxy; all others have 30 s (api/body-deadline.ts).
  server.requestTimeout = 600_000;
  // For answers that nobody reads, which Node gives twice as long. More than Zoho may take for a call through the proxy (zoho/forward.ts).
  server.timeout = 90_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    // The oldest makes room: whoever asks and leaves gets in, however many connections somebody leaves open.
    const [oldest] = sockets;
    if (oldest !== undefined && sockets.size > most) sockets.delete(oldest.destroy());
    socket.once('close', () => sockets.delete(socket));
  });
  return { server, sockets };
}

/** A server on each of the hosts, or none. An IP version that this computer does not have is left out. */
async function listen({ hosts, port, keepAliveSeconds }: Config, app: Express): Promise<Listening[]> {
  const listening: Listening[] = [];
  // The same for all, since the app knows one class of requests.
  const classes = expressClasses(app);
  // Half of the files stay for the database and for calls to Zoho.
  const most = Math.floor(Math.min(mostConnections, openFilesAllowed() / 2));
  const sockets = new Set<Socket>();
  try {
    for (const host of hosts) {
      const created = createHttpServer(app, classes, { keepAliveSeconds, most, sockets });
      await once(created.server.listen({ port, host, backlog }), 'listening').then(
        () => listening.push(created),
        (error: unknown) => {
          const isMissing = ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(codeOf(error));
          if (!isMissing || listening.length === 0) throw listenError(host, port, codeOf(error));
        },
      );
    }
    return listening;
  } catch (error) {
    for (const { server } of listening) server.close();
    throw error;
  }
}

function listenError(host: string, port: number, code: string): ListenError {
  const reasons: Record<string, string> = {
    EADDRINUSE: `Port ${port} on ${host} is in use: stop the other program or set PORT to another number.`,
    EACCES: `Port ${port} on ${host} needs more rights: set PORT to a number above 1023.`,
  };
  return new ListenError(reasons[code] ?? `Cannot listen on ${host}:${port} (${code}): check HOST.`);
}

/** A browser keeps its connections open, so idle ones are closed until the busy ones are done. */
async function drain({ server, sockets }: Listening): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const cut = setTimeout(() => server.closeAllConnections(), drainSeconds * 1000);
  // To Node, one that has not asked for anything yet is not idle.
  for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  await closed;
  clearInterval(sweep);
  clearTimeout(cut);
}

function atLatest(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000).unref());
}
