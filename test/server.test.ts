import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { freePort } from './support/site';
import { person } from './support/person';
import { inProcess, type TestApp } from './support/start';
import { send } from './support/http';
import { startProgram } from './support/process';
import { freshFolder } from './support/postgres';

describe('the server', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
  });
  afterAll(() => app.stop());

  it.each(['127.0.0.1', '::1'])('listens at %s when HOST is not set', async (host) => {
    const socket = connect(app.config.port, host);
    await once(socket, 'connect');
    socket.destroy();
  });

  it('keeps idle connections for longer than load balancers do', async () => {
    const { headers } = await send(app.url, { path: '/healthz', headers: { Connection: 'keep-alive' } });
    expect(headers['keep-alive']).toBe('timeout=75');
  });
});

it('the log tells of the start, a connect, a refresh and the stop', async () => {
  const app = await inProcess();
  await person(app).connect({ name: 'crm' });
  await person(app).submit('/connections/crm/refresh');
  await app.stop();
  const told = app.logged.map((line): { level: string; message: string } => JSON.parse(line));
  const messages = told.filter(({ level }) => level === 'info').map(({ message }) => message);
  expect(messages).toEqual(['listening', 'connected', 'refreshed', 'stopping', 'stopped']);
  expect(app.logged[0]).toMatch(/"version":"[\d.]+","database":"SQLite","clients":1/);
});

it('KEEP_ALIVE_SECONDS says how long idle connections are kept', async () => {
  const app = await inProcess({ KEEP_ALIVE_SECONDS: '1' });
  const socket = connect(app.config.port, '127.0.0.1').resume();
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const begun = Date.now();
  await once(socket, 'close');
  expect(Date.now() - begun).toBeGreaterThan(900);
  await app.stop();
});

describe('a port that is in use', () => {
  it.each(['127.0.0.1', '::1'])('on %s alone is told', async (host) => {
    const port = await freePort();
    const other = createServer();
    await once(other.listen(port, host), 'listening');
    const { code, stderr } = await (
      await startProgram(['serve'], { cwd: freshFolder(), env: { PORT: String(port) } })
    ).ended;
    expect(stderr).toContain(`Port ${port} on ${host} is in use: stop the other program or set PORT`);
    expect(code).toBe(1);
    other.close();
  });
});
