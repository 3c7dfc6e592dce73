import { createDeliveries, type Deliveries } from './alerts/delivery';
import { type Authentication, createAuthentication } from './auth/authentication';
import { createKeyLimits, type KeyLimits } from './auth/key-limits';
import { createOidc, type Oidc } from './auth/oidc';
import { createSignIn, type SignIn } from './auth/sign-in';
import { type Calls, createCalls } from './calls/calls';
import type { Config } from './config/config';
import { createCounts, type OpenContext } from './context';
import { createKeptFiles, type KeptFiles } from './exports/kept-files';
import { createImports, type Imports } from './imports/imports';
import { createInFlight } from './lib/concurrency';
import { describeError } from './lib/errors';
import type { Log } from './lib/log';
import { createOutbound, type Outbound } from './lib/outbound';
import type { Clock } from './lib/time';
import { type Changes, createChanges } from './store/changes';
import { openStore } from './store/open';
import { shareClock } from './store/shared-clock';
import { joinUsers } from './store/users';
import { createSchedule, type Schedule } from './tokens/schedule';
import { createServe, type Serve } from './tokens/serve';
import { createTokenUses, type TokenUses } from './tokens/token-uses';
import { createTokens, type Tokens } from './tokens/tokens';
import { createZoho } from './zoho/client';
import { zohoHosts } from './zoho/hosts';

export { sqliteFileOf } from './store/database';

/** All that pages, API, jobs and commands work with: the context, and the parts of the domain that hold state. */
export interface Keeper extends OpenContext {
  readonly tokens: Tokens;
  readonly tokenUses: TokenUses;
  readonly serve: Serve;
  readonly schedule: Schedule;
  readonly calls: Calls;
  readonly authentication: Authentication;
  readonly keyLimits: KeyLimits;
  readonly signIn: SignIn;
  readonly oidc: Oidc | null;
  readonly deliveries: Deliveries;
  readonly keptFiles: KeptFiles;
  readonly imports: Imports;
  readonly changes: Changes;
  /** When nobody else had the database open, so that what was under way then is nobody's. Null when that is not known. */
  readonly aloneAt: Date | null;
  /** Sets the clock by the database's, where it has one. */
  setClock(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the database and makes a Keeper on it; `outbound` is its way to everybody else. Throws a StorageError with one line
 * for the operator.
 */
export async function openKeeper(
  config: Config,
  log: Log,
  own: Clock,
  outbound: Outbound = createOutbound(config.outboundProxy, (call) => log.debug({ ...call }, 'asked Zoho')),
): Promise<Keeper> {
  const opened = await openStore(config.databaseUrl, config.encryptionKeys, { connections: config.databasePool });
  const { now, set: setClock } = await shareClock(opened, own);
  const { aloneAt, leave } = lookRound(opened.file, log, now);
  const store = { ...opened, close: () => opened.close().finally(leave) };
  const zoho = createZoho(zohoHosts(config.accountsUrls, config.apiUrls), outbound, config.callsAtOnce);
  const inFlight = createInFlight();
  const counts = createCounts();
  const context: OpenContext = { config, store, zoho, outbound, now, log, inFlight, counts };
  const tokens = createTokens(context);
  const tokenUses = createTokenUses(context);
  const serve = createServe(context, tokens, tokenUses);
  return {
    ...context,
    tokens,
    tokenUses,
    serve,
    schedule: createSchedule(context, tokens),
    calls: createCalls(context, { tokens, serve }),
    authentication: createAuthentication(context),
    keyLimits: createKeyLimits(context),
    signIn: createSignIn(context),
    oidc: config.oidc && createOidc(context, config.oidc),
    deliveries: createDeliveries(context),
    keptFiles: createKeptFiles(context),
    imports: createImports(context),
    changes: createChanges(store, config.databaseUrl),
    aloneAt,
    setClock,
    async close() {
      await inFlight.ended();
      await tokenUses.flush();
      await store.close();
    },
  };
}

/** On PostgreSQL other instances are usual, and on SQLite a disk that takes no file more is no reason not to start. */
function lookRound(file: string | null, log: Log, now: Clock): { aloneAt: Date | null; leave: () => void } {
  if (file === null) return { aloneAt: null, leave() {} };
  try {
    const { wasAlone, leave } = joinUsers(file);
    return { aloneAt: wasAlone ? now() : null, leave };
  } catch (error) {
    log.warn(describeError(error), 'whether others use the database cannot be found out');
    return { aloneAt: null, leave() {} };
  }
}
