import { createHmac } from 'node:crypto';
import { createAttempts } from './failed-sign-ins';
import type { DoorConfig, OidcConfig } from '../config/auth';
import { passwordCheck } from './password';
import { Problem } from '../lib/problem';
import { recordEvent } from '../store/events';
import type { Store } from '../store/store';
import { strangerEvents } from '../audit';
import { type Clock, iso, later } from '../lib/time';

/** Somebody who has signed in, as their session remembers it. */
export interface SignedIn {
  /** `owner` for whoever knows the password, else the address that the provider vouched for. */
  readonly name: string;
  readonly by: 'password' | 'oidc';
  readonly since: string;
  /** When they last did something. */
  readonly used: string;
  /** Stands for the door's settings; a session made under other ones is over. */
  readonly mark: string;
}

/** Why somebody is no longer signed in. */
export type Ending = 'idle' | 'over' | 'changed';

const idleSeconds = 30 * 60;
const longestSeconds = 12 * 3600;

export type Login = ReturnType<typeof createLogin>;

/** Who may come in, and for how long. */
export function createLogin({ store, config, now }: { store: Store; config: DoorConfig; now: Clock }) {
  const { password, oidc } = config;
  const attempts = createAttempts({ store, now });
  const recordStranger = strangerEvents({ store, now });
  const secrets = store.cipher.derive('door');
  const settings = JSON.stringify([password, oidc?.issuer, oidc?.clientId]);
  const marks = secrets.map((secret) => createHmac('sha256', secret).update(settings).digest('base64url'));
  const check = password === null ? null : passwordCheck(password, secrets[0] ?? '');
  return { guarded: password !== null || oidc !== null, withPassword: check !== null, byPassword, byOidc, endingOf };

  /** Signs in whoever knows the password. Throws a Problem when it is wrong, or was so too often from this address. */
  async function byPassword(typed: string, address: string | null): Promise<SignedIn> {
    if (check === null) throw wrongPassword();
    // Whoever has to wait takes no place in the queue, and whoever finds the queue full has made no attempt.
    await attempts.refuseWaiting(address ?? '');
    let attempt = 0;
    if (!(await check(typed, async () => void (attempt = await attempts.claim(address ?? ''))))) {
      const event = { action: 'sign_in_failed', subject: null, detail: `wrong password, attempt ${attempt}` };
      await recordStranger({ name: 'person', address }, event);
      throw wrongPassword();
    }
    await attempts.forgive(address ?? '');
    return signedIn('owner', 'password', address);
  }

  /** Signs in whom the provider vouched for. Throws a Problem when the address is not on the list. */
  async function byOidc(email: string, address: string | null): Promise<SignedIn> {
    if (oidc !== null && isAllowed(oidc, email)) return signedIn(email.toLowerCase(), 'oidc', address);
    const event = { action: 'sign_in_failed', subject: email.slice(0, 200), detail: 'not in OIDC_ALLOWED_EMAILS' };
    await recordStranger({ name: 'person', address }, event);
    throw new Problem(403, 'not_allowed', 'This account may not sign in here.', 'Ask whoever runs the Keeper.');
  }

  async function signedIn(name: string, by: SignedIn['by'], address: string | null): Promise<SignedIn> {
    const time = iso(now());
    await recordEvent(store, { name, address }, { action: 'signed_in', subject: null, detail: by }, time);
    return { name, by, since: time, used: time, mark: marks[0] ?? '' };
  }

  /** Null while they are signed in, else why no longer. */
  function endingOf({ name, by, since, used, mark }: SignedIn): Ending | null {
    const time = now();
    if (!marks.includes(mark) || (by === 'oidc' && !(oidc !== null && isAllowed(oidc, name)))) return 'changed';
    if (since <= iso(later(time, -longestSeconds))) return 'over';
    return used <= iso(later(time, -idleSeconds)) ? 'idle' : null;
  }
}

function wrongPassword(): Problem {
  return new Problem(401, 'wrong_password', 'That is not the password.', 'It is the value of DASHBOARD_PASSWORD.');
}

function isAllowed({ allowedEmails }: OidcConfig, email: string): boolean {
  const address = email.toLowerCase();
  return allowedEmails.includes(address) || allowedEmails.includes(address.slice(address.lastIndexOf('@')));
}
