// First tries at Zoho, behind the contract of `zoho-simulator score`: `eager` fetches a token for each caller, forgets the
// connection when that fails, and knows one accounts server; `lazy` stores what it gets and believes the callback.
import { createServer } from 'node:http';

const { ZOHO_CLIENT_ID, ZOHO_CLIENT_SECRET, ZOHO_REDIRECT_URI, ZOHO_SCOPES, ZOHO_ACCOUNTS_URL } = process.env;
const isLazy = process.argv[2] === 'lazy';
const client = { client_id: ZOHO_CLIENT_ID, client_secret: ZOHO_CLIENT_SECRET };
let accounts = ZOHO_ACCOUNTS_URL;
let tokens = {};
let endsAt = 0;

async function fetchTokens(grant) {
  const body = new URLSearchParams({ ...client, ...grant });
  const answer = await fetch(`${accounts}/oauth/v2/token`, { method: 'POST', body });
  tokens = isLazy ? await answer.json() : { ...tokens, ...(await answer.json()) };
  endsAt = Date.now() + tokens.expires_in * 1000;
}

const pages = {
  '/connect': (_query, res) => {
    const asked = {
      client_id: ZOHO_CLIENT_ID,
      redirect_uri: ZOHO_REDIRECT_URI,
      scope: ZOHO_SCOPES,
      response_type: 'code',
    };
    const query = new URLSearchParams({ ...asked, access_type: 'offline', prompt: 'consent' });
    res.writeHead(302, { location: `${ZOHO_ACCOUNTS_URL}/oauth/v2/auth?${query}` }).end();
  },
  '/callback': async (query, res) => {
    if (isLazy) accounts = query.get('accounts-server');
    await fetchTokens({ grant_type: 'authorization_code', code: query.get('code'), redirect_uri: ZOHO_REDIRECT_URI });
    res.end('connected');
  },
  '/token': async (_query, res) => {
    if (!isLazy || Date.now() > endsAt)
      await fetchTokens({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
    if (!isLazy && tokens.error !== undefined) throw new Error(tokens.error);
    res.end(tokens.access_token);
  },
};

createServer((req, res) => {
  const { pathname, searchParams } = new URL(req.url, ZOHO_REDIRECT_URI);
  Promise.resolve(pages[pathname]?.(searchParams, res)).catch(() => {
    tokens = {};
    res.writeHead(500).end();
  });
  if (pages[pathname] === undefined) res.writeHead(404).end();
}).listen(new URL(ZOHO_REDIRECT_URI).port, '127.0.0.1');
