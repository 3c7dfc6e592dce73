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

it('a person who declines is told so, and what else it could have been', async () => {
  const { text } = await someone.connect({ accept: false });
  expect(text).toContain('You declined at Zoho, so nothing was connected.');
  expect(text).toContain('Zoho allows ten in ten minutes');
  expect(text).toMatch(/The next one is possible <time datetime="[^"]+">in 10 minutes<\/time> then\./);
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
  const pattern = /Connect again <time datetime="([^"]+)">(in \d minutes)<\/time>/;
  const [, until = '', words] = pattern.exec(text) ?? [];
  // Ten of the last ten minutes are nine once the first two have left, since the refused one counts as well.
  const seconds = (Date.parse(until) - app.simulator.control.now()) / 1000;
  expect(Math.abs(seconds - 330)).toBeLessThan(3);
  expect(['in 5 minutes', 'in 6 minutes']).toContain(words);
  // The same callback again says the same.
  app.advance(60);
  expect(pattern.exec((await someone.visit(callback)).text)?.[1]).toBe(until);
  app.advance(271);
  expect((await someone.visit(callback)).text).toContain('Connect again. Otherwise');
  expect((await someone.connect({ name: someName() })).text).toContain('is connected.');
});
