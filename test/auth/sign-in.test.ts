import { createSignIn } from '../../src/auth/sign-in';
import { contextOn } from '../support/context';
import { useStore } from '../support/rows';
import { freshSqlite } from '../support/postgres';

const store = useStore(freshSqlite);
const now = (): Date => new Date('2026-11-23T10:00:00Z');
const provider = {
  OIDC_ISSUER: 'https://id.example.com',
  OIDC_CLIENT_ID: 'keeper',
  OIDC_CLIENT_SECRET: 'secret-at-the-provider',
  OIDC_ALLOWED_EMAILS: '@example.com',
};

function signInWith(env: Record<string, string>) {
  return createSignIn(contextOn(store(), { now, env }));
}

it('a session through the provider lasts as long as the address is on the list and the way in is the same', async () => {
  const signedIn = await signInWith(provider).byOidc({ email: 'Maria@Example.com', sub: '1' }, null);
  expect(signedIn).toMatchObject({ name: 'maria@example.com', by: 'oidc' });
  const endings: [Record<string, string>, string | null][] = [
    [{}, null],
    [{ OIDC_ALLOWED_EMAILS: 'maria@example.com' }, null],
    [{ OIDC_CLIENT_SECRET: 'renewed' }, null],
    [{ OIDC_ALLOWED_EMAILS: 'paul@example.com' }, 'changed'],
    [{ OIDC_ISSUER: 'https://another.example.com' }, 'changed'],
    [{ OIDC_CLIENT_ID: 'another' }, 'changed'],
    [{ DASHBOARD_PASSWORD: 'set meanwhile' }, 'changed'],
  ];
  for (const [change, ending] of endings) {
    expect([change, signInWith({ ...provider, ...change }).endingOf(signedIn)]).toEqual([change, ending]);
  }
});

it('a sign-in ends after as many minutes of inactivity as SESSION_IDLE_MINUTES says', async () => {
  const signedIn = await signInWith(provider).byOidc({ email: 'maria@example.com', sub: '1' }, null);
  const unusedFor = (minutes: number) => {
    const used = new Date(now().getTime() - minutes * 60_000).toISOString();
    return { ...signedIn, since: used, used };
  };
  const short = signInWith({ ...provider, SESSION_IDLE_MINUTES: '5' });
  expect([short.endingOf(unusedFor(4)), short.endingOf(unusedFor(5))]).toEqual([null, 'idle']);
  const long = signInWith({ ...provider, SESSION_IDLE_MINUTES: '600' });
  expect([long.endingOf(unusedFor(599)), long.endingOf(unusedFor(600))]).toEqual([null, 'idle']);
});

it('a session made by hand, without the mark of this installation, is none', () => {
  const forged = { name: 'owner', by: 'password', since: now().toISOString(), used: now().toISOString() } as const;
  for (const mark of ['', 'undefined', 'A'.repeat(43)]) {
    expect(signInWith({ DASHBOARD_PASSWORD: 'correct horse' }).endingOf({ ...forged, mark })).toBe('changed');
  }
});
