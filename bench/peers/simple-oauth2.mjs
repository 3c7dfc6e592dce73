// The bare exchange: two Express routes and simple-oauth2, the state in a Set, no session, no PKCE, nothing kept.
// node bench/peers/simple-oauth2.mjs PORT ZOHO_URL
import { randomBytes } from 'node:crypto';
import express from 'express';
import { AuthorizationCode } from 'simple-oauth2';

const [port, zoho] = process.argv.slice(2);
const redirect_uri = `http://localhost:${port}/callback`;
const client = new AuthorizationCode({
  client: { id: '1000.BENCH', secret: 'b'.repeat(42) },
  auth: { tokenHost: zoho, tokenPath: '/oauth/v2/token', authorizePath: '/oauth/v2/auth' },
  options: { authorizationMethod: 'body' },
});
const states = new Set();
const app = express();
app.get('/ready', (_req, res) => res.send('ok'));
app.get('/connect', (_req, res) => {
  const state = randomBytes(32).toString('base64url');
  states.add(state);
  res.redirect(client.authorizeURL({ redirect_uri, scope: 'ZohoCRM.modules.ALL', state }));
});
app.get('/callback', async (req, res) => {
  if (!states.delete(req.query.state)) return res.status(400).end();
  await client.getToken({ code: req.query.code, redirect_uri });
  res.redirect('/done');
});
app.listen(Number(port), '127.0.0.1');
