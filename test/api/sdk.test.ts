import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { person } from '../support/person';
import { someKey } from '../support/program';
import { inProcess, type TestApp } from '../support/start';

const modules = join(__dirname, '../../node_modules');
const sdks = ['@zohocrm/nodejs-sdk-8.0', '@zohocrm/typescript-sdk-8.0'];

describe('an SDK of Zoho’s that is pointed at the proxy', () => {
  let app: TestApp;
  let folder: string;
  beforeAll(async () => {
    app = await inProcess();
    await person(app).connect({ name: 'crm', scopes: 'ZohoCRM.org.READ' });
    folder = mkdtempSync(join(tmpdir(), 'keeper-sdk-'));
    symlinkSync(modules, join(folder, 'node_modules'));
  });
  afterAll(async () => {
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each(sdks)('%s', (sdk) => {
    it('works with its API domain and its token changed', async () => {
      const key = await someKey(app.server.store, { connections: ['crm'] });
      const source = `
        import { Environment, FileStore, InitializeBuilder, OAuthBuilder, Org } from '${sdk}';
        const domain = '${app.url}/api/v1/connections/crm/proxy';
        const accounts = 'https://accounts.zoho.com/oauth/v2/token';
        const environment = new (Environment.Environment ?? Environment)(domain, accounts, domain + '/~content');
        const token = new OAuthBuilder().accessToken('${key}').findUser(false).build();
        // Without a store of its own, the SDK writes one beside node_modules.
        const store = new (FileStore.FileStore ?? FileStore)('tokens.csv');
        await (await new InitializeBuilder()).environment(environment).token(token).store(store).initialize();
        console.log((await new Org.OrgOperations().getOrganization()).getStatusCode());`;
      writeFileSync(join(folder, 'program.mjs'), source);
      app.simulator.control.clearRequests();
      const env = { PATH: process.env['PATH'] };
      const { stdout } = await promisify(execFile)(process.execPath, ['program.mjs'], { cwd: folder, env });
      const [call] = app.simulator.control.requests({ endpoint: 'api' });
      expect([stdout.trim(), call?.path]).toEqual(['200', '/crm/v8/org']);
      expect(call?.headers['authorization']).toMatch(/^Zoho-oauthtoken 1000\./);
    });
  });
});
