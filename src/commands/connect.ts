import { setTimeout as sleep } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { byCommandLine } from '../audit';
import type { Config } from '../config/config';
import { beginDevice, cancelDevice, getDevice, pollDevices } from '../connections/device';
import { type Outcome, outcomeOf } from '../connections/flow-end';
import { createLink, isLinkLife, linkLives } from '../connections/links';
import { connectByCode } from '../connections/pasted-code';
import type { OtherWay } from '../connections/prepare';
import type { Keeper } from '../keeper';
import { type DataCenterCode, dataCenterCodes } from '../zoho/data-centers';
import { parseScopes, scopesProblem, scopesRule } from '../zoho/scopes';
import { CommandError, print } from './output';
import { requireDatabase, withKeeper } from './with-keeper';

interface Options {
  readonly scopes?: readonly string[];
  readonly dataCenter?: DataCenterCode;
  readonly clientId?: string;
  readonly redirectUri?: string;
  readonly reconnect?: true;
  readonly code?: string;
  readonly device?: true;
  readonly link?: true;
  readonly expires: string;
  readonly note: string;
}

type Way = (keeper: Keeper, request: OtherWay, options: Options) => Promise<void>;

/** By the option that chooses it. Another way is a row here and its option below. */
const ways: Readonly<Record<string, Way>> = { code: byCode, device: byDevice, link: byLink };

/** Adds `connect`, which prints the name of the connection when it is there. */
export function addConnect(program: Command, configuration: () => Config): void {
  program
    .command('connect')
    .description('connect Zoho without a browser on this computer')
    .argument('<name>', 'what programs ask for')
    .option('--code <code>', 'a code, or the address that the consent ended at (-: from stdin)')
    .option('--device', 'show a code that somebody types at Zoho, and wait')
    .option('--link', 'print a one-time address with which somebody else connects their own account')
    .addOption(
      new Option('--expires <life>', 'how long that address works').choices(Object.keys(linkLives)).default('1d'),
    )
    .option('--note <text>', 'what its reader is told: who asks, and what for', '')
    .option('--scopes <scopes>', 'what the token may do (default: ZOHO_SCOPES)', readScopes)
    .addOption(new Option('--data-center <code>', 'where the account lives').choices(dataCenterCodes))
    .option('--client-id <id>', 'the client, when it is not the default one')
    .option('--redirect-uri <uri>', 'of an authorization URL that was not made by the Keeper')
    .option('--reconnect', 'renew the connection of this name')
    .action(async (name: string, options: Options) => {
      const way = wayOf(options);
      const config = configuration();
      if (config.remote !== null) {
        throw new CommandError(
          'connect works on the database itself, not through KEEPER_URL: run it on the computer of the Keeper, with KEEPER_URL unset.',
        );
      }
      const { clientId = '', dataCenter = null, scopes = [], reconnect = false } = options;
      const request = { name, clientId, dataCenter, scopes, reconnect };
      await withKeeper(requireDatabase(config), (keeper) => way(keeper, request, options));
    });
}

function wayOf(options: Options): Way {
  const chosen = Object.entries(ways).filter(([option]) => Reflect.get(options, option) !== undefined);
  const [only] = chosen;
  if (chosen.length === 1 && only) return only[1];
  const names = Object.keys(ways).map((option) => `--${option}`);
  throw new CommandError(`Say by which way to connect, one of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}.`);
}

async function byCode(keeper: Keeper, request: OtherWay, { code = '', redirectUri = '' }: Options): Promise<void> {
  const pasted = code === '-' ? await text(process.stdin) : code;
  await report(await connectByCode(keeper, { ...request, pasted, redirectUri }, byCommandLine));
}

/** Waits for somebody at Zoho. A server on the same database may be the one that hears of it. */
async function byDevice(keeper: Keeper, request: OtherWay): Promise<void> {
  const { id, user_code: userCode, verification_url: url } = await beginDevice(keeper, request, byCommandLine);
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    process.stderr.write(
      `Open ${url} on any device, sign in to Zoho and type the code ${userCode}\nWaiting. Ctrl-C ends it.\n`,
    );
    while (!stopped.signal.aborted) {
      await pollDevices(keeper, byCommandLine, id);
      const flow = await getDevice(keeper, id);
      if (flow.status !== 'issued' && flow.status !== 'exchanging') return await report(await outcomeOf(keeper, flow));
      await sleep(1000, null, { signal: stopped.signal }).catch(() => undefined);
    }
    await report(await cancelDevice(keeper, id, byCommandLine));
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** For the owner of a connection that is there, it is a link to reconnect. */
async function byLink(keeper: Keeper, request: OtherWay, { expires, note }: Options): Promise<void> {
  if (!isLinkLife(expires)) throw new CommandError('Choose another --expires.');
  const { name, scopes, clientId, dataCenter } = request;
  const wanted = { name, scopes, clientId: clientId || null, dataCenter, note, life: expires };
  const { url } = await createLink(keeper, wanted, byCommandLine);
  process.stderr.write('Send this to the owner of the account. It works once, and is not shown again.\n');
  await print(`${url}\n`);
}

async function report(outcome: Outcome): Promise<void> {
  const { name } = outcome;
  switch (outcome.kind) {
    case 'connected':
      process.stderr.write(`“${name}” is connected.\n`);
      return print(`${name}\n`);
    case 'unconfirmed':
      throw new CommandError(
        `Zoho gave tokens for something else than before, so “${name}” is as it was: open it on the dashboard within ten minutes to say whether to change it.`,
      );
    case 'unfinished':
      throw new CommandError(`“${name}” is being connected by another process: look with the command connections.`);
    case 'failed': {
      const { code, sentence, next } = outcome.explanation;
      throw new CommandError(`“${name}” was not connected. ${sentence} ${next}`, code === 'cancelled' ? 130 : 1);
    }
  }
}

function readScopes(given: string): readonly string[] {
  const written = parseScopes(given);
  const unfit = scopesProblem(written);
  if (unfit !== null) throw new InvalidArgumentError(`It ${unfit}. ${scopesRule}`);
  return written.scopes;
}
