import { newKey, keyText } from '../../src/auth/key-format';
import { inProcess, type TestApp } from '../support/start';
import { program, tokenPath } from '../support/program';

let app: TestApp;
beforeAll(async () => {
  app = await inProcess({ TRUSTED_PROXIES: '127.0.0.0/8,::1' });
});
afterAll(() => app.stop());
beforeEach(async () => {
  app.advance(61);
  await app.server.store.db.deleteFrom('events').execute();
});

const ways = [
  ['wrong keys', 'api_key_refused', ''],
  ['keys in the address', 'secret_in_address', '?api_key=x'],
] as const;

describe.each(ways)('%s', (_what, action, query) => {
  it('from all over one IPv6 network are recorded once a minute', async () => {
    await fromAll(query, (number) => `2001:db8:0:7:${number.toString(16)}::1`);
    expect(await recorded()).toEqual([action]);
    app.advance(61);
    await fromAll(query, (number) => `2001:db8:0:7:ffff::${number.toString(16)}`);
    expect(await recorded()).toEqual([action, action]);
  });

  it('from many networks are recorded ten times a minute', async () => {
    await fromAll(query, (number) => `2001:db8:0:${number.toString(16)}::1`);
    expect(await recorded()).toEqual(Array(10).fill(action));
  });
});

it('an IPv6 network has twenty wrong keys a minute, not twenty for each of its addresses', async () => {
  const statuses = await fromAll('', (number) => `2001:db8:0:9::${number.toString(16)}`);
  expect(statuses.filter((status) => status === 401)).toHaveLength(20);
  expect(statuses.filter((status) => status === 429)).toHaveLength(20);
});

/** Forty requests with a wrong key, each from an address of its own. */
async function fromAll(query: string, addressOf: (number: number) => string): Promise<number[]> {
  const stranger = program(app.url, keyText(newKey()));
  const statuses: number[] = [];
  for (let number = 1; number <= 40; number++) {
    const answer = await stranger.get(tokenPath('crm', query), { 'X-Forwarded-For': addressOf(number) });
    statuses.push(answer.status);
  }
  stranger.stop();
  return statuses;
}

async function recorded(): Promise<string[]> {
  const rows = await app.server.store.db.selectFrom('events').select('action').execute();
  return rows.map(({ action }) => action);
}
