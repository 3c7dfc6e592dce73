import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Certificate } from './certificates';
import { freshFolder } from './postgres';

export interface ReverseProxy {
  readonly name: string;
  readonly program: string;
  /** Of Debian. */
  readonly packageName: string;
  /** The language of its blocks in docs/proxies.md. */
  readonly block: string;
  /** What the block for a path below a host stands instead of. */
  readonly replaced: RegExp;
  readonly listening: readonly [documented: RegExp, here: (port: number) => string];
  /** The whole configuration around a block. */
  whole(folder: string, block: string, port: number): string;
  readonly args: (file: string) => readonly string[];
}

export const proxies: readonly ReverseProxy[] = [
  {
    name: 'nginx',
    program: 'nginx',
    packageName: 'nginx-light',
    block: 'nginx',
    replaced: /location \/ \{[^}]*\}/,
    listening: [/listen 443/, (port) => `listen 127.0.0.1:${port}`],
    whole: nginxAround,
    args: (file) => ['-c', file],
  },
  {
    name: 'Caddy',
    program: 'caddy',
    packageName: 'caddy',
    block: 'caddyfile',
    replaced: /reverse_proxy .*/,
    listening: [/^tokens\.example\.com/, (port) => `localhost:${port}`],
    whole: (folder, block) =>
      `{\nadmin off\nauto_https disable_redirects\nskip_install_trust\nstorage file_system ${folder}\n}\n${block}`,
    args: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  },
  {
    name: 'HAProxy',
    program: 'haproxy',
    packageName: 'haproxy',
    block: 'haproxy',
    replaced: /default_backend .*/,
    listening: [/bind :443/, (port) => `bind 127.0.0.1:${port}`],
    whole: (_folder, block) => block,
    args: (file) => ['-db', '-f', file],
  },
  {
    name: 'Apache',
    program: 'apache2',
    packageName: 'apache2',
    block: 'apache',
    replaced: /ProxyPass .*/,
    listening: [/\*:443/, (port) => `127.0.0.1:${port}`],
    whole: apacheAround,
    args: (file) => ['-D', 'FOREGROUND', '-f', file],
  },
];

export function isThere({ program }: ReverseProxy): boolean {
  return spawnSync(program, [program === 'caddy' ? 'version' : '-v']).status === 0;
}

/** The block of docs/proxies.md, for a Keeper at another port and a host that is called localhost. */
export function documented(
  { block, replaced, listening: [there, here] }: ReverseProxy,
  {
    port,
    keeperPort,
    isBelow,
    certificate,
  }: { port: number; keeperPort: number; isBelow: boolean; certificate: Certificate },
): string {
  const docs = readFileSync(join(__dirname, '../../docs/proxies.md'), 'utf8');
  const blocks = [...docs.matchAll(new RegExp(`\`\`\`${block}\n([^\`]+)\`\`\``, 'g'))].map(([, text = '']) => text);
  const [whole = '', inner = ''] = blocks;
  const file = join(freshFolder(), 'both.pem');
  writeFileSync(file, Buffer.concat([certificate.cert, certificate.key]), { mode: 0o600 });
  return (isBelow ? whole.replace(replaced, () => inner) : whole)
    .replace(/\/etc\/\S+\.(pem|key)/g, file)
    .replace(there, here(port))
    .replaceAll('tokens.example.com', 'localhost')
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${keeperPort}`);
}

/** Resolves with what stops it, once it listens. */
export async function startReverseProxy(
  proxy: ReverseProxy,
  block: string,
  port: number,
): Promise<() => Promise<void>> {
  const folder = freshFolder();
  const file = join(folder, 'config');
  writeFileSync(file, proxy.whole(folder, block, port));
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const running: ChildProcess = spawn(proxy.program, proxy.args(file), { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(running, 'close');
  let said = '';
  for (const stream of [running.stdout, running.stderr])
    stream?.on('data', (text: Buffer) => (said += text.toString()));
  while (!(await answers(port))) {
    if (running.exitCode !== null) throw new Error(`${proxy.name} did not start: ${said}`);
  }
  return async () => {
    running.kill();
    await closed;
  };
}

function nginxAround(folder: string, block: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder};`);
  return `daemon off; master_process off; pid ${folder}/pid; error_log stderr; events {}
    http { access_log off; ${temporary.join(' ')} ${block} }`;
}

function apacheAround(folder: string, block: string, port: number): string {
  const modules = ['mpm_event', 'authz_core', 'ssl', 'proxy', 'proxy_http', 'headers'];
  return `${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
    ServerName localhost
    Listen 127.0.0.1:${port}
    ServerRoot ${folder}
    DefaultRuntimeDir ${folder}
    PidFile ${folder}/pid
    ErrorLog ${folder}/log
    User www-data
    Group www-data
    ${block}`;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => setTimeout(() => resolve(false), 20));
    socket.once('connect', () => socket.destroy());
  });
}
