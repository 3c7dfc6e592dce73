import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite from 'better-sqlite3';
import { findApiKey, isGenuine } from '../../src/store/api-keys';
import { recentAlerts } from '../../src/store/alerts';
import { recentBreakages } from '../../src/store/breakages';
import { findClientSecret } from '../../src/store/client-secrets';
import { findDefaultClient } from '../../src/store/clients';
import { findConnection, openAccessToken, openRefreshToken } from '../../src/store/connections';
import { verifySecrets } from '../../src/store/encryption/sealed';
import { findFailedSignIns } from '../../src/store/failed-sign-ins';
import { findFlowByState } from '../../src/store/flows';
import { openStore } from '../../src/store/open';
import { listTargets, openAddress, openSecret } from '../../src/store/targets';
import { recentRefreshes } from '../../src/store/refreshes';
import { dueRevocations, openRevocationToken } from '../../src/store/revocations';
import { readSession } from '../../src/store/sessions';
import { recentEvents } from '../support/events';
import { freshFolder, freshPostgres, query } from '../support/postgres';
import { at } from '../support/rows';

// What the release with migrations 001 to 007 wrote, with rows in every table.
const dump = readFileSync(join(__dirname, 'first-release.sql'), 'utf8');
const keys = '3e886686:qRlg2a3HIKVBGdo9hVvLjWv4q6SirWcuxRIMwP8R8oI=';

async function oldSqlite(): Promise<string> {
  const file = join(freshFolder(), 'keeper.db');
  const sqlite = new BetterSqlite(file);
  sqlite.exec(dump);
  sqlite.close();
  return `sqlite:${file}`;
}

async function oldPostgres(): Promise<string> {
  const url = await freshPostgres();
  await query(url, dump);
  return url;
}

it.each([
  ['SQLite', oldSqlite],
  ['PostgreSQL', oldPostgres],
])('a %s database of the first release opens with all that it holds', async (_dialect, oldDatabase) => {
  const store = await openStore(await oldDatabase(), keys);
  expect(await verifySecrets(store)).toMatchObject({ damaged: {} });

  const crm = await findConnection(store, 'crm');
  const desk = await findConnection(store, 'desk');
  if (!crm || !desk) throw new Error('a connection is missing');
  expect([openRefreshToken(store, crm), openAccessToken(store, crm)]).toEqual(['1000.refresh.crm', '1000.access.crm']);
  expect(crm).toMatchObject({ data_center: 'eu', zuid: '60012340001', refreshed_by: 'connect', error_code: null });
  expect(desk).toMatchObject({
    status: 'needs_reconnect',
    error_code: 'invalid_code',
    failed_at: '2026-11-01T00:00:03.000Z',
  });

  const [refresh] = await recentRefreshes(store, crm.id, 1);
  expect(refresh).toMatchObject({
    refresh_token_id: crm.refresh_token_id,
    requested_by: 'program',
    result: 'ok',
    took_ms: 120,
  });
  expect(await findFlowByState(store, 'the-state')).toMatchObject({ status: 'failed', error_code: 'declined' });
  expect(await findDefaultClient(store)).toEqual({ clientId: '1000.OLD', secret: 'old-secret', dataCenter: 'eu' });
  expect(await findClientSecret(store, { clientId: '1000.OLD', dataCenter: 'in' })).toBe('secret-in-india');
  const apiKey = await findApiKey(store, 'abcdefghjk');
  expect(apiKey).toMatchObject({ name: 'report', connections: 'crm', rights: 'read' });
  expect(apiKey && isGenuine(store, apiKey)).toBe(true);
  expect(await findFailedSignIns(store, '192.0.2.9')).toMatchObject({ attempts: 3 });
  expect(await recentBreakages(store, 9)).toMatchObject([
    { connection_id: desk.id, name: 'desk', error_code: 'invalid_code', ended_at: null, to_tell: null },
  ]);
  const [target] = await listTargets(store);
  expect(target).toMatchObject({
    kind: 'webhook',
    unsealed_address: null,
    address_sealed: expect.stringMatching(/^v1/),
  });
  expect(target && [openAddress(store, target), openSecret(store, target)]).toEqual([
    'https://alerts.example.com/',
    'whsec_x',
  ]);
  expect(await recentAlerts(store, 1)).toMatchObject([{ connection_name: 'desk', error_code: 'invalid_code' }]);
  const [revocation] = await dueRevocations(store, at(1e9));
  expect(revocation && openRevocationToken(store, revocation)).toBe('1000.refresh.gone');
  expect(await readSession(store, 'a-session', at(0))).toBe('{"began":"x"}');

  const events = await recentEvents(store, 10);
  expect(events.every(({ ip }) => ip === '192.0.2.7')).toBe(true);
  expect(events.map(({ action }) => action).toSorted()).toEqual([
    'api_key_created',
    'api_key_refused',
    'api_key_revoked',
    'connected',
    'encryption_key_created',
    'encryption_key_rotated',
  ]);
  await store.close();
});
