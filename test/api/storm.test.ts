import { startApp, type TestApp } from '../support/app';
import { person } from '../support/person';
import { type Answered, program, type Program, someKey, tokenPath } from './support';

const callers = 1000;
const rounds = 20;
const upstream = 100;

describe('a thousand programs at expiry', () => {
  let app: TestApp;
  let script: Program;
  beforeAll(async () => {
    app = await startApp();
    await person(app).connect({ name: 'crm' });
    script = program(app.url, await someKey(app.server.store));
    await storm();
  });
  afterAll(async () => {
    script.stop();
    await app.stop();
  });

  function storm(): Promise<Answered[]> {
    return Promise.all(Array.from({ length: callers }, () => script.get(tokenPath('crm'))));
  }

  it.each(Array.from({ length: rounds }, (_, round) => [round + 1]))('cause one refresh (round %i)', async () => {
    app.simulator.control.clearRequests();
    app.advance(3600);
    app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'slow', delay_ms: upstream });
    const answers = await storm();
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body['access_token'])).size).toBe(1);
    expect(app.simulator.control.count({ endpoint: 'refresh' })).toBe(1);
    console.log(Math.max(...answers.map(({ milliseconds }) => milliseconds)));
  });
});
