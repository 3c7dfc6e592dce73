import { execFileSync } from 'node:child_process';

/** Stores as many connections as it is told to, one after the other and says so of each on stdout, as soon as the store says so. */
export const writer = `
  const { writeSync } = require('node:fs');
  const [folder, url, count] = process.argv.slice(1);
  const { openStore } = require(folder + '/store/open');
  const { addConnection } = require(folder + '/store/connections');
  (async () => {
    const store = await openStore(url, null);
    for (let n = 0; n < Number(count); n++) {
      const grant = {
        name: 'c-' + n, clientId: 'x', dataCenter: 'us', apiDomain: 'x', scopes: ['x'], askedScopes: ['x'], refreshToken: '1000.' + n,
        account: { zuid: null, userName: null, userEmail: null, organisation: null }, access: null,
      };
      try {
        if (await addConnection(store, grant, new Date().toISOString())) writeSync(1, 'c-' + n + '\\n');
      } catch {}
    }
    await store.close();
  })().catch(() => process.exit(3));`;

/** Whether strace is there and may be used. */
export function canTrace(): boolean {
  try {
    execFileSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
