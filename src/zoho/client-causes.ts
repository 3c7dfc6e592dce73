import { dataCenter, type DataCenterCode } from './data-centers';
import type { Cause, Causes, ClientFacts } from './facts';
import { atTime } from '../lib/time';

/** Why Zoho does not take a client: the same at a connect and at a refresh. */
export const clientCauses: Causes<ClientFacts> = {
  invalid_client: (facts) => {
    const what = `Zoho does not know this client at the data centre ${countryOf(facts)} (invalid_client).`;
    const cause = unknownClient(facts);
    return cause && { ...cause, sentence: `${what} ${cause.sentence}` };
  },
  invalid_client_secret: (facts) => {
    const cause = wrongSecret(facts);
    return cause && { ...cause, sentence: `Zoho refused the client secret (invalid_client_secret). ${cause.sentence}` };
  },
};

// The title is that of a part of the page Clients (views/partials/own-secrets.ejs).
const whereSecretsAre = 'on the page Clients under “Data centres with a secret of their own”';

function unknownClient(facts: ClientFacts): Cause | null {
  const { dataCenter: code, home, hasOwnSecret, workedAt } = facts;
  if (home === null) return null;
  const there = countryOf(facts);
  if (workedAt !== null) {
    const gone = `so most likely the client was deleted${code === home ? '' : `, ${there} was switched off for it`} or its secret was made anew since.`;
    return {
      sentence: `It worked there ${atTime(new Date(workedAt))}, ${gone}`,
      next: compare(home, code, hasOwnSecret),
    };
  }
  if (code === home) {
    const sentence = `That is its home, so most likely the client ID or the secret is not the one of the API console. Otherwise the account lives at another data centre.`;
    return { sentence, next: `${compare(home, code, false)} Or connect with the account’s data centre chosen.` };
  }
  const sentence = hasOwnSecret
    ? `It is registered in ${dataCenter(home).country}: most likely ${there} is not switched on for it, or the secret that is stored for ${there} is another client’s.`
    : `It is registered in ${dataCenter(home).country}: most likely ${there} is not switched on for it, or it has a secret of its own there.`;
  return { sentence, next: switchOn(home, code) };
}

function wrongSecret(facts: ClientFacts): Cause | null {
  const { dataCenter: code, home, hasOwnSecret, workedAt } = facts;
  if (home === null) return null;
  if (workedAt !== null) {
    const sentence = `The client worked there ${atTime(new Date(workedAt))}, so most likely its secret was made anew in the API console since.`;
    return { sentence, next: compare(home, code, hasOwnSecret) };
  }
  if (code === home) return { sentence: 'Most likely it was not copied whole.', next: compare(home, code, false) };
  const sentence = hasOwnSecret
    ? `Most likely the one that is stored for ${countryOf(facts)} is another data centre’s.`
    : `Most likely the client has a secret of its own in ${countryOf(facts)}.`;
  return { sentence, next: switchOn(home, code) };
}

function compare(home: DataCenterCode, code: DataCenterCode, hasOwnSecret: boolean): string {
  const secret = hasOwnSecret
    ? `save the secret of ${dataCenter(code).country} again ${whereSecretsAre}`
    : 'save the secret again on the page Clients';
  const elsewhere =
    code === home || hasOwnSecret
      ? ''
      : ` If it has a secret of its own in ${dataCenter(code).country}, paste it ${whereSecretsAre}.`;
  return `Look at the client in ${dataCenter(home).consoleUrl}, compare its ID, and ${secret}.${elsewhere}`;
}

function switchOn(home: DataCenterCode, code: DataCenterCode): string {
  const { country } = dataCenter(code);
  return `In ${dataCenter(home).consoleUrl} open the client, Settings, and switch ${country} on. If a secret of its own is shown there, paste it ${whereSecretsAre}.`;
}

export function countryOf({ dataCenter: code }: { dataCenter: DataCenterCode }): string {
  return dataCenter(code).country;
}
