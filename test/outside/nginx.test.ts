import { freePort } from '../support/site';
import { inProcess } from '../support/start';
import { send } from '../support/http';
import { isThere, proxies, startReverseProxy } from '../support/reverse-proxy';
import { describeWhere } from '../support/skip';

const [nginx] = proxies.filter(({ name, ...proxy }) => name === 'nginx' && isThere({ name, ...proxy }));

const why = 'the program nginx is missing (apt-get install nginx)';
describeWhere(
  nginx !== undefined,
  'nginx without a password',
  why,
)('behind nginx, set up as nginx itself proposes, and without a password', () => {
  it.each(['', 'proxy_http_version 1.1; proxy_set_header X-Real-IP $remote_addr;', 'proxy_set_header Host $host;'])(
    'nobody sees a page: %p',
    async (more) => {
      const app = await inProcess();
      const port = await freePort();
      const location = `location / { proxy_pass http://127.0.0.1:${app.config.port}; ${more} }`;
      if (nginx === undefined) return;
      const stop = await startReverseProxy(
        nginx,
        `server { listen 127.0.0.1:${port}; server_name tokens.example.com; ${location} }`,
        port,
      );
      const headers = { Host: 'tokens.example.com', 'Sec-Fetch-Site': 'same-origin' };
      const answer = await send(`http://127.0.0.1:${port}`, { path: '/setup', headers });
      expect([403, 421]).toContain(answer.status);
      expect(answer.body).not.toContain('<form');
      expect((await send(app.url, { path: '/setup' })).status).toBe(200);
      await stop();
      await app.stop();
    },
  );
});
