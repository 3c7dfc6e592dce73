import { fill, open } from '../databases.mjs';
import { peer, serve } from '../servers.mjs';
import { median } from '../table.mjs';
import { startZoho } from '../zoho.mjs';

const route = '/api/v1/connections/default/token';

/** From the start of the process to its first answer. */
export async function measure(table, { isQuick, databases }) {
  const rounds = isQuick ? 3 : 9;
  const zoho = await startZoho();
  const database = await databases.create('SQLite');
  const store = await open(database);
  await fill(store, 1);
  await store.close();
  const own = [];
  const bare = [];
  for (let round = 0; round < rounds; round++) {
    const keeper = await serve({ database, zoho, withKey: false });
    own.push(keeper.took);
    await keeper.stop();
    const express = await peer('bare', route, ['express', route, '{}']);
    bare.push(express.took);
    await express.stop();
  }
  zoho.stop();
  const ratios = own.map((took, round) => took / bare[round]);
  table.atMost(2.5, 'start to first answer', 'bare Express 5', ratios, `; ${median(own).toFixed(0)} ms`);
}
