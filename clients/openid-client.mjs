#!/usr/bin/env node
// openid-client by its README: Zoho's discovery, PKCE, and state where PKCE is not offered. The session, the token and the
// question when to refresh are the program's.
import express from 'express';
import session from 'express-session';
import * as client from 'openid-client';

const { ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET, ZOHO_REDIRECT_URI, ZOHO_ACCOUNTS_URL, ZOHO_SCOPES } = process.env;
// The simulator speaks plain HTTP.
const options = { execute: [client.allowInsecureRequests] };
const server = new URL(ZOHO_ACCOUNTS_URL);
const config = await client.discovery(server, ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET, undefined, options);
let tokens;
let refreshToken;

const app = express();
app.use(session({ secret: 'openid-client', saveUninitialized: false, resave: false }));
app.get('/connect', async (req, res) => {
  const verifier = client.randomPKCECodeVerifier();
  const parameters = {
    redirect_uri: ZOHO_REDIRECT_URI,
    scope: ZOHO_SCOPES,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    access_type: 'offline',
    prompt: 'consent',
  };
  if (!config.serverMetadata().supportsPKCE()) parameters.state = client.randomState();
  req.session.checks = { pkceCodeVerifier: verifier, expectedState: parameters.state };
  res.redirect(client.buildAuthorizationUrl(config, parameters).href);
});
app.get('/callback', async (req, res) => {
  tokens = await client.authorizationCodeGrant(config, new URL(req.originalUrl, ZOHO_REDIRECT_URI), req.session.checks);
  refreshToken = tokens.refresh_token;
  res.send('connected');
});
app.get('/token', async (_req, res) => {
  if (!tokens) return res.sendStatus(404);
  if (tokens.expiresIn() === 0) tokens = await client.refreshTokenGrant(config, refreshToken);
  res.type('text').send(tokens.access_token);
});
app.listen(Number(new URL(ZOHO_REDIRECT_URI).port), '127.0.0.1');
