import type { AuthConfig } from '../../config/auth';
import { command } from '../../lib/installation';
import type { Keeper } from '../../keeper';
import type { Tone } from '../words';

export interface LoginView {
  /** By which people tell this installation from others. */
  host: string;
  /** The page that the sign-in leads on to; null for the first one. */
  landing: string | null;
  withPassword: boolean;
  /** Host of the OpenID Connect provider; null when none is set. */
  provider: string | null;
  notice: Notice | null;
  problem: string | null;
}

interface Notice {
  tone: Tone;
  sentence: string;
  next?: string;
}

/** `because` is the word in the URL, `problem` what was wrong with the password. */
export function loginView(
  { signIn, oidc, config }: Keeper,
  shown: { because?: string | undefined; problem?: string; landing: string | null },
): LoginView {
  const notice = noticeOf(shown.because ?? '', config);
  const provider = oidc?.host ?? null;
  const { landing, problem = null } = shown;
  return { host: new URL(config.baseUrl).host, landing, withPassword: signIn.withPassword, provider, notice, problem };
}

/** Looked up by the word in the URL, so that pages elsewhere cannot put words of theirs here. */
function noticeOf(because: string, { sessionIdleMinutes }: AuthConfig): Notice | null {
  if (because !== 'idle') return notices.get(because) ?? null;
  return { tone: 'off', sentence: `You were signed out after ${sessionIdleMinutes} minutes of inactivity.` };
}

const notices: ReadonlyMap<string, Notice> = new Map<string, Notice>([
  ['out', { tone: 'good', sentence: 'You are signed out.' }],
  ['everywhere', { tone: 'good', sentence: 'Everybody is signed out, in all browsers.' }],
  ['over', { tone: 'off', sentence: 'You were signed out 12 hours after signing in.' }],
  ['changed', { tone: 'off', sentence: 'You were signed out because the way to sign in here has changed.' }],
  [
    'callback',
    {
      tone: 'wait',
      sentence: 'You came back from Zoho after your session here had ended, so nothing was connected.',
      next: 'Sign in and press Connect Zoho again.',
    },
  ],
  ['declined', { tone: 'wait', sentence: 'The sign-in was cancelled at the provider.' }],
  [
    'foreign',
    {
      tone: 'bad',
      sentence: 'This sign-in was begun in another browser, or took longer than ten minutes.',
      next: 'Start again here.',
    },
  ],
  [
    'not_allowed',
    {
      tone: 'bad',
      sentence: 'The provider knows you, but your address may not sign in here.',
      next: 'Ask whoever runs the Keeper to add it to OIDC_ALLOWED_EMAILS.',
    },
  ],
  [
    'another_account',
    {
      tone: 'bad',
      sentence: 'Another account of the provider has signed in here with your address before.',
      next: `If the address is yours now, ask whoever runs the Keeper to run: ${command} accounts forget ADDRESS`,
    },
  ],
  [
    'unverified',
    {
      tone: 'bad',
      sentence: 'The provider has not verified your e-mail address.',
      next: 'Verify it there, then sign in again.',
    },
  ],
  [
    'provider_unreachable',
    { tone: 'bad', sentence: 'The provider could not be reached.', next: 'Try again; the log has the reason.' },
  ],
  [
    'provider_refused',
    {
      tone: 'bad',
      sentence: 'The provider refused the sign-in.',
      next: 'Check OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and the registered callback address; the log has the reason.',
    },
  ],
]);
