import { errorPages } from '../../src/zoho/error-pages';

it('every page of Zoho’s that leads nowhere has its cause and its cure', () => {
  const expected: readonly (readonly [title: string, cause: RegExp, cure: RegExp])[] = [
    [
      'Invalid Redirect Uri',
      /not registered.*final slash, http or https, the port, or localhost/,
      /Authorized Redirect URIs/,
    ],
    ['Invalid Client', /mistyped or deleted, or.*not enabled at the data centre/, /API console.*Settings/],
    ['Invalid OAuth Scope', /one such scope spoils them all/, /leave half of them out/],
    ['Access Denied', /ten in ten minutes/, /Wait ten minutes/],
    ['The app is not available in your region', /data centre that is not switched on/, /Settings/],
    ['Invalid response type', /client ID or the response type is missing/, /Connect Zoho/],
    ['An error occurred', /HTTP 400 or 500/, /few minutes/],
    ['The sign-in page, again and again', /no session at Zoho/, /Sign in at Zoho/],
    ['This site can’t be reached, or a blank page', /does not reach the Keeper/, /BASE_URL/],
  ];
  expect(errorPages.map(({ title }) => title)).toEqual(expected.map(([title]) => title));
  for (const [index, [, cause, cure]] of expected.entries()) {
    expect(errorPages[index]?.cause).toMatch(cause);
    expect(errorPages[index]?.cure).toMatch(cure);
  }
});
