import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const organisation = { org: [{ company_name: 'Bench', zgid: '1', id: '1' }] };
const user = { ZUID: 1, Email: 'bench@example.com', Display_Name: 'Bench' };

/**
 * A Zoho that gives everybody what they ask for, after so many milliseconds, and counts the tokens it gave. They live for
 * `life` seconds.
 */
export async function startZoho(delay = 0, life = 3600) {
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', async () => {
      if (delay > 0) await pause(delay);
      const { pathname } = new URL(request.url, 'http://zoho');
      const isToken = pathname === '/oauth/v2/token';
      if (isToken) zoho.tokens++;
      const body = isToken ? tokens() : pathname === '/oauth/user/info' ? user : organisation;
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(body));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  const zoho = { url, tokens: 0, stop };
  return zoho;

  function tokens() {
    return {
      access_token: secret(),
      refresh_token: secret(),
      expires_in: life,
      token_type: 'Bearer',
      api_domain: url,
    };
  }
}

/** As long as Zoho's tokens are. */
export function secret() {
  return `1000.${randomBytes(16).toString('hex')}.${randomBytes(16).toString('hex')}`;
}
