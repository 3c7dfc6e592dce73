#!/usr/bin/env node
// simple-oauth2 by its README: it builds the URL, exchanges and refreshes. State and session are the program's.
import { randomBytes } from 'node:crypto';
import express from 'express';
import session from 'express-session';
import { AuthorizationCode } from 'simple-oauth2';

const { ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET, ZOHO_REDIRECT_URI, ZOHO_ACCOUNTS_URL, ZOHO_SCOPES } = process.env;
const client = new AuthorizationCode({
  client: { id: ZOHO_CLIENT_ID, secret: ZOHO_CLIENT_SECRET },
  auth: { tokenHost: ZOHO_ACCOUNTS_URL, tokenPath: '/oauth/v2/token', authorizePath: '/oauth/v2/auth' },
  options: { authorizationMethod: 'body', scopeSeparator: ',' },
});
const redirect = { redirect_uri: ZOHO_REDIRECT_URI, scope: ZOHO_SCOPES.split(',') };
let accessToken;

const app = express();
app.use(session({ secret: 'simple-oauth2', saveUninitialized: false, resave: false }));
app.get('/connect', (req, res) => {
  const state = (req.session.state = randomBytes(16).toString('hex'));
  res.redirect(client.authorizeURL({ ...redirect, state, access_type: 'offline', prompt: 'consent' }));
});
app.get('/callback', async (req, res) => {
  const { code, state } = req.query;
  if (!state || state !== req.session.state) return res.sendStatus(400);
  accessToken = await client.getToken({ ...redirect, code });
  res.send('connected');
});
app.get('/token', async (_req, res) => {
  if (!accessToken) return res.sendStatus(404);
  if (accessToken.expired()) accessToken = await accessToken.refresh();
  res.type('text').send(accessToken.token.access_token);
});
app.listen(Number(new URL(ZOHO_REDIRECT_URI).port), '127.0.0.1');
