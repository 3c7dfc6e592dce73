#!/usr/bin/env node
// Zoho's Node SDK by its README: it exchanges a code, keeps the token in a file, here of the working directory, and refreshes.
// The consent URL and state are the program's. Each connection has a name, as a second code in one process fails without (2.0.0).
import { randomBytes } from 'node:crypto';
import { Environment, FileStore, InitializeBuilder, OAuthBuilder, UserSignature } from '@zohocrm/nodejs-sdk-8.0';
import express from 'express';
import session from 'express-session';

const { ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET, ZOHO_REDIRECT_URI, ZOHO_ACCOUNTS_URL, ZOHO_API_URL } = process.env;
const store = new FileStore('tokens.txt');
// In the place of USDataCenter.PRODUCTION(): the SDK has no class for a simulator.
const environment = new Environment(ZOHO_API_URL, `${ZOHO_ACCOUNTS_URL}/oauth/v2/token`, ZOHO_API_URL);
let token;

const app = express();
app.use(session({ secret: 'zoho-sdk', saveUninitialized: false, resave: false }));
app.get('/connect', (req, res) => {
  const state = (req.session.state = randomBytes(16).toString('hex'));
  const asked = { client_id: ZOHO_CLIENT_ID, redirect_uri: ZOHO_REDIRECT_URI, scope: process.env.ZOHO_SCOPES, state };
  const query = new URLSearchParams({ ...asked, response_type: 'code', access_type: 'offline', prompt: 'consent' });
  res.redirect(`${ZOHO_ACCOUNTS_URL}/oauth/v2/auth?${query}`);
});
app.get('/callback', async (req, res) => {
  const { code, state } = req.query;
  if (!state || state !== req.session.state) return res.sendStatus(400);
  const builder = new OAuthBuilder()
    .clientId(ZOHO_CLIENT_ID)
    .clientSecret(ZOHO_CLIENT_SECRET)
    .userSignature(new UserSignature(state));
  const connecting = builder.grantToken(code).redirectURL(ZOHO_REDIRECT_URI).build();
  await (await new InitializeBuilder()).environment(environment).token(connecting).store(store).initialize();
  token = connecting;
  res.send('connected');
});
app.get('/token', async (_req, res) => {
  if (!token) return res.sendStatus(404);
  res.type('text').send(await token.getToken());
});
app.listen(Number(new URL(ZOHO_REDIRECT_URI).port), '127.0.0.1');
