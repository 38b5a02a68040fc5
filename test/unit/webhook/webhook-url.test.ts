import fc from 'fast-check';
import { isPublicAddress } from '../../../lambdas/webhook/public-address.ts';
import { checkWebhookUrl, readAllowedHosts, type WebhookPolicy } from '../../../lambdas/webhook/webhook-url.ts';

const deployed: WebhookPolicy = { allowedHosts: [], allowsLoopback: false };
const local = { allowedHosts: [], allowsLoopback: true };
const kindOf = (url: string, policy = deployed) => {
  const target = checkWebhookUrl(url, policy);
  return target.kind === 'refused' ? target.code : target.kind;
};

describe('hosts that are not on the public internet, in every spelling', () => {
  const spellings = {
    'dotted decimal':
      '0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.169.254 169.254.170.2 169.254.100.1',
    'more ranges': '172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.51.100.7 203.0.113.9',
    'multicast, reserved, broadcast': '224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255',
    'one number': '0 00 0x0 2130706433 017700000001 0x7f000001 0X7F000001 2852039166 0xa9fea9fe 4294967295 0xffffffff 167772161',
    'short forms': '127.1 127.0.1 10.1 0.1 169.254.43518 169.16689662 192.168.257 172.1048577',
    octal: '0177.0.0.1 0177.1 012.1 0251.0376.0251.0376 0300.0250.1 000000177.0.0.01',
    hexadecimal: '0x7f.1 0x7f.0x0.0x0.0x1 0xa9.0xfe.0xa9.0xfe 0xac.0x10.1 0x0A000001',
    'mixed bases': '0x7f.0.0.01 127.0x0.0.1 0251.254.0xa9.254',
    'a full stop at the end': '127.0.0.1. 127.1. 2130706433. 0x7f000001. 169.254.169.254.',
    'percent signs': '%31%32%37.0.0.1 127%2e0%2e0%2e1 %30x7f000001 169.254.169%2E254',
    'wide, circled, raised digits': '１２７.0.0.1 ①②⑦.0.0.1 ¹²⁷.0.0.1 ₁₂₇.₀.₀.₁ 127.⓪.⓪.① 𝟏𝟐𝟕.𝟎.𝟎.𝟏 𝟣𝟨𝟫.𝟤𝟧𝟦.𝟣𝟨𝟫.𝟤𝟧𝟦',
    'full stops of other scripts': '127。0。0。1 127．0．0．1 127｡0｡0｡1 169。254．169｡254',
    'invisible characters': '127\u00ad.0.0.1 12\u200b7.0.0.1 127.0.0.\u20601',
    'IPv6 loopback and unspecified': '[::] [::0] [::1] [0:0:0:0:0:0:0:1] [0000:0000:0000:0000:0000:0000:0000:0001] [::0.0.0.1]',
    'mapped, compatible, translated':
      '[::ffff:127.0.0.1] [::ffff:7f00:1] [::FFFF:A9FE:A9FE] [0:0:0:0:0:ffff:169.254.169.254] [::127.0.0.1] [::7f00:1] [::ffff:0:127.0.0.1]',
    'mapped public addresses': '[::ffff:8.8.8.8] [::8.8.8.8]',
    'NAT64, 6to4, Teredo':
      '[64:ff9b::169.254.169.254] [64:ff9b::a9fe:a9fe] [64:ff9b:1::a00:1] [2002:7f00:1::] [2002:a9fe:a9fe::1] [2001:0:4136:e378:8000:63bf:3fff:fdd2]',
    'unique local, link-local, site-local': '[fc00::1] [fd00:ec2::254] [FD00:EC2::254] [fd12:3456:789a::1] [fe80::1] [febf::1] [fec0::1]',
    'IPv6 documentation, multicast, others': '[2001:db8::1] [3fff::1] [ff02::1] [100::1] [2001:2::1] [2001:20::1] [5f00::1] [4000::1]',
    'names of this machine': 'localhost LOCALHOST localhost. localhost.. foo.localhost ｌｏｃａｌｈｏｓｔ ⓛⓞⓒⓐⓛⓗⓞⓢⓣ local%68ost',
    'names of private networks':
      'db.internal metadata.google.internal instance-data.ec2.internal ip-10-0-0-1.ec2.internal. printer.local router.home.arpa',
  };
  const table = Object.entries(spellings).flatMap(([form, hosts]) => hosts.split(' ').map((host) => [form, host] as const));

  it('are more than a hundred', () => expect(table.length).toBeGreaterThan(100));

  it.each(table)('%s: %s', (_, host) => {
    expect(kindOf(`https://${host}/hook`)).toBe('address_not_public');
    expect(kindOf(`https://${host}:8443/hook?a=1#b`)).toBe('address_not_public');
  });

  it.each([
    'https:127.0.0.1',
    'https:/127.0.0.1/',
    'https:////127.0.0.1/',
    'https:\\\\127.0.0.1\\',
    'HTTPS://127.0.0.1',
    ' \thttps://127.0.0.1/ \n',
    'https://127.0\t.0\n.1/',
    'https://127.0.0.1\\@example.com/',
    'https://127.0.0.1#@example.com/',
    'https://127.0.0.1?@example.com/',
    'https://127.0.0.1:0443/',
    'https://127.0.0.1:/',
  ])('however the rest of the URL is written: %j', (url) => expect(kindOf(url)).toBe('address_not_public'));
});

