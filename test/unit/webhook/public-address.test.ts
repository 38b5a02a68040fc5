import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { isPublicAddress } from '../../../lambdas/webhook/public-address.ts';

/** First and last address of each range that is refused, and what lies right before and after it where that is public. */
it.each([
  ['this network', '0.0.0.0', '0.255.255.255', '1.0.0.0'],
  ['private', '10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
  ['carrier-grade NAT', '100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
  ['loopback', '127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
  ['link-local, metadata', '169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
  ['private', '172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
  ['IETF protocols', '192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
  ['documentation', '192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
  ['6to4 relays', '192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
  ['private', '192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
  ['benchmarking', '198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
  ['documentation', '198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
  ['documentation', '203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
  ['multicast', '224.0.0.0', '239.255.255.255', '223.255.255.255'],
  ['reserved, broadcast', '240.0.0.0', '255.255.255.255'],
  ['compatible, unspecified, loopback', '::', '::ffff:ffff'],
  ['mapped', '::ffff:0.0.0.0', '::ffff:255.255.255.255'],
  ['translated', '::ffff:0:0:0', '::ffff:0:ffff:ffff'],
  ['NAT64', '64:ff9b::', '64:ff9b::ffff:ffff'],
  ['NAT64 of a network', '64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['not given out', '::1:0:0:0', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2000::'],
  ['Teredo and IETF protocols', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2000:ffff::', '2001:200::'],
  ['documentation', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db7::', '2001:db9::'],
  ['6to4', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:ffff::', '2003::'],
  ['documentation', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', '3ffe:ffff::', '3fff:1000::'],
  ['not given out, segment routing', '4000::', 'fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff:ffff::'],
  ['unique local', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['link-local', 'fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['site-local', 'fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['multicast', 'ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
])('%s is not public from %s to %s', (_, first, last, ...publicNeighbours) => {
  expect([first, last].map(isPublicAddress)).toEqual([false, false]);
  expect(publicNeighbours.filter((address) => !isPublicAddress(address))).toEqual([]);
});

it.each([
  ['a zone', 'fe80::1%eth0'],
  ['a zone on a public address', '2606:4700::1%1'],
  ['brackets', '[2606:4700::1]'],
  ['a name', 'example.com'],
  ['nothing', ''],
  ['a number', '134744072'],
  ['octal', '010.8.8.8'],
  ['a short form', '8.8'],
  ['a port', '8.8.8.8:443'],
  ['a length', '8.8.8.8/32'],
  ['space', ' 8.8.8.8'],
])('takes %s for no public address: %s', (_, text) => expect(isPublicAddress(text)).toBe(false));

/** The ranges of another list, kept by others: public is what it calls unicast and, of IPv6, what lies in the range from which addresses are given out. */
function isPublicByIpaddr(address: string): boolean {
  const parsed = ipaddr.parse(address);
  return parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || parsed.match(ipaddr.parseCIDR('2000::/3')));
}

/** Addresses that differ from the edge of some range in one bit and in a few of the last ones: uniform ones would hardly ever meet a small range. */
function nearby(edges: readonly string[], bits: number): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...edges), fc.nat(bits), fc.bigInt({ min: 0n, max: 1n << BigInt(bits / 2) }), fc.boolean())
    .map(([edge, flipped, low, isLow]) => {
      const value = ipaddr
        .parse(edge)
        .toByteArray()
        .reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
      const changed = value ^ (flipped === bits ? 0n : 1n << BigInt(flipped)) ^ (isLow ? low : 0n);
      const bytes = Array.from({ length: bits / 8 }, (_, index) => Number((changed >> BigInt(bits - 8 * (index + 1))) & 0xffn));
      return ipaddr.fromByteArray(bytes).toString();
    });
}

const edges4 = [
  '0.0.0.0',
  '10.0.0.0',
  '100.64.0.0',
  '127.0.0.1',
  '169.254.169.254',
  '172.16.0.0',
  '192.0.0.0',
  '192.0.2.0',
  '192.31.196.0',
  '192.52.193.0',
];
const more4 = [
  '192.88.99.0',
  '192.168.0.0',
  '192.175.48.0',
  '198.18.0.0',
  '198.51.100.0',
  '203.0.113.0',
  '224.0.0.0',
  '240.0.0.0',
  '255.255.255.255',
];
const edges6 = [
  '::',
  '::1',
  '::ffff:7f00:1',
  '::ffff:0:7f00:1',
  '64:ff9b::',
  '64:ff9b:1::',
  '100::',
  '2000::',
  '2001::',
  '2001:2::',
  '2001:3::',
  '2001:4:112::',
];
const more6 = [
  '2001:10::',
  '2001:20::',
  '2001:30::',
  '2001:db8::',
  '2002::',
  '2620:4f:8000::',
  '3fff::',
  '5f00::',
  'fc00::',
  'fe80::',
  'fec0::',
  'ff00::',
];

it('agrees with the ranges of another library on any address', () =>
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), nearby([...edges4, ...more4], 32), nearby([...edges6, ...more6], 128)), (address) => {
      expect([address, isPublicAddress(address)]).toEqual([address, isPublicByIpaddr(address)]);
    }),
    { numRuns: 20_000 },
  ));
