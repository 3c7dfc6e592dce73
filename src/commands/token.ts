import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../config/config';
import { longestMinTtl, minTtlRule } from '../tokens/serve';
import type { TokenJson } from '../tokens/token-json';
import { accessTo } from './choose-access';
import { print } from './output';

const formats = {
  raw: ({ access_token: token }: TokenJson) => token,
  header: ({ access_token: token }: TokenJson) => `Authorization: Zoho-oauthtoken ${token}`,
  env: (token: TokenJson) =>
    Object.entries(tokenVariables(token))
      .map(([name, value]) => `${name}=${quoted(value)}`)
      .join('\n'),
  json: (token: TokenJson) => JSON.stringify(token, null, 2),
};

export function addToken(program: Command, configuration: () => Config): void {
  program
    .command('token')
    .description('print a valid access token of a connection')
    .argument('<name>', 'the connection')
    .option('--min-ttl <seconds>', 'how long the token must still be valid', wholeSeconds)
    .addOption(
      new Option('--format <format>', 'what to print').choices(Object.keys(formats)).default('raw' satisfies Format),
    )
    .action(async (name: string, { minTtl, format }: { minTtl?: number; format: Format }) => {
      const token = await accessTo(configuration()).token(name, minTtl ?? null);
      await print(`${formats[format](token)}\n`);
    });
}

type Format = keyof typeof formats;

/** The variables in which programs expect a token. */
export function tokenVariables({ access_token: token, api_domain: domain, expires_at: end }: TokenJson) {
  return { ZOHO_ACCESS_TOKEN: token, ZOHO_API_DOMAIN: domain, ZOHO_ACCESS_TOKEN_EXPIRES_AT: end ?? '' };
}

/** For `--min-ttl`. Throws commander's error otherwise. */
export function wholeSeconds(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) <= longestMinTtl) return Number(text);
  throw new InvalidArgumentError(minTtlRule);
}

/** So that a shell that evaluates it takes nothing for a command. */
function quoted(value: string): string {
  return /^[\w.:/+-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
