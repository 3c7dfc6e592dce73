import { inProcess, serveBeside, type TestApp } from '../support/start';
import { times } from '../support/full';
import { person } from '../support/person';
import { program, someKey, tokenPath } from '../support/program';

const leaseSeconds = 15;
const rounds = Array.from({ length: times(5, 50) }, (_, index) => index + 1);

describe('a process that dies while it refreshes', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await inProcess();
    await person(app).connect({ name: 'crm' });
  });
  afterEach(() => app.stop());

  it.each(rounds)('costs its lease, and another process answers everybody with one refresh more (%i)', async () => {
    const key = await someKey(app.server.store);
    const doomed = await serveBeside(app);
    const lost = program(doomed.url, key);
    const script = program(app.url, key);
    await app.server.store.db
      .updateTable('connections')
      .set({ access_token_expires_at: new Date(Date.now() - 1000).toISOString() })
      .execute();
    app.simulator.control.clearRequests();
    app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'hang_before_headers' });

    const cut = lost.get(tokenPath('crm')).catch(() => 'cut off');
    await app.simulator.control.arrived(1, { endpoint: 'refresh' });
    await doomed.end('SIGKILL');
    expect(await cut).toBe('cut off');

    const answers = Array.from({ length: 50 }, () => script.get(tokenPath('crm')));
    // The dead one holds its lease still, so nobody may be answered before it is over.
    const early = await Promise.race([Promise.race(answers).then(() => 'answered'), addSeconds(300)]);
    expect(early).toBe('waiting');
    app.advance(leaseSeconds + 1);
    const bodies = await Promise.all(answers);
    expect(new Set(bodies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(bodies.map(({ body }) => body['access_token'])).size).toBe(1);
    expect(app.simulator.control.count({ endpoint: 'refresh' })).toBeLessThanOrEqual(2);
    const { db } = app.server.store;
    const ledger = await db.selectFrom('refreshes').select('result').orderBy('started_at').execute();
    expect(ledger.map(({ result }) => result)).toEqual(['interrupted', 'ok']);
    const event = db.selectFrom('events').select('subject').where('action', '=', 'refresh_interrupted');
    expect(await event.execute()).toEqual([{ subject: 'crm' }]);
    lost.stop();
    script.stop();
  });
});

function addSeconds(milliseconds: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve('waiting'), milliseconds));
}
