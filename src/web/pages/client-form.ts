import { clientSecretProblem, isClientId } from '../../zoho/credentials';
import { isDataCenterCode } from '../../zoho/data-centers';
import { differenceWords } from '../../zoho/redirect-uris';
import type { Flash } from '../flash';
import type { ClientProblems, SecretProblems } from '../views/clients';

export function clientProblems(typed: { clientId: string; dataCenter: string }, secret: string): ClientProblems {
  const [clientId, clientSecret] = [clientIdProblem(typed.clientId), secretProblem(secret)];
  return {
    ...(clientId !== null && { clientId }),
    ...(clientSecret !== null && { clientSecret }),
    ...(!isDataCenterCode(typed.dataCenter) && { dataCenter: 'Choose one of the list.' }),
  };
}

/** `home` is where the client is registered. */
export function ownSecretProblems(home: string, dataCenter: string, secret: string): SecretProblems {
  const wrong = secretProblem(secret);
  return {
    ...(!isDataCenterCode(dataCenter) && { dataCenter: 'Choose one of the list.' }),
    ...(dataCenter === home && {
      dataCenter: 'The client is registered there: its main secret is the one of this data centre.',
    }),
    ...(wrong !== null && { secret: wrong }),
  };
}

function clientIdProblem(text: string): string | null {
  if (usualSecret.test(text)) return 'This looks like the client secret: it belongs into the field below.';
  if (isClientId(text) && /^\d{4}\./.test(text)) return null;
  return 'Copy it from the console; it looks like 1000.ABC….';
}

/** Hexadecimal digits, 42 as a rule; Zoho promises no length. */
const usualSecret = /^[\da-f]{38,48}$/i;

/** What is said of a secret that may be right, though Zoho's look otherwise; empty when it looks like one. */
export function secretDoubt(secret: string): Partial<Pick<Flash, 'tone' | 'reason'>> {
  if (usualSecret.test(secret)) return {};
  const reason = `Zoho’s secrets are about 42 digits and letters from a to f, and this one is not: test it.`;
  return { tone: 'wait', reason };
}

/** In what a redirect URI that was pasted back differs from ours; null when in nothing, or when none was. */
export function redirectUriProblem(registered: string, redirectUri: string): string | null {
  if (registered === '' || registered === redirectUri) return null;
  const isAddress = URL.canParse(registered);
  const differs = isAddress ? `It differs ${differenceWords(registered, redirectUri)}` : 'It is no address';
  return `${differs}. Put ${redirectUri} in its place at Zoho.`;
}

function secretProblem(text: string): string | null {
  if (text === '') return 'Copy it from the console.';
  const problem = clientSecretProblem(text);
  return problem && `What you typed ${problem}. Copy it anew from the console.`;
}
