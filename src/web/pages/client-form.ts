import { clientSecretProblem, isClientId } from '../../zoho/credentials';
import { isDataCenterCode } from '../../zoho/data-centers';
import type { ClientProblems, SecretProblems } from '../views/clients';

export function clientProblems(typed: { clientId: string; dataCenter: string }, secret: string): ClientProblems {
  const clientSecret = secretProblem(secret);
  return {
    ...(!isClientId(typed.clientId) && { clientId: 'Copy it from the console; it looks like 1000.ABC….' }),
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

function secretProblem(text: string): string | null {
  if (text === '') return 'Copy it from the console.';
  const problem = clientSecretProblem(text);
  return problem && `What you typed ${problem}. Copy it anew from the console.`;
}
