import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { freshFolder } from '../support/postgres';
import { asProcess } from '../support/start';
import { type Ending, startProgram } from '../support/process';

describe('the program refuses to start in plain words when', () => {
  it('its port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const ending = await serve(freshFolder(), { PORT: String(port) });
    expect(linesOf(ending)).toEqual([
      `Port ${port} on 127.0.0.1 is in use: stop the other program or set PORT to another number.`,
    ]);
    other.close();
  });

  it('.env has mistakes, all of which it names', async () => {
    const folder = freshFolder();
    writeFileSync(join(folder, '.env'), 'PORT=http\nZOHO_DATA_CENTER=europe\nZOHO_CLIENT_SECRET=hunter2\n');
    const ending = await serve(folder);
    expect(linesOf(ending)).toHaveLength(3);
    expect(ending.stderr).toMatch(/PORT is "http"/);
    expect(ending.stderr).toMatch(/ZOHO_DATA_CENTER is "europe"/);
    expect(ending.stderr).toMatch(/ZOHO_CLIENT_ID is missing/);
    expect(ending.stderr).not.toContain('hunter2');
  });

  it('everybody could reach it and there is no password', async () => {
    const ending = await serve(freshFolder(), { HOST: '0.0.0.0', BASE_URL: 'https://tokens.example.com' });
    expect(linesOf(ending)).toEqual([expect.stringMatching(/^HOST is 0\.0\.0\.0.*set DASHBOARD_PASSWORD/)]);
  });

  it('its database is none', async () => {
    const folder = freshFolder();
    writeFileSync(join(folder, 'keeper.db'), 'these are no tables\n'.repeat(500));
    const ending = await serve(folder, { DATABASE_URL: 'sqlite:keeper.db' });
    expect(linesOf(ending)).toEqual([expect.stringMatching(/keeper\.db.*restore it from your backup/)]);
  });

  it('its database cannot be opened', async () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'keeper.db'));
    const ending = await serve(folder, { DATABASE_URL: 'sqlite:keeper.db' });
    expect(linesOf(ending)).toEqual([expect.stringMatching(/keeper\.db cannot be used.*check its folder/)]);
  });

  it('PostgreSQL does not answer', async () => {
    const DATABASE_URL = 'postgres://keeper:hunter2@127.0.0.1:9/keeper';
    const ending = await serve(freshFolder(), { DATABASE_URL, ENCRYPTION_KEYS: `k1:${'A'.repeat(43)}=` });
    expect(linesOf(ending)).toEqual([expect.stringMatching(/^No PostgreSQL server listens at 127\.0\.0\.1:9: /)]);
    expect(ending.stderr).not.toContain('hunter2');
  });

  it('its key file holds another key', async () => {
    const site = await asProcess();
    await (await site.serve()).end('SIGTERM');
    writeFileSync(join(site.folder, 'keeper.key'), `other:${'A'.repeat(43)}=\n`);
    const ending = await serve(site.folder, site.env);
    expect(linesOf(ending)).toEqual([expect.stringMatching(/restore that key from your backup/)]);
    await site.stop();
  });
});

async function serve(folder: string, env: Readonly<Record<string, string>> = {}): Promise<Ending> {
  return (await startProgram(['serve'], { cwd: folder, env })).ended;
}

/** What it said, which is for people: no stack, nothing on stdout, and exit code 1. */
function linesOf({ code, stdout, stderr }: Ending): string[] {
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).not.toMatch(/^\s+at /m);
  return stderr.trimEnd().split('\n');
}
