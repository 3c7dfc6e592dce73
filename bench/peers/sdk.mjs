// Zoho's Node SDK with a token that has ended: prints `ready`, and for each line on its stdin makes so many calls at once and
// prints how many were answered.
// node bench/peers/sdk.mjs ZOHO_URL FILE
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { Environment, FileStore, InitializeBuilder, OAuthBuilder, Org } from '@zohocrm/nodejs-sdk-8.0';

const [url, file] = process.argv.slice(2);
const client = new OAuthBuilder().clientId('1000.BENCH').clientSecret('b'.repeat(42));
const token = client.refreshToken('1000.a.b').findUser(false).build();
const environment = new Environment(url, `${url}/oauth/v2/token`, url);
await (
  await new InitializeBuilder()
)
  .environment(environment)
  .token(token)
  .store(new FileStore(file))
  .resourcePath(dirname(file))
  .initialize();
const call = async () => (await new Org.OrgOperations().getOrganization()).getStatusCode();
await call();
process.stdout.write('ready\n');
for await (const line of createInterface(process.stdin)) {
  const statuses = await Promise.all(Array.from({ length: Number(line) }, call));
  process.stdout.write(`${statuses.filter((status) => status === 200).length}\n`);
}
