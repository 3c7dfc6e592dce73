import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { built } from '../support/build';
import { createAuthority } from '../support/certificates';
import { freshFolder } from '../support/postgres';
import { itWhere } from '../support/skip';

// Zoho's own SDKs, unmodified and with the hosts that they know, in a network of their own where the simulator is Zoho.

const isPossible = spawnSync('unshare', ['-rnm', 'sh', '-ec', 'ip link set lo up']).status === 0;
const why = 'unshare -rnm or ip (iproute2) does not work here';

const client = { id: '1000.SDK', secret: 's3cret', redirect: 'https://localhost/back' };

/** Connects by a code, reads, creates, reads and updates a lead, and prints what it saw, one line each. */
const program = (sdk: string): string => `
  import * as SDK from '${sdk}';
  const { USDataCenter, OAuthBuilder, InitializeBuilder, FileStore, HeaderMap, ParameterMap, Record: R } = SDK;
  const accounts = 'https://accounts.zoho.com';
  const control = async (path, input) =>
    (await fetch(accounts + '/_simulator' + path, input && { method: 'POST', body: JSON.stringify(input) })).json();
  const scope = 'ZohoCRM.modules.ALL,ZohoCRM.settings.ALL';
  const query = new URLSearchParams({ client_id: '${client.id}', redirect_uri: '${client.redirect}', scope,
    response_type: 'code', access_type: 'offline', prompt: 'consent' });
  const { callback } = await control('/authorize', { url: accounts + '/oauth/v2/auth?' + query });
  const builder = new OAuthBuilder().clientId('${client.id}').clientSecret('${client.secret}').findUser(false);
  const token = builder.grantToken(new URL(callback).searchParams.get('code')).redirectURL('${client.redirect}').build();
  const initializer = await new InitializeBuilder();
  await initializer.environment(USDataCenter.PRODUCTION()).token(token).store(new FileStore('store.txt'))
    .resourcePath(process.cwd()).initialize();
  const leads = new R.RecordOperations('Leads');
  const fields = new ParameterMap();
  await fields.add(R.GetRecordsParam.FIELDS, 'Last_Name,Company');
  const names = async () => (await leads.getRecords(fields, new HeaderMap())).getObject().getData()
    .map((lead) => lead.getKeyValue('Last_Name') + ' of ' + lead.getKeyValue('Company')).join();
  const body = async (values) => {
    const record = new R.Record();
    for (const [name, value] of values) await record.addFieldValue(name, value);
    const wrapper = new R.BodyWrapper();
    wrapper.setData([record]);
    return wrapper;
  };
  const said = (response) => response.getObject().getData()[0];
  const { LAST_NAME, COMPANY } = R.Field.Leads;
  console.log(await names());
  const created = said(await leads.createRecords(await body([[LAST_NAME, 'Sdk'], [COMPANY, 'First']]), new HeaderMap()));
  console.log(created.getCode().getValue());
  const id = created.getDetails().get('id');
  const updated = await leads.updateRecord(BigInt(id), await body([[COMPANY, 'Second']]), new HeaderMap());
  console.log(said(updated).getCode().getValue());
  console.log(await names());
  const { count } = await control('/count?endpoint=refresh');
  console.log(count > 0 ? 'refreshed' : 'not refreshed');
  process.exit();`;

/** Runs `program` where accounts.zoho.com and www.zohoapis.com are the simulator, and returns what it printed. */
const script = `
  ip link set lo up
  mount --bind hosts /etc/hosts
  node "$SIMULATOR" --port 443 --data-centers us --config simulator.json --tls-cert cert.pem --tls-key key.pem \\
    --url us=https://accounts.zoho.com --api-url us=https://www.zohoapis.com >simulator.log &
  until grep -qs Register simulator.log; do sleep 0.1; done
  node program.mjs
  kill $!`;

itWhere(isPossible, 'Zoho’s SDKs with Zoho’s names', why).each([
  '@zohocrm/nodejs-sdk-8.0',
  '@zohocrm/typescript-sdk-8.0',
])(
  '%s connects, refreshes, reads, creates and updates a record under Zoho’s own names',
  async (sdk) => {
    const folder = join(freshFolder(), 'run');
    mkdirSync(folder);
    symlinkSync(join(__dirname, '../../node_modules'), join(folder, 'node_modules'));
    const authority = createAuthority(folder);
    const { cert, key } = authority.issue('accounts.zoho.com,DNS:www.zohoapis.com');
    const config = {
      clients: [{ id: client.id, secret: client.secret, redirectUris: [client.redirect], dataCenter: 'us' }],
      // The SDKs renew what has less than five seconds left: so before each call.
      settings: { accessTokenLife: 4, refreshesPerWindow: null },
    };
    writeFileSync(join(folder, 'hosts'), '127.0.0.1 localhost accounts.zoho.com www.zohoapis.com\n');
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'key.pem'), key);
    writeFileSync(join(folder, 'simulator.json'), JSON.stringify(config));
    writeFileSync(join(folder, 'program.mjs'), program(sdk));
    const simulator = join(await built(), 'simulator/cli.js');
    const child = spawn('unshare', ['-rnm', 'sh', '-ec', script], {
      cwd: folder,
      env: { PATH: process.env['PATH'], SIMULATOR: simulator, NODE_EXTRA_CA_CERTS: authority.file },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 28_000,
    });
    const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect([out.trim().split('\n'), errors]).toEqual([
      [
        'Diallo of Diallo Imports,Becker of Becker Metallbau',
        'SUCCESS',
        'SUCCESS',
        'Diallo of Diallo Imports,Becker of Becker Metallbau,Sdk of Second',
        'refreshed',
      ],
      '',
    ]);
  },
  40_000,
);
