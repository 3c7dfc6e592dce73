import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express, { type Express } from 'express';
import { expressClasses } from '../../src/web/express-classes';
import { someKey, tokenPath } from '../support/program';
import { inProcess, type TestApp } from '../support/start';
import { type Answer, send, type Sent } from '../support/http';
import { person, someName } from '../support/person';

describe('the Keeper', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await inProcess();
  });
  afterAll(() => app.stop());

  it('changes the prototype of no request or response', async () => {
    const name = someName();
    await person(app).connect({ name });
    const headers = { Authorization: `Bearer ${await someKey(app.server.store)}` };
    const { setPrototypeOf } = Object;
    let asked = 0;
    const changed: string[] = [];
    const spy = jest.spyOn(Object, 'setPrototypeOf').mockImplementation((target: object, prototype) => {
      asked++;
      if (Object.getPrototypeOf(target) !== prototype) changed.push(target.constructor.name);
      return setPrototypeOf(target, prototype);
    });
    // There is a server on each loopback address.
    for (const host of ['127.0.0.1', '[::1]']) {
      for (const path of ['/', tokenPath(name), '/healthz', '/nothing', '/api/v1/nothing', '/assets/app.css']) {
        await send(`http://${host}:${app.port}`, { path, headers });
      }
    }
    spy.mockRestore();
    // Should Express stop asking for it, the classes can go.
    expect(asked).toBeGreaterThanOrEqual(24);
    expect(changed).toEqual([]);
  });
});

const full = {
  Accept: 'text/html, application/json;q=0.5',
  'Accept-Encoding': 'gzip',
  'Accept-Language': 'de, en',
  'Content-Type': 'application/json',
  'Content-Length': '0',
  Range: 'bytes=0-3',
  'X-Forwarded-For': '192.0.2.1',
  'X-Forwarded-Proto': 'https',
  'X-Requested-With': 'XMLHttpRequest',
};

describe('an app on these classes', () => {
  const apps = [appWithEverything(), appWithEverything()] as const;
  let usual: Server;
  let ours: Server;
  beforeAll(async () => {
    usual = await listening({}, apps[0]);
    ours = await listening(expressClasses(apps[1]), apps[1]);
  });
  afterAll(() => [usual, ours].forEach((server) => server.close()));

  it.each<[number, string, Sent]>([
    [200, 'reads requests', { path: '/a/request?x=1&x=2', headers: full }],
    [200, 'reads requests that say little', { path: '/a/request' }],
    [200, 'answers JSON', { path: '/json', headers: { 'If-None-Match': '"other"' } }],
    [304, 'knows what is fresh', { path: '/json', headers: { 'If-None-Match': '*' } }],
    [200, 'answers HEAD', { method: 'HEAD', path: '/json' }],
    [303, 'redirects', { path: '/redirect' }],
    [200, 'sets cookies', { path: '/cookie' }],
    [200, 'chooses a format', { path: '/format', headers: { Accept: 'text/plain' } }],
    [200, 'renders', { path: '/render' }],
    [206, 'sends files', { path: '/file', headers: { Range: 'bytes=0-3' } }],
    [202, 'sends a status', { path: '/status' }],
    [500, 'answers errors', { path: '/error' }],
    [404, 'answers what there is not', { path: '/nothing' }],
  ])('answers %i when it %s, as without them', async (status, _what, request) => {
    const [expected, answer] = await Promise.all([usual, ours].map((server) => ask(server, request)));
    expect(answer).toEqual(expected);
    expect(answer?.status).toBe(status);
  });
});

/** Uses what Express gives to requests and responses. */
function appWithEverything(): Express {
  const app = express();
  app.set('env', 'test');
  app.set('trust proxy', 'loopback');
  app.engine('ts', (_path, options, done) => done(null, `rendered ${JSON.stringify(Reflect.get(options, 'word'))}`));
  app.set('views', __dirname);
  app.use((req, res, next) => {
    res.locals['isOurs'] = req.app === app && res.app === app && res.req === req && req.res === res;
    next();
  });
  app.get('/:name/request', (req, res) => {
    const { params, query, path, ip, ips, protocol, secure, host, hostname, subdomains, xhr, fresh, stale } = req;
    const { originalUrl, baseUrl } = req;
    const read = { params, query, path, ip, ips, protocol, secure, host, hostname, subdomains, xhr, fresh, stale };
    const chosen = [
      req.accepts(['json', 'html']),
      req.acceptsEncodings('gzip', 'identity'),
      req.acceptsLanguages('en', 'de'),
      req.acceptsCharsets('utf-8'),
      req.is('json'),
      req.range(100),
      req.get('Accept-Language'),
    ];
    res.json({ ...read, originalUrl, baseUrl, chosen, locals: res.locals });
  });
  app.get('/json', (_req, res) => void res.vary('Accept').append('X-A', '1').append('X-A', '2').json({ a: 'é' }));
  app.get('/redirect', (_req, res) => res.redirect(303, '/elsewhere?a=ü'));
  app.get('/cookie', (_req, res) => void res.cookie('a', '1', { httpOnly: true }).clearCookie('b').send('set'));
  app.get('/format', (_req, res) => void res.format({ html: () => res.send('<p>'), text: () => res.send('plain') }));
  app.get('/render', (_req, res) => res.render('express-classes.test.ts', { word: 'word' }));
  app.get('/file', (_req, res) => res.attachment('a.json').sendFile(join(__dirname, '../../package.json')));
  app.get('/status', (_req, res) => void res.links({ next: '/2' }).location('/2').sendStatus(202));
  app.get('/error', () => {
    throw new Error('thrown');
  });
  return app;
}

function listening(options: ServerOptions, app: RequestListener): Promise<Server> {
  const server = createServer(options, app);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function ask(server: Server, request: Sent): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  const answer = await send(`http://localhost:${port}`, {
    ...request,
    headers: { Host: 'keeper.test', ...request.headers },
  });
  return { ...answer, headers: { ...answer.headers, date: undefined } };
}
