import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const newman = createRequire(import.meta.url).resolve('newman/bin/newman.js');

/**
 * Runs the collection of docs/simulator.md with an hour and a refresh after it, at a simulator whose clock may be moved.
 * Resolves with a word for connecting, the first token and the second.
 */
export async function tryNewman(page, zoho) {
  const client = { id: '1000.NEWMAN', secret: 's3cret', redirectUris: ['http://127.0.0.1/callback'], dataCenter: 'us' };
  zoho.control.addClient(client);
  const folder = mkdtempSync(join(tmpdir(), 'newman-'));
  writeFileSync(join(folder, 'collection.json'), JSON.stringify(collectionOf(page)));
  const values = { accounts: zoho.urls.us, client_id: client.id, redirect_uri: client.redirectUris[0] };
  const given = Object.entries(values).flatMap(([name, value]) => ['--env-var', `${name}=${value}`]);
  const reporter = ['--reporters', 'json', '--reporter-json-export', 'report.json', '--suppress-exit-code'];
  await promisify(execFile)(process.execPath, [newman, 'run', 'collection.json', ...given, ...reporter], {
    cwd: folder,
  });
  const { failures } = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')).run;
  rmSync(folder, { recursive: true });
  const word = (...names) => {
    const failure = failures.find(({ source }) => names.includes(source.name));
    return failure === undefined ? 'yes' : `no: ${failure.error.message}`;
  };
  return [word('Consent', 'Exchange'), word('Call'), word('An hour later', 'Refresh', 'Call again')];
}

function collectionOf(page) {
  const [, json] = /^## Postman\n[^]*?```json\n([^]*?)```/m.exec(page);
  const { item, ...collection } = JSON.parse(json);
  const [consent, exchange, call] = item;
  const advance = { url: '{{accounts}}/_simulator/advance', body: { mode: 'raw', raw: '{"seconds": 3660}' } };
  const query =
    'grant_type=refresh_token&client_id={{client_id}}&client_secret={{client_secret}}&refresh_token={{refresh}}';
  const later = [
    { name: 'An hour later', request: { method: 'POST', ...advance } },
    { ...call, name: 'The old token', event: [after('pm.test("is refused", () => pm.response.to.have.status(401));')] },
    {
      name: 'Refresh',
      event: [after('pm.collectionVariables.set("token", pm.response.json().access_token);')],
      request: { method: 'POST', url: `{{accounts}}/oauth/v2/token?${query}` },
    },
    { ...call, name: 'Call again' },
  ];
  exchange.event.push(after('pm.collectionVariables.set("refresh", pm.response.json().refresh_token);'));
  return { ...collection, item: [consent, exchange, call, ...later] };
}

function after(line) {
  return { listen: 'test', script: { exec: [line] } };
}
