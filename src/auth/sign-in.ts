import { createHmac } from 'node:crypto';
import { type Actor, record, recordUnauthenticated } from '../audit';
import type { OidcConfig } from '../config/auth';
import { type Context, inTransaction } from '../context';
import { Problem } from '../lib/problem';
import { isPlainText, lowerAscii, plainText } from '../lib/text';
import { addSeconds, iso } from '../lib/time';
import { forgetAccount, pinAccount } from '../store/provider-accounts';
import { removeAllSessions } from '../store/sessions';
import { claimAttempt, forgive, refuseWaiting } from './failed-sign-ins';
import { createKnownBrowsers } from './known-browser';
import type { ProviderAccount } from './oidc';
import { createPasswordCheck } from './password';

export interface SignedIn {
  /** `owner` for whoever knows the password, else the e-mail address that the provider vouched for. */
  readonly name: string;
  readonly by: 'password' | 'oidc';
  readonly since: string;
  readonly used: string;
  /** Stands for the settings of sign-in; a session made under other ones is over. */
  readonly mark: string;
}

export type Ending = 'idle' | 'over' | 'changed';

const longestSeconds = 12 * 3600;

/** The name of the purpose is older than the word: another one would end all sessions at an update. */
function secretsOf({ store }: Context): string[] {
  return store.cipher.derive('door');
}

/** What a session made under today's settings carries, by each key. */
function marksOf({ config: { password, oidc } }: Context, secrets: readonly string[]): string[] {
  const settings = JSON.stringify([password, oidc?.issuer, oidc?.clientId]);
  return secrets.map((secret) => createHmac('sha256', secret).update(settings).digest('base64url'));
}

export type SignIn = ReturnType<typeof createSignIn>;

export function createSignIn(context: Context) {
  const { store, now } = context;
  const { password, oidc, sessionIdleMinutes } = context.config;
  const idleSeconds = sessionIdleMinutes * 60;
  const recordFailure = recordUnauthenticated(context);
  const secrets = secretsOf(context);
  const marks = marksOf(context, secrets);
  const [mark = ''] = marks;
  const check = password === null ? null : createPasswordCheck(password, secrets[0] ?? '');
  const knownBrowsers = createKnownBrowsers(context, password ?? '');
  return {
    isRequired: password !== null || oidc !== null,
    withPassword: check !== null,
    byPassword,
    byOidc,
    endingOf,
    markOfBrowser: knownBrowsers.mark,
    knowsBrowser: knownBrowsers.knows,
  };

  /**
   * Signs in whoever knows the password; `browserMark` is what the browser got at an earlier sign-in. Throws a Problem when
   * it is wrong, or was so too often from this network.
   */
  async function byPassword(typed: string, ip: string | null, browserMark = ''): Promise<SignedIn> {
    if (check === null) throw wrongPassword();
    // Check the wait before queueing, and count only comparisons that run.
    await refuseWaiting(context, ip ?? '');
    let attempt = 0;
    const guesser = { ip: ip ?? '', isKnown: knownBrowsers.knows(browserMark) };
    if (!(await check(typed, guesser, async () => void (attempt = await claimAttempt(context, ip ?? ''))))) {
      const event = { action: 'sign_in_failed', subject: null, detail: `wrong password, attempt ${attempt}` };
      await recordFailure({ name: 'person', ip }, event);
      throw wrongPassword();
    }
    await forgive(context, ip ?? '');
    return begin(context, { name: 'owner', by: 'password', mark }, ip);
  }

  /** Signs in whom the provider vouched for. Throws a Problem when the e-mail address is not on the list, or another's. */
  async function byOidc({ email, sub }: ProviderAccount, ip: string | null): Promise<SignedIn> {
    const name = lowerAscii(email);
    const isOnList = oidc !== null && isAllowed(oidc, name);
    if (isOnList && (await pinAccount(store, { issuer: oidc.issuer, email: name, sub }, iso(now())))) {
      return begin(context, { name, by: 'oidc', mark }, ip);
    }
    const subject = plainText(email).slice(0, 200);
    const detail = isOnList ? 'another account of the provider' : 'not in OIDC_ALLOWED_EMAILS';
    await recordFailure({ name: 'person', ip }, { action: 'sign_in_failed', subject, detail });
    throw noAccess(isOnList ? 'another_account' : 'not_allowed');
  }

  function endingOf({ name, by, since, used, mark }: SignedIn): Ending | null {
    const time = now();
    if (!marks.includes(mark) || (by === 'oidc' && !(oidc !== null && isAllowed(oidc, name)))) return 'changed';
    if (since <= iso(addSeconds(time, -longestSeconds))) return 'over';
    return used <= iso(addSeconds(time, -idleSeconds)) ? 'idle' : null;
  }
}

async function begin(
  context: Context,
  who: Pick<SignedIn, 'name' | 'by' | 'mark'>,
  ip: string | null,
): Promise<SignedIn> {
  await record(context, { name: who.name, ip }, { action: 'signed_in', subject: null, detail: who.by });
  const time = iso(context.now());
  return { ...who, since: time, used: time };
}

/** Records that somebody signs out; `everywhere` ends every session in every browser. */
export async function signOut(context: Context, actor: Actor, everywhere: boolean): Promise<void> {
  await inTransaction(context, async (transaction) => {
    if (everywhere) await removeAllSessions(transaction.store);
    const event = { action: 'signed_out', subject: null, ...(everywhere && { detail: 'everywhere' }) };
    await record(transaction, actor, event);
  });
}

/** Lets the next account sign in with this address. Throws a Problem when none has. */
export async function forgetProviderAccount(context: Context, email: string, actor: Actor): Promise<void> {
  await inTransaction(context, async (transaction) => {
    if (!(await forgetAccount(transaction.store, lowerAscii(email)))) {
      throw new Problem(404, 'not_found', `Nobody has signed in as ${email} yet.`, 'Check the address.');
    }
    await record(transaction, actor, { action: 'provider_account_forgotten', subject: lowerAscii(email) });
  });
}

function noAccess(code: string): Problem {
  return new Problem(403, code, 'This account may not sign in here.', 'Ask whoever runs the Keeper.');
}

function wrongPassword(): Problem {
  return new Problem(401, 'wrong_password', 'That is not the password.', 'It is the value of DASHBOARD_PASSWORD.');
}

function isAllowed({ allowedEmails }: OidcConfig, address: string): boolean {
  if (!isPlainText(address)) return false;
  return allowedEmails.includes(address) || allowedEmails.includes(address.slice(address.lastIndexOf('@')));
}
