import express from 'express';
import supertest from 'supertest';
import { createFlashes, type TimedFlash } from '../../src/web/flash';
import { type Person, person } from '../support/person';
import { inProcess, type TestApp } from '../support/start';

describe('a sentence for the next page', () => {
  let app: TestApp;
  let someone: Person;
  beforeAll(async () => {
    app = await inProcess();
    someone = person(app);
    await someone.connect({ name: 'crm' });
  });
  afterAll(() => app.stop());

  it('comes once, on the page that is opened first', async () => {
    await someone.visit('/connections/crm');
    const sentence = '“crm” has a new access token';
    await someone.submit('/connections/crm/refresh', {}, '/connections/crm');
    expect((await someone.visit('/keys')).text).toContain(sentence);
    expect((await someone.visit('/connections/crm')).text).not.toContain(sentence);
  });

  it('fits into what browsers and proxies take, in any script, and ends at a whole letter', async () => {
    const flashes = createFlashes(app.server.keeper);
    const long = '日本'.repeat(1000);
    const taken: (TimedFlash | null)[] = [];
    const server = express()
      .post('/', (_req, res) => {
        const link = { words: long, href: `/${long}` };
        flashes.put(res, { tone: 'good', sentence: long, reason: long, next: long, link });
        res.end();
      })
      .get('/', (_req, res) => {
        taken.push(flashes.take(res));
        res.end();
      });
    const [cookie = ''] = (await supertest(server).post('/')).get('Set-Cookie') ?? [];
    expect(cookie.length).toBeLessThan(4000);
    await supertest(server)
      .get('/')
      .set('Cookie', cookie.split(';')[0] ?? '');
    expect(taken[0]?.sentence).toMatch(/^[日本]{133}…$/);
  });
});
