/** Separates the addresses of the public internet from all others. */
import { BlockList, isIP } from 'node:net';

/**
 * What IANA sets apart from the public IPv4 internet, with multicast and the reserved class E, which includes broadcast. Ranges that the registry calls
 * reachable but that belong to no receiver (AS112, AMT, 6to4 relays) are here, too.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry/
 */
const specialIpv4 = blockList('ipv4', [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local: metadata of EC2 and ECS, Lambda's own API
  '172.16.0.0/12', // private
  '192.0.0.0/24', // IETF protocols
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
]);

/** The only range of IPv6 from which public addresses are given out. Mapped, compatible, translated, NAT64, unique local and link-local ones lie outside. */
const globalIpv6 = blockList('ipv6', ['2000::/3']);

/** What IANA sets apart within it. @see https://www.iana.org/assignments/iana-ipv6-special-registry/ */
const specialIpv6 = blockList('ipv6', [
  '2001::/23', // IETF protocols: Teredo, benchmarking, ORCHID, AMT, AS112
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which holds an IPv4 address
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
]);

/**
 * Whether an address in its usual spelling, as a resolver returns it, is on the public internet. Everything else is not: other spellings, zones
 * (`fe80::1%eth0`), names, and IPv6 that is not from the range of public addresses.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !specialIpv4.check(address, 'ipv4');
  return isIP(address) === 6 && !address.includes('%') && globalIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6');
}

function blockList(family: 'ipv4' | 'ipv6', ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}
