import { checkCallback } from '../../src/connections/callback';
import { readPasted } from '../../src/connections/read-pasted';
import { dataCenters } from '../../src/zoho/data-centers';
import { zohoHosts } from '../../src/zoho/hosts';

const code = '1000.0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210';
const address = `https://localhost:3000/oauth/callback?state=s-1_x&code=${code}&location=eu&accounts-server=https%3A%2F%2Faccounts.zoho.eu&`;
const whole = { state: 's-1_x', code, location: 'eu', accountsServer: 'https://accounts.zoho.eu' };

describe('what was pasted', () => {
  it.each([
    ['the address', address],
    ['the query', address.slice(address.indexOf('?'))],
    ['the query without its mark', address.slice(address.indexOf('?') + 1)],
    ['in quotes, with blanks around', `  "${address}" \r\n`],
    ['in angle brackets', `<${address}>`],
    ['broken into lines', address.replaceAll(/(.{40})/g, '$1\r\n  ')],
    ['escaped for a shell', address.replaceAll(/([?&=])/g, '\\$1')],
    ['from HTML', address.replaceAll('&', '&amp;')],
    ['percent-encoded', encodeURIComponent(address)],
    ['percent-encoded twice', encodeURIComponent(encodeURIComponent(address))],
    ['with a fragment', `${address}#`],
    ['behind the mark of a fragment', address.replace('?', '#')],
    ['with zero-width characters', address.replace('code', '\u200Bcode\uFEFF')],
  ])('is understood: %s', (_what, text) => {
    expect(readPasted(text)).toMatchObject(whole);
  });

  it.each([
    ['a code', code],
    ['a code with its name', `code: ${code}`],
    ['a code in quotes', `“${code}”`],
    ['a code on two lines', `${code.slice(0, 30)}\n${code.slice(30)}`],
    ['a parameter', `code=${code}`],
  ])('is understood: %s', (_what, text) => {
    const { state, location, accountsServer, ...rest } = readPasted(text);
    expect([rest.code, state, location, accountsServer]).toEqual([code, undefined, undefined, undefined]);
  });

  it('is understood: the self_client.json of the console', () => {
    const file = { client_id: '1000.SELF', client_secret: 'x', code, scope: ['A.b.READ'], expiry_time: 1 };
    const text = JSON.stringify({ ...file, scope: 'ZohoCRM.modules.ALL,AaaServer.profile.READ' }, null, 2);
    expect(readPasted(text)).toMatchObject({
      code,
      clientId: '1000.SELF',
      scopes: ['ZohoCRM.modules.ALL', 'AaaServer.profile.READ'],
    });
  });

  it.each([
    ['nothing', ''],
    ['words', 'I clicked Accept and then it said that the page is not there'],
    ['an address without a code', 'https://accounts.zoho.eu/oauth/v2/auth?state=x&scope=y'],
    ['JSON without a code', '{"access_token":"x"}'],
    ['a list', '[1,2]'],
    ['half an encoding', '%3D%'],
  ])('is refused with the next step: %s', (_what, text) => {
    expect(() => readPasted(text)).toThrow('There is no code in what was pasted.');
  });

  it('is refused when it holds two codes', () => {
    expect(() => readPasted(`${address}code=other`)).toThrow('more than one “code”');
  });

  it('tells that the person declined', () => {
    expect(readPasted('https://localhost:3000/oauth/callback?state=a&error=access_denied&')).toMatchObject({
      error: 'access_denied',
      code: undefined,
    });
  });
});

const hosts = zohoHosts();
const now = new Date('2026-11-26T10:00:00.000Z');

function dataCenterOf(location: string | null, accountsServer: string): unknown {
  const told = location === null ? '' : `&location=${location}`;
  const text = `https://app.example/cb?code=${code}${told}&accounts-server=${encodeURIComponent(accountsServer)}&`;
  return checkCallback(readPasted(text), { created_at: now.toISOString(), data_center: 'us' }, hosts, now);
}

describe.each(dataCenters.map(({ code: dataCenter, accountsUrl }) => [dataCenter, accountsUrl] as const))(
  'a pasted address of %s',
  (dataCenter, accountsUrl) => {
    it.each([
      ['its code', dataCenter],
      ['capitals', dataCenter.toUpperCase()],
      ['the end of its domain', accountsUrl.replace(/^https:\/\/accounts\.(zoho|zohocloud)\./, '')],
      ['three letters', `${dataCenter}x`],
      ['nothing', null],
    ])('leads there with %s as location', (_what, location) => {
      expect(dataCenterOf(location, accountsUrl)).toEqual({ code, dataCenter });
    });

    it('leads nowhere with a foreign accounts-server', () => {
      const forged = accountsUrl.replace('https://', 'https://evil.test/');
      for (const server of [forged, `${accountsUrl}.evil.test`, `${accountsUrl}@evil.test`, 'https://evil.test']) {
        expect(dataCenterOf(dataCenter, server)).toEqual({ errorCode: 'unknown_data_center' });
      }
    });
  },
);
