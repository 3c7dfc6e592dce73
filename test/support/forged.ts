import fc, { type Arbitrary } from 'fast-check';

/** Addresses that look like one of Zoho's and lead elsewhere; `hostile` is a server that waits for them. */
export function forgedAddress(hostile = 'https://evil.test'): Arbitrary<string> {
  const host = new URL(hostile).host;
  const genuine = fc
    .tuple(
      fc.constantFrom('accounts', 'www', 'sandbox', 'developer'),
      fc.constantFrom('zoho.com', 'zoho.eu', 'zohoapis.com', 'zohoapis.in', 'zohocloud.ca'),
    )
    .map((labels) => labels.join('.'));
  const disguised = genuine.chain((name) =>
    fc.constantFrom(
      `https://${name}.${host}`,
      `http://${name}@${host}`,
      `http://${name}:x@${host}/`,
      `${hostile}/${name}`,
      `${hostile}#https://${name}`,
      `${hostile}?https://${name}`,
      `//${host}/https://${name}`,
      `https://${name}\\@${host}`,
      `https://${name}%40${host}`,
      `https://${name}\t.${host}`,
      `https://${name}\n${hostile}`,
      `https://${name} ${hostile}`,
      `https://${name}, ${hostile}`,
      `https://${name.replaceAll('o', '\u043e')}`,
      `https://${name}.`,
      `https://${name}:444`,
      `https://${name}/../`,
      `http://${name}`,
      `HTTPS://${name.toUpperCase()}`,
    ),
  );
  const elsewhere = fc.constantFrom(
    hostile,
    host,
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]:1/',
    'http://2130706433/',
    'file:///etc/passwd',
    'data:,x',
    'javascript:1',
    '',
    '[object Object]',
  );
  return fc.oneof({ weight: 4, arbitrary: disguised }, { weight: 1, arbitrary: elsewhere }, fc.webUrl());
}
