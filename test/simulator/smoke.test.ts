import { startSimulator, faultKinds } from '../../src/simulator/simulator';
it('smokes', async () => {
  const sim = await startSimulator({ clients: [{ id: '1000.A', secret: 's', redirectUris: ['http://localhost:3000/cb'], dataCenter: 'us' }] });
  const us = sim.urls.us ?? '';
  const q = new URLSearchParams({ client_id: '1000.A', response_type: 'code', redirect_uri: 'http://localhost:3000/cb', scope: 'ZohoCRM.users.READ,aaaserver.profile.read', access_type: 'offline', state: 'x y' });
  const page = await (await fetch(`${us}/oauth/v2/auth?${q}`)).text();
  console.info(page.slice(0, 3000));
  const cb = sim.control.authorize(`${us}/oauth/v2/auth?${q}`);
  console.info(cb);
  const code = new URL(cb).searchParams.get('code') ?? '';
  const r = await fetch(`${us}/oauth/v2/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code, client_id: '1000.A', client_secret: 's', redirect_uri: 'http://localhost:3000/cb' }) });
  const t: any = await r.json();
  console.info(r.status, r.headers, t);
  const i = await fetch(`${us}/oauth/user/info`, { headers: { authorization: `Zoho-oauthtoken ${t.access_token}` } });
  console.info(await i.json());
  const o = await fetch(`${us}/crm/v8/users?type=CurrentUser`, { headers: { authorization: `Zoho-oauthtoken ${t.access_token}` } });
  console.info(o.status, await o.text());
  for (const kind of faultKinds) {
    sim.control.faults.inject({ endpoint: 'refresh', kind });
    const body = new FormData(); for (const [k, v] of Object.entries({ grant_type: 'refresh_token', refresh_token: t.refresh_token, client_id: '1000.A', client_secret: 's' })) body.set(k, v);
    try { const x = await fetch(`${us}/oauth/v2/token`, { method: 'POST', body, redirect: 'manual', signal: AbortSignal.timeout(400) }); const s = await x.text(); console.info(kind, x.status, s.length, s.slice(0, 120)); } catch (e) { console.info(kind, String(e), String((e as any).cause)); }
  }
  const t0 = Date.now(); await sim.close(); console.info('close', Date.now() - t0);
});
