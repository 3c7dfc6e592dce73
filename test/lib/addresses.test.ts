import { isIpRange, isLoopback, networkOf } from '../../src/lib/addresses';

describe('an address that only this computer reaches', () => {
  it.each([
    'localhost',
    'LocalHost',
    '127.0.0.1',
    '127.1.2.3',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    '[::ffff:7f00:1]',
  ])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each([
    '',
    '0.0.0.0',
    '::',
    '126.255.255.255',
    '128.0.0.1',
    '192.168.0.1',
    '::2',
    'fe80::1%eth0',
    '::ffff:10.0.0.1',
    '127.0.0.1:3000',
    '64:ff9b::127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.0.0.1',
    '0177.0.0.1',
    'localhost.example.com',
    '127.0.0.1.example.com',
    '[localhost',
    '[[::1]]',
  ])('is not %p', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe('what counts as one address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:2::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['1:2:3::', '1:2:3:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['fe80::1%br-lan.7', 'fe80:0:0:0::/64'],
  ])('of %s is %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });

  it.each(['', 'unknown', '192.0.2.1:443', '[::1]', '1', '1:2:3', '64:ff9b::192.0.2.1'])(
    'of %p, which is none, is itself',
    (text) => {
      expect(networkOf(text)).toBe(text);
    },
  );
});

describe('an IP address or a range', () => {
  it.each(['10.0.0.5', '10.0.0.0/24', '10.0.0.5/32', '0.0.0.0/1', '::1', 'fd00::/8', '::1/128', '::ffff:10.0.0.5'])(
    'is %s',
    (text) => {
      expect(isIpRange(text)).toBe(true);
    },
  );

  it.each([
    '',
    '1',
    '10.0.0',
    '10.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/255.0.0.0',
    '10.0.0.5:80',
    '[::1]',
    '010.0.0.1',
    '0x0a.0.0.1',
    '1/8',
    'localhost',
    'proxy.lan',
    '*',
    'true',
  ])('is not %p', (text) => {
    expect(isIpRange(text)).toBe(false);
  });
});
