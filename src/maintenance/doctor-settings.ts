import type { Config } from '../config/config';
import { ignoredProxiesWarning } from '../config/warnings';
import { version } from '../lib/version';
import { type Finding, found } from './findings';

/** The oldest Node that this program is made for, as in package.json. */
const oldestNode = [20, 19] as const;

/** What can be said before the database is opened. */
export function examineSettings(config: Config): Finding[] {
  const { envFile, folder, warnings } = config.source;
  const place = envFile ?? `the environment alone, there is no .env in ${folder}`;
  return [
    found(true, 'Configuration', `the Keeper is at ${config.baseUrl}; its settings are from ${place}.`),
    ...warnings.map((warning) => found(false, 'Configuration', warning)),
    ...proxyFindings(config),
    redirectFinding(config.redirectUri),
  ];
}

export function examineVersions(): Finding[] {
  const { platform, arch, versions } = process;
  return [found(true, 'Zoho Token Keeper', `${version} on ${platform} ${arch}.`), nodeFinding(versions.node)];
}

function nodeFinding(node: string): Finding {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const good = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return found(good, 'Node', good ? node : `${node} is too old: install ${oldestNode.join('.')} or newer.`);
}

function proxyFindings(config: Config): Finding[] {
  const { outboundProxy, ignoredProxies } = config;
  return [
    ...(outboundProxy === null
      ? []
      : [found(true, 'Outbound proxy', `calls go through ${new URL(outboundProxy).host}.`)]),
    ...(ignoredProxies.length === 0 ? [] : [found(true, 'Outbound proxy', ignoredProxiesWarning(config))]),
  ];
}

/** Zoho compares each byte, and some are not seen. */
function redirectFinding(uri: string): Finding {
  const bytes = Buffer.from(uri);
  const odd = [...bytes.entries()].filter(([, byte]) => byte <= 0x20 || byte >= 0x7f);
  if (odd.length === 0) {
    const words = `${uri}, ${bytes.length} bytes: register exactly this at Zoho. The page Setup compares the two.`;
    return found(true, 'Redirect URI', words);
  }
  const named = odd.slice(0, 5).map(([at, byte]) => `byte ${at + 1} is ${byte.toString(16).toUpperCase()}`);
  return found(false, 'Redirect URI', `${uri}: ${named.join(', ')}. Write it with plain letters, others as %XX.`);
}
