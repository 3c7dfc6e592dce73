import { commitsIn } from '../support/commits';
import { type TestKeeper, withoutServer } from '../support/keeper';
import { type Person, person } from '../support/person';
import { inProcess } from '../support/start';

describe('how often the disk is waited for', () => {
  let keeper: TestKeeper;
  beforeEach(async () => {
    keeper = await withoutServer();
  });
  afterEach(() => keeper.stop());

  async function commits(work: () => Promise<unknown>): Promise<number> {
    const before = commitsIn(keeper.store.file ?? '');
    await work();
    return commitsIn(keeper.store.file ?? '') - before;
  }

  it('is twice for a refresh, before and after Zoho is called', async () => {
    const name = await keeper.connection();
    keeper.advance(3600);
    expect(await commits(() => keeper.tokens.get(name, 60, 'schedule'))).toBe(2);
  });

  it('is twice for a refresh that fails', async () => {
    const name = await keeper.connection();
    keeper.advance(3600);
    keeper.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503' });
    expect(await commits(() => keeper.tokens.get(name, 60, 'schedule').catch(() => null))).toBe(2);
  });

  it('is once more for all that an instance of the schedule takes on', async () => {
    for (let count = 0; count < 4; count += 1) await keeper.connection({ used: true });
    keeper.advance(3600);
    expect(await commits(() => keeper.schedule.tick())).toBe(4 * 2 + 1);
  });
});

it('a page that is looked at again makes nobody wait for the disk', async () => {
  const app = await inProcess({ DASHBOARD_PASSWORD: 'the long password of the owner' });
  try {
    const someone = person(app);
    await someone.submit('/login', { password: 'the long password of the owner' });
    await someone.visit('/');
    const before = commitsIn(app.server.store.file ?? '');
    await someone.visit('/');
    await someone.visit('/events');
    expect(commitsIn(app.server.store.file ?? '') - before).toBe(0);
  } finally {
    await app.stop();
  }
});

it('a connect waits for it four times, for the way to Zoho, the code, the answer and the tokens, and a new browser once more', async () => {
  const app = await inProcess();
  async function commits(someone: Person): Promise<number> {
    const file = app.server.store.file ?? '';
    const before = commitsIn(file);
    expect((await someone.connect()).text).toContain('is connected.');
    return commitsIn(file) - before;
  }
  try {
    const someone = person(app);
    expect(await commits(someone)).toBe(5);
    expect(await commits(someone)).toBe(4);
  } finally {
    await app.stop();
  }
});
