import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Config } from '../config/config';
import { secretNames } from '../config/options';
import { StorageError } from '../errors';
import { Problem } from '../lib/problem';
import { secondsUntil } from '../lib/time';
import { longestMinTtl } from '../tokens/serve';
import type { TokenJson } from '../tokens/token-json';
import type { Access } from './access';
import { accessTo } from './choose-access';
import { type Child, type Environment, passSignals, startChild } from './child';
import { CommandError } from './output';
import { tokenVariables, wholeSeconds } from './token';

/** How long before its end a token is replaced, in seconds, where tokens live long enough. */
const margin = 300;
/** Seconds until the next try, where a new token cannot be had. */
const pause = 30;

interface Started {
  readonly env: Environment;
  readonly umask: number;
}

/** `started`: how this process was started, before it changed anything. */
export function addRun(program: Command, configuration: () => Config, started: Started): void {
  program
    .command('run')
    .description('run a command with a valid access token in its environment')
    .argument('<name>', 'the connection')
    .argument('<command...>', 'the command and its arguments, behind --')
    .option('--min-ttl <seconds>', 'how long the token must still be valid', wholeSeconds)
    .option('--restart', 'start the command anew before its token ends')
    .addHelpText('after', '\nzoho-token-keeper run crm -- node report.js --all')
    .showHelpAfterError('Write the command and its own options behind --.')
    .action(async (name: string, command: string[], { minTtl, restart }: { minTtl?: number; restart?: true }) => {
      const config = configuration();
      const access = accessTo(config);
      const token = await access.token(name, minTtl ?? null);
      const env = withoutSecrets(started.env, config.remote !== null);
      const start = (current: TokenJson): Child =>
        withUmask(started.umask, () => startChild(command, { ...env, ...tokenVariables(current) }));
      process.exitCode = await supervise(start, token, restart ? { access, minTtl: minTtl ?? 0 } : null);
    });
}

function withUmask<Result>(umask: number, work: () => Result): Result {
  const own = process.umask(umask);
  try {
    return work();
  } finally {
    process.umask(own);
  }
}

/** The environment without what is the Keeper's own. Its database is elsewhere when the Keeper is. */
function withoutSecrets(env: Environment, isRemote: boolean): Environment {
  const secrets = new Set(secretNames());
  if (isRemote) for (const name of ['DATABASE_URL', 'DATABASE_URL_FILE']) secrets.delete(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => !secrets.has(name)));
}

interface Renewal {
  readonly access: Access;
  readonly minTtl: number;
}

/** Runs the command to its end, again with each new token where `renewal` says so, and returns its exit code. */
async function supervise(
  start: (token: TokenJson) => Child,
  first: TokenJson,
  renewal: Renewal | null,
): Promise<number> {
  let token = first;
  let child = start(token);
  let isEnding = false;
  const stopPassing = passSignals((signal, mustPass) => {
    isEnding ||= ['SIGTERM', 'SIGINT', 'SIGQUIT'].includes(signal);
    if (mustPass) child.kill(signal);
  });
  try {
    for (;;) {
      const next = renewal && (await nextToken(renewal, token, child));
      if (next === null || isEnding) return await child.exited;
      await stop(child, token);
      if (isEnding) return await child.exited;
      token = next;
      child = start(token);
    }
  } finally {
    stopPassing();
  }
}

/** A token that ends later than this one, when it is time for it; null when the child has ended before. */
async function nextToken({ access, minTtl }: Renewal, token: TokenJson, child: Child): Promise<TokenJson | null> {
  const over = new AbortController();
  const ended = child.exited.then(
    () => over.abort(),
    () => over.abort(),
  );
  const life = lifeOf(token);
  let wait = Math.max(life - Math.max(margin, minTtl), life / 2);
  for (;;) {
    await Promise.race([ended, sleep(wait * 1000, undefined, { signal: over.signal }).catch(() => undefined)]);
    if (over.signal.aborted) return null;
    const next = await laterToken(access, token, life);
    if (next !== null) return next;
    wait = Math.min(pause, Math.max(1, lifeOf(token) / 4));
  }
}

/** Null when there is none now, which is said. */
async function laterToken(access: Access, token: TokenJson, life: number): Promise<TokenJson | null> {
  const left = lifeOf(token);
  // Longer than the present one lives, and no longer than new ones do.
  const wanted = Math.min(longestMinTtl, left + Math.min(60, Math.floor((life - left) / 2)));
  try {
    const next = await access.token(token.connection, wanted);
    return (next.expires_at ?? '') > (token.expires_at ?? '') ? next : null;
  } catch (error) {
    if (!(error instanceof Problem || error instanceof CommandError || error instanceof StorageError)) throw error;
    process.stderr.write(`zoho-token-keeper: no new token yet: ${error.message}\n`);
    return null;
  }
}

/** Asks the child to end, and ends it when it is still there at the end of its token. */
async function stop(child: Child, token: TokenJson): Promise<void> {
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), Math.max(10, lifeOf(token)) * 1000);
  await child.exited;
  clearTimeout(force);
}

function lifeOf({ expires_at: end }: TokenJson): number {
  return secondsUntil(end, new Date());
}