describe('any address, in any spelling', () => {
  /** One number of an address: decimal, octal or hexadecimal, with zeros in front or in percent signs. */
  const spell = (value: number, [base, zeros, isEscaped]: readonly [8 | 10 | 16, number, boolean]) => {
    const text = { 8: '0', 10: '', 16: '0x' }[base] + (base === 10 ? '' : '0'.repeat(zeros)) + value.toString(base);
    return isEscaped ? text.replace(/[0-9a-f]/g, (one) => `%${one.charCodeAt(0).toString(16)}`) : text;
  };
  const style = fc.tuple(fc.constantFrom(8, 10, 16), fc.nat(3), fc.boolean());
  const edges = [
    '10.0.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '172.31.0.1',
    '192.168.1.1',
    '0.0.0.0',
    '224.0.0.1',
    '8.8.8.8',
    '172.32.0.1',
  ];

  it('of IPv4 is judged as in its usual one', () =>
    fc.assert(
      fc.property(
        fc.oneof(fc.ipV4(), fc.constantFrom(...edges)),
        fc.integer({ min: 1, max: 4 }),
        fc.array(style, { minLength: 4, maxLength: 4 }),
        fc.constantFrom('', '.'),
        fc.constantFrom('.', '\u3002', '\uff0e', '\uff61', '%2e'),
        (address, parts, styles, end, stop) => {
          const octets = address.split('.').map(Number);
          const last = octets.slice(parts - 1).reduce((sum, octet) => sum * 256 + octet, 0);
          const host =
            [...octets.slice(0, parts - 1), last].map((value, at) => spell(value, styles[at] ?? [10, 0, false])).join(stop) + end;
          const target = checkWebhookUrl(`https://${host}/`, deployed);
          const expected = isPublicAddress(address)
            ? { kind: 'addresses', addresses: [address] }
            : { kind: 'refused', code: 'address_not_public' };
          expect([host, target]).toEqual([host, expect.objectContaining(expected)]);
        },
      ),
      { numRuns: 5_000 },
    ));

  it('of IPv6 is judged as in its usual one', () =>
    fc.assert(
      fc.property(fc.ipV6(), fc.boolean(), (address, isUpper) => {
        const target = checkWebhookUrl(`https://[${isUpper ? address.toUpperCase() : address}]/`, deployed);
        expect(target.kind).toBe(isPublicAddress(address) ? 'addresses' : 'refused');
      }),
      { numRuns: 5_000 },
    ));

  it('goes nowhere but to what was judged: each URL is refused, a full name, or public addresses', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.webUrl(),
          fc.string(),
          fc.string({ unit: 'binary' }).map((text) => `https://${text}`),
        ),
        (url) => {
          const target = checkWebhookUrl(url, deployed);
          if (target.kind === 'addresses') expect(target.addresses.every(isPublicAddress)).toBe(true);
          if (target.kind === 'name') expect(target.hostname).toMatch(/^[a-z0-9_.-]+\.[a-z][a-z0-9-]*$/);
          if (target.kind !== 'refused')
            expect([target.url.protocol, target.url.username, target.url.password]).toEqual(['https:', '', '']);
        },
      ),
      { numRuns: 5_000 },
    ));
});

it.each([
  ['https://[fe80::1%25eth0]/', 'a zone'],
  ['https://[fe80::1%eth0]/', 'a zone'],
  ['https://[::1]./', 'more behind the brackets'],
  ['https://::1/', 'no brackets'],
  ['https://256.256.256.256/', 'too large numbers'],
  ['https://127.0.0.1.1/', 'five numbers'],
  ['https://127.0.0.09/', 'a digit that octal does not have'],
  ['https://0x100000000/', 'a number of 33 bits'],
  ['https://intranet/', 'one label, which a search domain would complete'],
  ['https://example.com./', 'a full stop at the end'],
  ['https://example..com/', 'an empty label'],
  ['https://a b.example.com/', 'a space'],
  ['https://a_b!.example.com/', 'a character that no host has'],
  [`https://${'a'.repeat(64)}.example.com/`, 'a label of 64 characters'],
  [`https://${'a.'.repeat(130)}example.com/`, 'a name of 271 characters'],
  [`https://example.com/${'a'.repeat(2_029)}`, '2,049 characters'],
  ['/hook', 'no host'],
  ['hooks.example.com', 'no scheme'],
  ['https://', 'nothing behind the scheme'],
  ['', 'nothing'],
])('refuses %s: %s', (url) => expect(kindOf(url)).toBe('invalid_url'));

