#!/usr/bin/env node
// Passport's OAuth 2.0 strategy by its README: it signs people in. It refreshes nothing: /token gives what came.
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import OAuth2Strategy from 'passport-oauth2';

const { ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET, ZOHO_REDIRECT_URI, ZOHO_ACCOUNTS_URL, ZOHO_SCOPES } = process.env;
let kept;

passport.use(
  new OAuth2Strategy(
    {
      authorizationURL: `${ZOHO_ACCOUNTS_URL}/oauth/v2/auth?access_type=offline&prompt=consent`,
      tokenURL: `${ZOHO_ACCOUNTS_URL}/oauth/v2/token`,
      clientID: ZOHO_CLIENT_ID,
      clientSecret: ZOHO_CLIENT_SECRET,
      callbackURL: ZOHO_REDIRECT_URI,
      scope: ZOHO_SCOPES.split(','),
      scopeSeparator: ',',
      state: true,
      pkce: true,
    },
    (accessToken, _refreshToken, _profile, done) => {
      kept = accessToken;
      done(null, { name: 'somebody' });
    },
  ),
);

const app = express();
app.use(session({ secret: 'passport', saveUninitialized: false, resave: false }));
app.get('/connect', passport.authenticate('oauth2', { session: false }));
app.get('/callback', passport.authenticate('oauth2', { session: false }), (_req, res) => res.send('connected'));
app.get('/token', (_req, res) => (kept ? res.type('text').send(kept) : res.sendStatus(404)));
app.listen(Number(new URL(ZOHO_REDIRECT_URI).port), '127.0.0.1');
