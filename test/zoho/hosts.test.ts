import fc from 'fast-check';
import { zohoHosts } from '../../src/zoho/hosts';
import { forgedAddress } from '../support/forged';
import { times } from '../support/full';

const hosts = zohoHosts();

it.each([
  ['us', 'https://www.zohoapis.com'],
  ['us', 'https://sandbox.zohoapis.com'],
  ['us', 'https://developer.zohoapis.com'],
  ['eu', 'https://www.zohoapis.eu'],
  ['ca', 'https://www.zohoapis.ca'],
  // The account lives where Zoho says, also when it is not where it was looked for.
  ['us', 'https://www.zohoapis.in'],
] as const)('in %s, %s is taken for the API domain', (code, claimed) => {
  expect(hosts.trustedApiDomain(code, claimed)).toBe(claimed);
});

it.each([
  'https://accounts.zoho.eu',
  'https://accounts.zoho.eu/',
  'https://accounts.zoho.eu:443',
  'https://accounts.zoho.eu:443/',
])('an accounts server may be written as %s', (url) => {
  expect(hosts.locate(url)).toBe('eu');
  expect(hosts.isAccountsServer('eu', url)).toBe(true);
  expect(hosts.isAccountsServer('us', url)).toBe(false);
});

it('a forged API domain is never called: the one of the data centre is', () => {
  const claims = fc.oneof(forgedAddress(), fc.anything());
  const property = fc.property(fc.constantFrom('us', 'eu', 'ca'), claims, (code, claimed) => {
    const own = { us: 'https://www.zohoapis.com', eu: 'https://www.zohoapis.eu', ca: 'https://www.zohoapis.ca' }[code];
    expect(hosts.trustedApiDomain(code, claimed)).toBe(own);
  });
  fc.assert(property, { numRuns: times(2000, 20_000) });
});

it('a forged accounts server is taken for none of ours', () => {
  const property = fc.property(forgedAddress(), (claimed) => {
    expect(hosts.locate(claimed)).toBeUndefined();
  });
  fc.assert(property, { numRuns: times(2000, 20_000) });
});
