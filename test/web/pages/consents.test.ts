import { inProcess, type TestApp } from '../../support/start';
import { pathOf, type Person, person, someName } from '../../support/person';

let app: TestApp;
let someone: Person;
beforeAll(async () => {
  app = await inProcess();
  someone = person(app);
});
afterAll(() => app.stop());
beforeEach(() => app.advance(1201));

/** When the Keeper of the test says it is so many seconds from now. */
function clock(seconds: number): string {
  return new Date(app.simulator.control.now() + seconds * 1000).toISOString().slice(11, 16);
}

it('a person who declines is told so, and what else it could have been', async () => {
  const { text } = await someone.connect({ accept: false });
  expect(text).toContain('You declined at Zoho, so nothing was connected.');
  expect(text).toContain('Zoho allows ten in ten minutes');
  expect(text).toContain(`In that case wait until ${clock(600)} UTC.`);
});

it('the eleventh consent in ten minutes is told as too many of them first, with the time until when to wait', async () => {
  for (let n = 0; n < 10; n++) {
    expect((await someone.connect({ name: someName() })).text).toContain('is connected.');
    app.advance(30);
  }
  const callback = pathOf(await someone.consent({ name: someName() }));
  expect(callback).toContain('error=access_denied');
  const { text } = await someone.visit(callback);
  expect(text).toContain('this client has had ten consents in ten minutes');
  expect(text.indexOf('ten consents')).toBeLessThan(text.indexOf('You declined at Zoho'));
  const said = /Wait until (\d\d:\d\d) UTC/.exec(text)?.[1];
  // Ten of the last ten minutes are nine once the first two have left, since the refused one counts as well.
  expect([clock(329), clock(330), clock(331)]).toContain(said);
  // The same callback again says the same.
  app.advance(60);
  expect((await someone.visit(callback)).text).toContain(`Wait until ${said} UTC`);
  app.advance(271);
  expect((await someone.connect({ name: someName() })).text).toContain('is connected.');
});
