import { type Actor, noteIfWritable, record } from '../audit';
import type { Context } from '../context';
import { problemFrom } from '../errors';
import { workOff } from '../lib/concurrency';
import { describeError } from '../lib/errors';
import type { Problem } from '../lib/problem';
import { digest } from '../lib/secrets';
import { addSeconds } from '../lib/time';
import { eachConnection } from '../store/connection-names';
import { openRefreshToken } from '../store/connections';
import { openOrNull } from '../store/encryption/cipher';
import { candidatesOf, type ImportRequest, type Labelled } from './candidates';
import { importOne, type Result } from './import-one';

/** What became of one refresh token. */
export type Imported = Pick<Labelled, 'label'> & Result;

/** An import under way, or over. Holds no token. */
export interface ImportRun {
  readonly total: number;
  /** In the order in which they became known. Fewer than `total` at the end when it was stopped. */
  readonly results: readonly Imported[];
  /** What stopped it, such as a database that cannot be written; null while nothing does. */
  readonly failure: Problem | null;
  readonly endedAt: Date | null;
  /** Resolves at the end, and never rejects. */
  readonly ended: Promise<void>;
}

type Running = { -readonly [Member in keyof ImportRun]: ImportRun[Member] } & { results: Imported[] };
type Tell = (result: Imported, run: ImportRun) => void;

/** How many tokens are proved at a time. Zoho's limit is for each of them; what it thinks of one computer is not known. */
const width = 4;
/** Clocks of several instances may differ by so many seconds. */
const slack = 60;

export type Imports = ReturnType<typeof createImports>;

/** Imports go on by themselves, whoever waits for them. What they have stored stays, however they end. */
export function createImports(context: Context) {
  const { now, log, inFlight } = context;
  let latest: ImportRun | null = null;
  let isStopping = false;
  return { start, latest: (): ImportRun | null => latest, stop: (): void => void (isStopping = true) };

  /**
   * Begins to make a connection of each refresh token in the content. Nothing is stored for one that is refused, and the
   * others do not suffer from it. `tell` gets each result. Throws a Problem when nothing can be tried.
   */
  async function start(request: ImportRequest, actor: Actor, tell: Tell = () => undefined): Promise<ImportRun> {
    const candidates = await candidatesOf(context, request);
    const since = addSeconds(now(), -slack);
    const names = await namesByToken(context);
    const run: Running = { total: candidates.length, results: [], failure: null, endedAt: null, ended: done };
    const importNext = async (candidate: Labelled): Promise<void> => {
      const name = names.get(digest(candidate.refreshToken));
      const result: Result = name ? { kind: 'known', name } : await importOne(context, candidate, since, actor);
      const imported = { label: candidate.label, ...result };
      run.results.push(imported);
      tell(imported, run);
    };
    run.ended = inFlight.track(workThrough(run, candidates, importNext, actor));
    latest = run;
    return run;
  }

  async function workThrough(
    run: Running,
    queue: Labelled[],
    importNext: (candidate: Labelled) => Promise<void>,
    actor: Actor,
  ): Promise<void> {
    const attempt = async (candidate: Labelled): Promise<void> => {
      try {
        await importNext(candidate);
      } catch (error) {
        run.failure ??= problemFrom(error);
        log.error(describeError(error), 'an import was ended by an error');
      }
    };
    await workOff(queue, width, attempt, () => isStopping || run.failure !== null);
    if (run.results.length < run.total) {
      const event = {
        action: 'import_stopped',
        subject: null,
        detail: `${run.results.length} of ${run.total} were tried`,
      };
      await noteIfWritable(context, 'import', () => record(context, actor, event));
    }
    run.endedAt = now();
  }
}

const done = Promise.resolve();

/** The names of all connections by the digest of their refresh token. */
async function namesByToken({ store }: Context): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for await (const row of eachConnection(store)) {
    const token = openOrNull(() => openRefreshToken(store, row));
    if (token !== null) names.set(digest(token), row.name);
  }
  return names;
}
