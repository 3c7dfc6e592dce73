import { createServer, type Server } from 'node:http';
import { createApp } from './app';
import { createClients } from './clients';
import type { Config } from './config';
import { createConnect } from './connect';
import { createConnections } from './connections';
import { createGrants } from './grants';
import type { Log } from './log';
import { createRevocations } from './revocations';
import { keeper } from './store/events';
import { forgetFlowsBefore } from './store/flows';
import { forgetRefreshesBefore } from './store/refreshes';
import { forgetSessionsBefore } from './store/sessions';
import { openStore, type OpenStore } from './store/store';
import { type Clock, iso, later } from './time';
import { createTokens } from './tokens';
import { createZoho } from './zoho/client';
import { zohoHosts } from './zoho/hosts';

export interface RunningServer {
  readonly store: OpenStore;
  /** Stops accepting, lets requests under way finish (20 s at the most), and closes the database. */
  close(): Promise<void>;
}

/** The port cannot be listened on. The message is one line with the next step. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

const drainSeconds = 20;
/** An exchange takes 15 s at the most; one that nobody touched for longer belongs to an instance that is gone. */
const orphanSeconds = 30;

/** Everything that a command of the program works with. */
export async function assemble(config: Config, log: Log, now: Clock) {
  const store = await openStore(config.databaseUrl, config.encryptionKeys);
  const zoho = createZoho(zohoHosts(config.accountsUrls, config.apiUrls));
  const environment = config.client && {
    clientId: config.client.id,
    secret: config.client.secret,
    dataCenter: config.dataCenter,
  };
  const clients = createClients(store, environment, now);
  const revocations = createRevocations({ store, zoho, now, log });
  const grants = createGrants({ store, zoho, revocations, now, log });
  const { redirectUri, pkce } = config;
  const connect = createConnect({ store, zoho, clients, grants, redirectUri, pkce, now, log });
  const connections = createConnections({ store, revocations, now });
  const tokens = createTokens({ store, zoho, clients, now, log });
  return { config, store, zoho, clients, revocations, connect, connections, tokens, now, log };
}

/** Starts the server. Throws a StoreError or ListenError, or a ConfigError's kin, with one line for the operator. */
export async function startServer(config: Config, log: Log, now: Clock = () => new Date()): Promise<RunningServer> {
  const parts = await assemble(config, log, now);
  const server = createServer(createApp(parts));
  server.headersTimeout = 15_000;
  server.requestTimeout = 30_000;
  try {
    await listen(server, config);
  } catch (error) {
    await parts.store.close();
    throw error;
  }
  log.info({ url: config.baseUrl, host: config.host, port: config.port }, 'listening');

  // One server works on a SQLite file, so what is unfinished at its start was cut short by a crash.
  const recovered = parts.connect
    .recover(parts.store.file === null ? orphanSeconds : 0, keeper)
    .catch((error: unknown) => log.error({ problem: String(error) }, 'recovery failed'));
  const work = every(15, async () => {
    if (parts.store.file === null) await parts.connect.recover(orphanSeconds, keeper);
    await parts.revocations.flush();
  });
  const cleaning = every(3600, () => forgetOldRows(parts.store, now()));
  parts.revocations.flushSoon();

  return { store: parts.store, close };

  async function close(): Promise<void> {
    await drain(server);
    await Promise.all([recovered, work.stop(), cleaning.stop(), parts.revocations.flush()]);
    await parts.store.close();
  }

  function every(seconds: number, task: () => Promise<void>) {
    let running: Promise<void> = Promise.resolve();
    const timer = setInterval(() => {
      running = running.then(task).catch((error: unknown) => log.error({ problem: String(error) }, 'a task failed'));
    }, seconds * 1000);
    return {
      stop: () => {
        clearInterval(timer);
        return running;
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
    server.listen(port, host, () => resolve());
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

async function forgetOldRows(store: OpenStore, now: Date): Promise<void> {
  await forgetSessionsBefore(store, iso(now));
  await forgetFlowsBefore(store, iso(later(now, -24 * 3600)));
  await forgetRefreshesBefore(store, iso(later(now, -30 * 24 * 3600)));
}
