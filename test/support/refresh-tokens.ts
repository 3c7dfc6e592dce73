import { type Site, testClient } from './site';

/** Refresh tokens of the site's client that no Keeper knows. Zoho's limits have to be out of the way for many. */
export async function refreshTokens({ simulator, url }: Site, many: number): Promise<string[]> {
  const accounts = simulator.urls.us ?? '';
  const redirectUri = `${url}/oauth/callback`;
  const consent = new URLSearchParams({
    response_type: 'code',
    access_type: 'offline',
    prompt: 'consent',
    client_id: testClient.id,
    redirect_uri: redirectUri,
    scope: 'ZohoCRM.org.READ,AaaServer.profile.READ',
  });
  const tokens: string[] = [];
  while (tokens.length < many) {
    const callback = new URL(simulator.control.authorize(`${accounts}/oauth/v2/auth?${consent.toString()}`));
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: testClient.id,
      client_secret: testClient.secret,
      redirect_uri: redirectUri,
      code: callback.searchParams.get('code') ?? '',
    });
    const answer = await fetch(`${accounts}/oauth/v2/token`, { method: 'POST', body });
    const { refresh_token: token = '' } = (await answer.json()) as { refresh_token?: string };
    if (token === '') throw new Error('there is no refresh token');
    tokens.push(token);
  }
  return tokens;
}
