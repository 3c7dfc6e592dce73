import { runSimulator } from '../../src/simulator/main';
import { at, members, post, start } from '../support/simulator';

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const probe = await start({ dataCenters: ['us'] });
  await probe.close();
  return Number(new URL(at(probe)).port);
}

it('prints a ready-made client and where it listens, and stops at SIGTERM', async () => {
  const printed: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  const port = await freePort();
  const running = runSimulator({ port, dataCenters: ['us'] });
  await expect(until(() => printed.length > 0)).resolves.toBeUndefined();
  write.mockRestore();
  const value = (name: string) => new RegExp(`${name}=(.+)`).exec(printed.join(''))?.[1] ?? '';
  expect(value('ZOHO_ACCOUNTS_URLS')).toBe(`us=http://127.0.0.1:${port}`);
  expect(value('ZOHO_REDIRECT_URI')).toBe('http://localhost:3000/oauth/callback');
  const client = { client_id: value('ZOHO_CLIENT_ID'), client_secret: value('ZOHO_CLIENT_SECRET') };
  const token = `http://127.0.0.1:${port}/oauth/v2/token`;
  expect(await members(post(token, { grant_type: 'refresh_token', ...client }))).toEqual({ error: 'invalid_code' });
  process.emit('SIGTERM');
  await running;
  await expect(fetch(token)).rejects.toThrow('fetch failed');
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
