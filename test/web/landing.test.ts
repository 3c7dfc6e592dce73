import { landingOf, signInAddress } from '../../src/web/landing';

it.each([
  '/events?action=signed_in&subject=crm',
  '/connections/crm',
  '/alerts#alert-12',
  '/?q=a%20b&status=broken',
  '/%2Fevil.test',
])('leads on to %s, a page of ours', (address) => {
  expect(landingOf(address)).toBe(address);
});

it.each([
  'https://evil.test/',
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  '/\t/evil.test',
  '/\n/evil.test',
  '/./\\evil.test',
  '/a/..//evil.test',
  '/%2e%2e//evil.test',
  'evil.test',
  'javascript:alert(1)',
  ' /events',
  '@evil.test',
  '',
])('leads nowhere by %j, which is no address of ours', (address) => {
  expect(landingOf(address)).toBeNull();
});

it.each([
  '/login',
  '/LOGIN?next=/x',
  '/logout',
  '/oauth/callback?code=c&state=s',
  '/events.jsonl',
  '/api/v1/x',
  '/live',
])('does not lead to %s, which is no page to stay at', (address) => expect(landingOf(address)).toBeNull());

it('leaves out what would make too long a header, and the first page, which needs no words', () => {
  expect(landingOf(`/events?subject=${'a'.repeat(1400)}`)).not.toBeNull();
  expect(landingOf(`/events?subject=${'a'.repeat(1500)}`)).toBeNull();
  expect(landingOf(`/events?subject=${'ä'.repeat(200)}`)).toBeNull();
  expect(landingOf('/')).toBeNull();
  expect(landingOf(undefined)).toBeNull();
});

it('writes the sign-in page’s address with what there is to say', () => {
  expect(signInAddress(null, null)).toBe('/login');
  expect(signInAddress('idle', '/events?a=b&c=d')).toBe('/login?because=idle&next=%2Fevents%3Fa%3Db%26c%3Dd');
});
