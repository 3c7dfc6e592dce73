// Connect and callback by Grant 5 and express-session, with state and PKCE: node bench/peers/grant.mjs PORT ZOHO_URL
import express from 'express';
import session from 'express-session';
import grant from 'grant';

const [port, zoho] = process.argv.slice(2);
const app = express();
app.get('/ready', (_req, res) => res.send('ok'));
app.use(session({ secret: 'bench', saveUninitialized: true, resave: false }));
app.use(
  grant.express({
    defaults: { origin: `http://localhost:${port}`, transport: 'session', state: true, pkce: true },
    zoho: {
      authorize_url: `${zoho}/oauth/v2/auth`,
      access_url: `${zoho}/oauth/v2/token`,
      oauth: 2,
      client_id: '1000.BENCH',
      client_secret: 'b'.repeat(42),
      scope: ['ZohoCRM.modules.ALL'],
      callback: '/done',
    },
  }),
);
app.listen(Number(port), '127.0.0.1');
