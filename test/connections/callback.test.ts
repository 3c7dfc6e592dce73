import { type Callback, checkCallback, type Checked } from '../../src/connections/callback';
import { zohoHosts } from '../../src/zoho/hosts';

const hosts = zohoHosts();
const flow = { created_at: '2026-11-26T10:00:00.000Z', data_center: 'in' } as const;
const code = '1000.abc.def';
const us = { code, dataCenter: 'us' } as const;
const unknown = { errorCode: 'unknown_data_center' } as const;
const malformed = { errorCode: 'malformed_callback' } as const;

function check(callback: Partial<Callback>, secondsLater = 30): Checked {
  const none = { state: 's', code: undefined, error: undefined, location: undefined, accountsServer: undefined };
  return checkCallback(
    { ...none, ...callback },
    flow,
    hosts,
    new Date(Date.parse(flow.created_at) + secondsLater * 1000),
  );
}

describe('a callback', () => {
  it.each<[what: string, callback: Partial<Callback>, expected: Checked]>([
    ['that names nothing', { code }, { code, dataCenter: 'in' }],
    ['with location alone', { code, location: 'us' }, us],
    ['with both', { code, location: 'us', accountsServer: 'https://accounts.zoho.com' }, us],
    ['with accounts-server alone', { code, accountsServer: 'https://accounts.zoho.com' }, us],
    ['with the port that https has', { code, location: 'us', accountsServer: 'https://accounts.zoho.com:443' }, us],
    ['with a final slash', { code, location: 'us', accountsServer: 'https://accounts.zoho.com/' }, us],
    [
      'with another spelling',
      { code, location: 'uae', accountsServer: 'https://accounts.zoho.ae' },
      { code, dataCenter: 'ae' },
    ],
    [
      'with capitals',
      { code, location: 'CA', accountsServer: 'https://accounts.zohocloud.ca' },
      { code, dataCenter: 'ca' },
    ],
  ])('%s leads to an exchange', (_what, callback, expected) => {
    expect(check(callback)).toEqual(expected);
  });

  it.each<[what: string, callback: Partial<Callback>, expected: Checked]>([
    ['a spelling that nobody knows', { code, location: 'uae' }, unknown],
    ['two data centres', { code, location: 'us', accountsServer: 'https://accounts.zoho.eu' }, unknown],
    ['a host that is not Zoho’s', { code, accountsServer: 'https://accounts.zoho.com.evil.test' }, unknown],
    ['a known code and a foreign host', { code, location: 'us', accountsServer: 'https://evil.test' }, unknown],
    ['Zoho’s host without TLS', { code, accountsServer: 'http://accounts.zoho.com' }, unknown],
    ['another port', { code, accountsServer: 'https://accounts.zoho.com:8443' }, unknown],
    ['a user name in the address', { code, accountsServer: 'https://accounts.zoho.com@evil.test' }, unknown],
    ['a member that every object has', { code, location: 'constructor' }, unknown],
    ['no code', {}, malformed],
    ['an empty code', { code: '' }, malformed],
    ['a code with a line break', { code: 'a\nb' }, malformed],
    ['a code with letters of other scripts', { code: 'codé' }, malformed],
    ['a code that is far too long', { code: 'a'.repeat(1001) }, malformed],
    ['a decline', { error: 'access_denied' }, { errorCode: 'declined' }],
    ['a decline in other letters, beside a code', { error: 'Access Denied', code }, { errorCode: 'declined' }],
    ['another error', { error: 'invalid_scope' }, { errorCode: 'refused' }],
  ])('with %s ends the flow', (_what, callback, expected) => {
    expect(check(callback)).toEqual(expected);
  });

  it('is taken for ten minutes', () => {
    expect(check({ code }, 600)).toMatchObject({ code });
    expect(check({ code }, 601)).toEqual({ errorCode: 'expired' });
    expect(check({ error: 'access_denied' }, 601)).toEqual({ errorCode: 'expired' });
  });
});
