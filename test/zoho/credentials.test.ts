import { clientSecretProblem } from '../../src/zoho/credentials';

const secret = 'ab12'.repeat(10) + 'f0';

it.each([secret, 's', 'A.b_c~d+e/f-g=='])('%s can be a client secret', (text) => {
  expect(clientSecretProblem(text)).toBeNull();
});

it.each([
  [`"${secret}"`, /in quotes/],
  [`'${secret}'`, /in quotes/],
  [`“${secret}”`, /in quotes/],
  [`${secret}"`, /in quotes/],
  [`ab12 ${secret}`, /a space or a line break/],
  [`ab12\n${secret}`, /a space or a line break/],
  [`ab12\u00A0${secret}`, /a space or a line break/],
  [`${secret}\u200B`, /cannot be seen/],
  [`${secret}é`, /no plain letter/],
  [`аb12${secret}`, /no plain letter/],
  [`${secret}\\n`, /a sign that no client secret has/],
  [`${secret},`, /a sign that no client secret has/],
  [`<${secret}>`, /a sign that no client secret has/],
  [`ZOHO_CLIENT_SECRET=${secret}`, /begins with its name/],
  [`client_secret=${secret}`, /begins with its name/],
  ['1000.ABCDEFGHIJKLMNOPQRSTUVWXYZ1234', /is a client ID/],
  ['fb01**************8abf', /hidden/],
  ['••••••••', /hidden/],
  ['a'.repeat(201), /too long/],
])('%j cannot, and the words do not repeat it', (text, words) => {
  const problem = clientSecretProblem(text) ?? '';
  expect(problem).toMatch(words);
  expect(problem).not.toMatch(/ab12|fb01|8abf/);
});
