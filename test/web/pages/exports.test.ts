import type { Response } from 'supertest';
import { formats } from '../../../src/exports/formats';
import { testClient } from '../../support/site';
import { inProcess, type TestApp } from '../../support/start';
import { recentEvents } from '../../support/events';
import { type Person, person } from '../../support/person';

let app: TestApp;
let someone: Person;
beforeAll(async () => {
  app = await inProcess();
  someone = person(app);
  await someone.connect({ name: 'crm', userIn: 'ca' });
});
afterAll(() => app.stop());

function download(format: string): Promise<Response> {
  return someone.submit('/connections/crm/export', { format }, '/connections/crm');
}

function secrets(): string[] {
  return [testClient.secret, ...app.simulator.control.minted().map(({ value }) => value)];
}

describe('Use this connection', () => {
  it('shows every way out, the accounts URL and the client ID, and no secret', async () => {
    const { text } = await someone.visit('/connections/crm');
    for (const { name, fileName } of formats)
      expect(text).toMatch(new RegExp(`id="export-${name}"[^]*Download ${fileName}`));
    expect(text).toContain(app.simulator.urls.ca);
    expect(text).toContain(testClient.id);
    expect(text).toContain('It holds the client secret, the refresh token and the access token:');
    for (const secret of secrets()) expect(text).not.toContain(secret);
  });

  it('answers the file with its secrets, which is recorded and kept by no cache', async () => {
    const answer = await download('env');
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-disposition': 'attachment; filename=.env',
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(answer.text).toContain(`ZOHO_CLIENT_SECRET=${testClient.secret}\n`);
    const [event] = await recentEvents(app.server.store, 1);
    expect(event).toMatchObject({ action: 'exported', subject: 'crm', detail: 'env', actor: 'person' });
    expect((await someone.visit('/events')).text).toContain('Exported the connection');
    for (const secret of secrets()) expect(app.logged.join('\n')).not.toContain(secret);
  });

  it.each(formats.map(({ name }) => name))('has %s', async (format) => {
    expect((await download(format)).status).toBe(200);
  });

  it('refuses a format that there is none of', async () => {
    const answer = await download('yaml');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('There is no format called “yaml”.');
  });

  it('is not offered once there are no tokens, and says so to whoever asks', async () => {
    await someone.submit('/connections/crm/revoke', {}, '/connections/crm');
    expect((await someone.visit('/connections/crm')).text).not.toContain('Use this connection');
    const body = new URLSearchParams({ format: 'env' });
    const late = await fetch(`${app.url}/connections/crm/export`, {
      method: 'POST',
      body,
      headers: { Origin: app.url },
    });
    expect(late.status).toBe(409);
  });
});