it.each([
  ['http://example.com/', 'scheme_not_allowed'],
  ['http://127.0.0.1/', 'scheme_not_allowed'],
  ['ftp://example.com/', 'scheme_not_allowed'],
  ['file:///etc/passwd', 'scheme_not_allowed'],
  ['gopher://example.com/', 'scheme_not_allowed'],
  ['data:text/plain,x', 'scheme_not_allowed'],
  ['javascript:alert(1)', 'scheme_not_allowed'],
  ['https+unix://%2Frun%2Fdocker.sock/', 'scheme_not_allowed'],
  ['https://user:secret@example.com/', 'credentials_in_url'],
  ['https://example.com@127.0.0.1/', 'credentials_in_url'],
  ['https://:secret@example.com/', 'credentials_in_url'],
  ['https://example.com:80/', 'port_not_allowed'],
  ['https://example.com:22/', 'port_not_allowed'],
  ['https://example.com:6379/', 'port_not_allowed'],
  ['https://example.com:444/', 'port_not_allowed'],
])('refuses %s: %s', (url, code) => expect(kindOf(url)).toBe(code));

it.each([
  ['https://example.com', 'name'],
  ['https://example.com:443/hook?a=1', 'name'],
  ['https://hooks.example.com:8443/', 'name'],
  ['https://a-b_c.example.co.uk/', 'name'],
  ['https://bücher.example/', 'name'],
  ['https://127.0.0.1.example.com/', 'name'],
  ['https://example.com\\@127.0.0.1/', 'name'], // a backslash ends the host, and the connection goes where this reading says
  ['https://8.8.8.8/', 'addresses'],
  ['https://134744072/', 'addresses'],
  ['https://[2606:4700:4700::1111]/', 'addresses'],
])('allows %s', (url, kind) => expect(kindOf(url)).toBe(kind));

it('reads the host that it connects to once: what comes behind a backslash is path', () =>
  expect(checkWebhookUrl('https://example.com\\@127.0.0.1/', deployed)).toMatchObject({ kind: 'name', hostname: 'example.com' }));

it('shows no path, no query and no password in a refusal', () => {
  const refusals = [
    'https://me:hunter2@a.example/s3cret?s3cret',
    'http://a.example/s3cret',
    'https://a.example:99/s3cret',
    'https://10.0.0.1/s3cret',
  ];
  expect(refusals.map((url) => JSON.stringify(checkWebhookUrl(url, deployed))).filter((text) => /hunter2|s3cret/.test(text))).toEqual([]);
});

describe('receivers on this machine', () => {
  it.each([
    ['http://localhost:3000/hook', ['127.0.0.1', '::1']],
    ['http://hooks.localhost/', ['127.0.0.1', '::1']],
    ['http://127.0.0.1:9999/', ['127.0.0.1']],
    ['https://127.8.8.8/', ['127.8.8.8']],
    ['http://[::1]:3000/', ['::1']],
    ['http://2130706433:3000/', ['127.0.0.1']],
    ['http://[::ffff:127.0.0.1]:3000/', ['::ffff:7f00:1']],
  ])('are allowed by the option of the local mode alone: %s', (url, addresses) => {
    expect(checkWebhookUrl(url, local)).toMatchObject({ kind: 'addresses', addresses });
    expect(['scheme_not_allowed', 'address_not_public']).toContain(kindOf(url));
  });

  it.each([
    ['http://example.com/', 'scheme_not_allowed'],
    ['http://10.0.0.1/', 'scheme_not_allowed'],
    ['https://10.0.0.1/', 'address_not_public'],
    ['http://0.0.0.0/', 'scheme_not_allowed'],
    ['http://localhost.example.com/', 'scheme_not_allowed'],
    ['ftp://localhost/', 'scheme_not_allowed'],
    ['http://a:b@localhost/', 'credentials_in_url'],
  ])('are the only exception of the option: %s is %s', (url, code) => expect(kindOf(url, local)).toBe(code));
});

describe('the list of allowed hosts', () => {
  const policy = { allowedHosts: readAllowedHosts('hooks.example.com, *.partner.example\nBÜCHER.example'), allowsLoopback: false };

  it.each([
    ['https://hooks.example.com/', 'name'],
    ['https://HOOKS.example.com:8443/', 'name'],
    ['https://a.partner.example/', 'name'],
    ['https://a.b.partner.example/', 'name'],
    ['https://bücher.example/', 'name'],
    ['https://partner.example/', 'host_not_allowed'],
    ['https://evilpartner.example/', 'host_not_allowed'],
    ['https://a.partner.example.evil.com/', 'host_not_allowed'],
    ['https://example.com/', 'host_not_allowed'],
    ['https://a.hooks.example.com/', 'host_not_allowed'],
    ['https://8.8.8.8/', 'host_not_allowed'],
    ['https://10.0.0.1/', 'address_not_public'],
  ])('decides %s: %s', (url, kind) => expect(kindOf(url, policy)).toBe(kind));

  it('is empty without a name', () => expect(readAllowedHosts(' ,\n ')).toEqual([]));

  it.each([
    '*',
    '*.',
    'com',
    'localhost',
    '8.8.8.8',
    '[::1]',
    'https://example.com',
    'example.com/hook',
    'example.com:443',
    'a@example.com',
    '*example.com',
    'a.*.com',
    'example.com.',
  ])('refuses %s', (name) => expect(() => readAllowedHosts(`ok.example.com ${name}`)).toThrow(TypeError));
});
