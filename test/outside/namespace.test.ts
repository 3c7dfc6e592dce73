import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { built } from '../support/build';
import { createAuthority } from '../support/certificates';
import { freshFolder } from '../support/postgres';
import { slowServer } from '../support/slow-server';
import { describeWhere } from '../support/skip';

// A network of its own: an IPv4 address that Zoho is at, and a cable to nobody, into which packets to 2001:db8::1 disappear.
// Names are looked up for IP versions only that this computer has beyond loopback, so it has both.
const cable = `
  ip link set lo up
  ip link add here type veth peer name nobody
  ip link set here up
  ip link set nobody up
  ip addr add 10.9.9.1/24 dev here
  ip addr add 2001:db8::2/64 dev here nodad
  ip neigh add 2001:db8::1 lladdr 02:00:00:00:00:01 dev here
`;
const isPossible = spawnSync('unshare', ['-rnm', 'sh', '-ec', cable]).status === 0;
const why = 'unshare -rnm or ip (iproute2) does not work here';

const script = `${slowServer}
  const [main, key, cert, wait] = process.argv.slice(1);
  const load = (name) => require(main + '/' + name);
  const { readFileSync } = require('node:fs');
  const zoho = load('zoho/client').createZoho(load('zoho/hosts').zohoHosts(), load('lib/outbound').createOutbound(null));
  const client = { clientId: '1000.CLIENT', secret: 's', dataCenter: 'us' };
  (async () => {
    const server = await startSlowServer('10.9.9.1', 443, { key: readFileSync(key), cert: readFileSync(cert) });
    setTimeout(server.accept, Number(wait));
    const asked = zoho.exchangeCode(client, 'us', { code: 'c', redirectUri: 'http://localhost/', verifier: null });
    console.log(await asked.then(({ accessToken }) => accessToken, ({ code }) => code));
    process.exit();
  })();
`;

describeWhere(
  isPossible,
  'Zoho’s real names over bad networks',
  why,
)('Zoho under its real name, with TLS', () => {
  const folder = freshFolder();
  const authority = createAuthority(folder);
  const { key, cert } = authority.issue('accounts.zoho.com');
  const [keyFile, certFile, hostsFile] = ['key', 'cert', 'hosts'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(keyFile, key);
  writeFileSync(certFile, cert);

  it.each([
    ['is reached', '10.9.9.1', '0'],
    ['is reached although its IPv6 address swallows everything', '2001:db8::1 10.9.9.1', '0'],
    ['is reached although there is no way to its IPv6 address', '10.9.9.1 2001:db9::1', '0'],
    ['is reached over a link that needs a second, beside an IPv6 address without a way', '10.9.9.1 2001:db9::1', '500'],
  ])('%s', async (_what, ips, wait) => {
    const lines = ips.split(' ').map((ip) => `${ip} accounts.zoho.com\n`);
    writeFileSync(hostsFile, lines.join(''));
    expect(await run(wait)).toBe('1000.a.b\n');
  });

  async function run(wait: string): Promise<string> {
    const inside = `${cable} mount --bind ${hostsFile} /etc/hosts; exec "$@"`;
    const node = [process.execPath, '-e', script, await built(), keyFile, certFile, wait];
    const child = spawn('unshare', ['-rnm', 'sh', '-ec', inside, 'sh', ...node], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: authority.file },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 25_000,
    });
    return text(child.stdout);
  }
});
