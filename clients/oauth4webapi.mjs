#!/usr/bin/env node
// oauth4webapi by its examples: discovery, PKCE, and state where PKCE is not offered. The redirect, the session, the token
// and the question when to refresh are the program's.
import express from 'express';
import session from 'express-session';
import * as oauth from 'oauth4webapi';

const { ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET, ZOHO_REDIRECT_URI, ZOHO_ACCOUNTS_URL, ZOHO_SCOPES } = process.env;
const http = { [oauth.allowInsecureRequests]: true }; // the simulator speaks plain HTTP
const issuer = new URL(ZOHO_ACCOUNTS_URL);
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, http));
const client = { client_id: ZOHO_CLIENT_ID };
const auth = oauth.ClientSecretPost(ZOHO_CLIENT_SECRET);
let kept;

const app = express();
app.use(session({ secret: 'oauth4webapi', saveUninitialized: false, resave: false }));
app.get('/connect', async (req, res) => {
  const verifier = oauth.generateRandomCodeVerifier();
  const challenge = { code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' };
  const asked = { client_id: ZOHO_CLIENT_ID, redirect_uri: ZOHO_REDIRECT_URI, scope: ZOHO_SCOPES, ...challenge };
  const state = as.code_challenge_methods_supported?.includes('S256') ? undefined : oauth.generateRandomState();
  req.session.flow = { verifier, state };
  const url = new URL(as.authorization_endpoint);
  url.search = new URLSearchParams({ ...asked, response_type: 'code', access_type: 'offline', prompt: 'consent' });
  if (state) url.searchParams.set('state', state);
  res.redirect(url.href);
});
app.get('/callback', async (req, res) => {
  const { verifier, state } = req.session.flow;
  const back = oauth.validateAuthResponse(as, client, new URL(req.originalUrl, ZOHO_REDIRECT_URI), state);
  const answer = await oauth.authorizationCodeGrantRequest(as, client, auth, back, ZOHO_REDIRECT_URI, verifier, http);
  keep(await oauth.processAuthorizationCodeResponse(as, client, answer));
  res.send('connected');
});
app.get('/token', async (_req, res) => {
  if (!kept) return res.sendStatus(404);
  if (kept.endsAt <= Date.now()) {
    const answer = await oauth.refreshTokenGrantRequest(as, client, auth, kept.refresh_token, http);
    keep(await oauth.processRefreshTokenResponse(as, client, answer));
  }
  res.type('text').send(kept.access_token);
});
app.listen(Number(new URL(ZOHO_REDIRECT_URI).port), '127.0.0.1');

function keep(tokens) {
  kept = { ...kept, ...tokens, endsAt: Date.now() + tokens.expires_in * 1000 };
}
