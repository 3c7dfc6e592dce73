#!/usr/bin/env node
// Grant by its README: it connects, and that is all it does. It keeps no token and refreshes none: /token gives what came.
import express from 'express';
import session from 'express-session';
import grant from 'grant';

const { ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET, ZOHO_REDIRECT_URI, ZOHO_ACCOUNTS_URL, ZOHO_SCOPES } = process.env;
const paths = { '/connect': '/connect/zoho', '/callback': '/connect/zoho/callback' };
let accessToken;

const app = express();
app.use(session({ secret: 'grant', saveUninitialized: true, resave: false }));
// Grant knows its own two paths only.
app.use((req, _res, next) => {
  if (req.path in paths) req.originalUrl = req.originalUrl.replace(req.path, paths[req.path]);
  next();
});
app.use(
  grant.express({
    defaults: { origin: new URL(ZOHO_REDIRECT_URI).origin, transport: 'state', state: true, pkce: true },
    zoho: {
      authorize_url: `${ZOHO_ACCOUNTS_URL}/oauth/v2/auth`,
      access_url: `${ZOHO_ACCOUNTS_URL}/oauth/v2/token`,
      oauth: 2,
      client_id: ZOHO_CLIENT_ID,
      client_secret: ZOHO_CLIENT_SECRET,
      redirect_uri: ZOHO_REDIRECT_URI,
      scope: ZOHO_SCOPES.split(','),
      custom_params: { access_type: 'offline', prompt: 'consent' },
    },
  }),
);
app.get('/callback', (_req, res) => {
  const { error, access_token } = res.locals.grant.response;
  if (error) return res.status(502).send(error);
  accessToken = access_token;
  res.send('connected');
});
app.get('/token', (_req, res) => (accessToken ? res.type('text').send(accessToken) : res.sendStatus(404)));
app.listen(Number(new URL(ZOHO_REDIRECT_URI).port), '127.0.0.1');
