import type { Actor } from '../audit';
import { createApiKey } from '../auth/api-keys';
import { beginConnect, complete } from '../connections/connect';
import { disconnect } from '../connections/connections';
import type { Keeper } from '../keeper';
import { Problem } from '../lib/problem';
import type { Control } from '../simulator/simulator';

const hour = 3600;
const day = 24 * hour;
/** How long the story of the examples is. */
export const exampleSeconds = 30 * day;

interface Example {
  readonly name: string;
  readonly email: string;
  /** Hours of the day in which its programs ask for tokens. */
  readonly hours: readonly [from: number, to: number];
  /** How it ends; absent for well. */
  readonly end?: 'waiting' | 'broken' | 'disconnected';
}

const examples: readonly Example[] = [
  { name: 'crm', email: 'maria@brightwater.example', hours: [0, 24] },
  { name: 'books-india', email: 'priya@kaveri.example', hours: [6, 18] },
  { name: 'crm-sweden', email: 'jens@lindqvist.example', hours: [7, 19] },
  { name: 'robotics', email: 'daniel@northfield.example', hours: [0, 24], end: 'waiting' },
  { name: 'officina', email: 'chiara@moretti.example', hours: [8, 17], end: 'broken' },
  { name: 'old-shop', email: 'suresh@suresh.example', hours: [9, 12], end: 'disconnected' },
];

const visitor = { name: 'person', ip: null };

/** Lives a month through with a few connections: the clock of both starts so long ago, and has caught up at the end. */
export async function addExamples(keeper: Keeper, control: Control): Promise<void> {
  const end = keeper.now().getTime() + exampleSeconds * 1000;
  const until = (): number => (end - keeper.now().getTime()) / 1000;
  for (const example of examples) await connect(keeper, control, example);
  const wanted = {
    name: 'nightly sync',
    connections: examples.map(({ name }) => name),
    rights: 'read',
    days: null,
  } as const;
  const { key, text } = await createApiKey(keeper, wanted, visitor);
  const program = { name: `key ${key.id}`, ip: null };
  while (until() > day + hour) {
    control.advance(day);
    await use(keeper, program, examples);
  }
  // A bad moment of Zoho's, which the next hour's refresh makes good.
  const bad = until() - 14 * hour;
  while (until() > hour) {
    control.advance(hour);
    const time = keeper.now().getUTCHours();
    if (Math.abs(until() - bad) < hour / 2) control.faults.inject({ endpoint: 'refresh', kind: 'json_500', times: 2 });
    await use(
      keeper,
      program,
      examples.filter(({ hours: [from, to] }) => time >= from && time < to),
    );
  }
  await breakOff(keeper, control, program);
  control.advance(Math.max(0, until()));
  await use(
    keeper,
    program,
    examples.filter((example) => example.end === undefined),
  );
  await throttle(keeper, control, program);
  // What notes that the key was used.
  await keeper.authentication.authenticate(text, null);
  await keeper.tokenUses.flush();
}

async function connect(keeper: Keeper, control: Control, { name, email }: Example): Promise<void> {
  const { zuid } = control.users().find((user) => user.email === email) ?? {};
  const request = { name, scopes: keeper.config.scopes, dataCenter: null, sessionId: `example ${name}` };
  const url = await beginConnect(keeper, request, visitor);
  const { searchParams } = new URL(control.authorize(url, zuid === undefined ? {} : { zuid }));
  const said = (parameter: string): string | undefined => searchParams.get(parameter) ?? undefined;
  const answer = { state: said('state'), code: said('code'), location: said('location') };
  await complete(
    keeper,
    { ...answer, error: undefined, accountsServer: said('accounts-server') },
    request.sessionId,
    visitor,
  );
}

async function use(keeper: Keeper, program: Actor, used: readonly Example[]): Promise<void> {
  for (const { name } of used) await unlessRefused(keeper.serve.tokenForProgram(name, null, program));
}

async function breakOff(keeper: Keeper, control: Control, program: Actor): Promise<void> {
  for (const { name, email, end } of examples) {
    if (end === 'disconnected') await disconnect(keeper, name, visitor);
    if (end !== 'broken') continue;
    const { zuid = 0 } = control.users().find((user) => user.email === email) ?? {};
    control.removeApp(zuid, keeper.config.client?.id ?? '');
    // The first refusal is not believed at once.
    for (let time = 0; time < 3; time++) {
      await unlessRefused(keeper.serve.refreshForPerson(name, program));
      control.advance(300);
    }
  }
}

async function throttle(keeper: Keeper, control: Control, program: Actor): Promise<void> {
  for (const { name, end } of examples) {
    if (end !== 'waiting') continue;
    control.faults.inject({ endpoint: 'refresh', kind: 'too_many_requests' });
    await unlessRefused(keeper.serve.refreshForPerson(name, program));
  }
}

/** What Zoho refuses is part of the story. */
async function unlessRefused(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}
