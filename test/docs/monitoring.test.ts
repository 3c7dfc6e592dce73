import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { itWhere } from '../support/skip';
import { person } from '../support/person';
import { freshFolder } from '../support/postgres';
import { program, someKey, tokenPath } from '../support/program';
import { inProcess } from '../support/start';

const folder = join(__dirname, '../../docs');
const files = ['monitoring.md', 'monitoring/alert-rules.yml', 'monitoring/grafana-dashboard.json'];
const rules = join(folder, 'monitoring/alert-rules.yml');

let scrape: string;
let names: ReadonlySet<string>;
beforeAll(async () => {
  const app = await inProcess({ BACKUP_DIR: freshFolder() });
  const script = program(app.url, await someKey(app.server.store));
  try {
    await person(app).connect({ name: 'crm' });
    await script.get(tokenPath('crm'));
    await script.post('/api/v1/connections/crm/refresh');
    app.simulator.control.faults.inject({ endpoint: 'refresh', kind: 'json_503' });
    await script.post('/api/v1/connections/crm/refresh');
    await script.get('/api/v1/connections/crm/proxy/crm/v8/org');
    app.server.keeper.counts.deliveries.add({ kind: 'webhook', result: 'ok' });
    scrape = (await script.get('/metrics')).text;
  } finally {
    script.stop();
    await app.stop();
  }
  const samples = scrape.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  names = new Set(samples.map((line) => line.split(/[{ ]/)[0] ?? ''));
});

const metricsIn = (text: string): string[] => [
  ...new Set(text.match(/\b(zoho_token_keeper|process|nodejs)_[a-z0-9_]+\b/g)),
];

it.each(files)('%s names only metrics that there are', (file) => {
  const named = metricsIn(readFileSync(join(folder, file), 'utf8'));
  expect(named.length).toBeGreaterThan(8);
  // A histogram is its buckets, sum and count.
  expect(named.filter((name) => !names.has(name) && !names.has(`${name}_bucket`))).toEqual([]);
});

it('monitoring.md names every metric, and the board shows every one of our own', () => {
  const all = [...names].map((name) => name.replace(/_(bucket|sum|count)$/, ''));
  const page = readFileSync(join(folder, 'monitoring.md'), 'utf8');
  expect(all.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  const board = readFileSync(join(folder, 'monitoring/grafana-dashboard.json'), 'utf8');
  expect(all.filter((name) => !board.includes(name) && name !== 'process_start_time_seconds')).toEqual([]);
});

it('refreshes, requests and calls are counted by result, route, product and status', () => {
  for (const line of [
    /^zoho_token_keeper_refresh_duration_seconds_bucket\{result="ok",le="10"\} 1$/m,
    /^zoho_token_keeper_refresh_duration_seconds_count\{result="(?!ok)\w+"\} 1$/m,
    /^zoho_token_keeper_requests_total\{route="token",status="200"\} 1$/m,
    /^zoho_token_keeper_calls_total\{product="crm",status="200"\} 1$/m,
    /^zoho_token_keeper_refresh_budget_used [23]$/m,
    /^zoho_token_keeper_oldest_failure_timestamp_seconds 0$/m,
  ]) {
    expect(scrape).toMatch(line);
  }
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
const noPromtool = 'the program promtool is missing (apt-get install prometheus)';
itWhere(
  hasPromtool,
  'the alert rules',
  noPromtool,
)('promtool takes rules, metrics and the scrape configuration', () => {
  const checked = spawnSync('promtool', ['check', 'rules', rules], { encoding: 'utf8' });
  expect([checked.status, checked.stderr]).toEqual([0, '']);
  const linted = spawnSync('promtool', ['check', 'metrics'], { encoding: 'utf8', input: scrape });
  expect(linted.stderr).toBe('');
  const [, yaml = ''] = /```yaml\n([^]*?)```/.exec(readFileSync(join(folder, 'monitoring.md'), 'utf8')) ?? [];
  const place = freshFolder();
  writeFileSync(join(place, 'keeper-key'), 'a key');
  writeFileSync(join(place, 'prometheus.yml'), yaml.replace('/etc/prometheus', place));
  const configured = spawnSync('promtool', ['check', 'config', join(place, 'prometheus.yml')], { encoding: 'utf8' });
  expect([configured.status, configured.stderr]).toEqual([0, '']);
});
