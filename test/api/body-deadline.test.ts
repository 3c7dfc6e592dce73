import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { bodyDeadline, takeYourTime } from '../../src/api/body-deadline';

describe('slow bodies', () => {
  let server: http.Server;
  beforeAll(async () => {
    const app = express();
    app.use(bodyDeadline(0.2));
    app.post('/form', express.text(), (_req, res) => void res.send('read'));
    app.post('/upload', (req, res) => {
      takeYourTime(req);
      req.resume().once('end', () => res.send('read'));
    });
    server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => void server.close());

  /** Sends a body whose second half comes after 400 ms; resolves to the answer, or to the error's code. */
  function drip(path: string): Promise<string> {
    return new Promise((resolve) => {
      const { port } = server.address() as AddressInfo;
      const headers = { 'content-type': 'text/plain', 'content-length': 2 };
      const request = http.request({ port, host: '127.0.0.1', method: 'POST', path, headers }, (response) => {
        response.setEncoding('utf8').once('data', (text: string) => resolve(text));
      });
      request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      request.write('a');
      setTimeout(() => request.end('b'), 400);
    });
  }

  it('end the request, except where they are expected', async () => {
    expect(await Promise.all([drip('/form'), drip('/upload')])).toEqual(['ECONNRESET', 'read']);
  });
});
