/** Bodies that are refused before any member is looked at: not JSON, not UTF-8, too deep, too large, not in their encoding. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { type BadInput, invalid, shown, validInput, validSubmission } from './bad-input.ts';

const valid = JSON.stringify(validSubmission);
const withInput = (json: string) => `{"type":"write-batch","delaySeconds":3600,"input":${json}}`;
const nested = (levels: number, open: string, close: string, inner = '') => withInput(open.repeat(levels) + inner + close.repeat(levels));

const notJson: readonly string[] = [
  ...[
    '',
    ' ',
    '\n',
    '{',
    '}',
    '[',
    ']',
    '"',
    '{"',
    '{"type"',
    '{"type":',
    '{"type":"write-batch"',
    '{"type":"write-batch",}',
    '{,}',
    '[1,]',
    '[,1]',
  ],
  ...[
    "{'type':'a'}",
    '{type:"a"}',
    '{"a":1 "b":2}',
    '{"a" 1}',
    '{"a":1;"b":2}',
    '{"a":1}}',
    '{"a":1}{"b":2}',
    `${valid},`,
    `${valid}x`,
    `x${valid}`,
  ],
  ...['undefined', 'nul', 'True', 'NaN', 'Infinity', '-Infinity', '0x1', '01', '+1', '1.', '.5', '1e', '1e+', '-', '--1', '1_000'],
  ...[
    '"\t"',
    '"\u0000"',
    '"\\x41"',
    '"\\u12"',
    '"\\u{41}"',
    '"\\',
    '"a\nb"',
    '/* */{}',
    '{}//',
    '#{}',
    '<?xml version="1.0"?><a/>',
    'type=write-batch',
    '{"a":[}',
  ],
];

const bytes = (...parts: readonly (string | readonly number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
const inText = (...inner: readonly number[]) => bytes('{"type":"write-batch","input":"', inner, '"}');

const notUtf8: readonly (readonly [what: string, body: Uint8Array])[] = [
  ['a lone continuation byte', inText(0x80)],
  ['a byte that no UTF-8 holds', inText(0xff)],
  ['the other byte that no UTF-8 holds', inText(0xfe)],
  ['a sequence that is cut', inText(0xe2, 0x82)],
  ['a sequence that another byte ends', inText(0xc3, 0x28)],
  ['an overlong slash', inText(0xc0, 0xaf)],
  ['an overlong NUL', inText(0xc0, 0x80)],
  ['an overlong character of three bytes', inText(0xe0, 0x80, 0xaf)],
  ['half of a surrogate pair as bytes', inText(0xed, 0xa0, 0x80)],
  ['a character beyond Unicode', inText(0xf4, 0x90, 0x80, 0x80)],
  ['a sequence of five bytes', inText(0xf8, 0x88, 0x80, 0x80, 0x80)],
  ['Latin-1', Buffer.from('{"type":"zoë"}', 'latin1')],
  ['UTF-16', Buffer.from(`\uFEFF${valid}`, 'utf16le')],
  ['UTF-16 without its mark', Buffer.from(valid, 'utf16le')],
  ['UTF-32', Buffer.concat([...valid].map((character) => Buffer.from([character.charCodeAt(0), 0, 0, 0])))],
  ['two byte order marks', bytes('\uFEFF\uFEFF', valid)],
];

const tooDeep: readonly (readonly [what: string, body: string])[] = [
  ['101 arrays', nested(100, '[', ']')],
  ['101 objects', nested(100, '{"a":', '}', '1')],
  ['arrays and objects by turns', nested(51, '[{"a":', '}]', '1')],
  ['100,000 arrays', nested(100_000, '[', ']')],
  ['100,000 objects', nested(100_000, '{"a":', '}', '1')],
  ['100,000 arrays that do not end', withInput('['.repeat(100_000))],
  ['a million arrays', '['.repeat(1_000_000)],
  ['depth outside of the input', `{"tags":${'['.repeat(200)}${']'.repeat(200)}}`],
];

const duplicates: readonly (readonly [what: string, body: string, pointer: string])[] = [
  ['a member', '{"type":"write-batch","type":"run-query","input":{}}', '#/type'],
  ['a member with the same value', `{"delaySeconds":1,"delaySeconds":1,"type":"write-batch","input":{}}`, '#/delaySeconds'],
  ['a member in another spelling', '{"type":"write-batch","\\u0074ype":"run-query","input":{}}', '#/type'],
  ['a member of the input', withInput('{"table":"scratch","table":"jobs"}'), '#/input/table'],
  ['a member of a row', withInput('{"rows":[{"id":1},{"id":1,"n":1,"n":2}]}'), '#/input/rows/1/n'],
  ['a tag', '{"type":"write-batch","input":{},"tags":{"a":"1","b":"2","a":"3"}}', '#/tags/a'],
  ['the empty name', withInput('{"":1,"":2}'), '#/input/'],
  ['__proto__', withInput('{"__proto__":1,"__proto__":2}'), '#/input/__proto__'],
  ['a name with a slash and a tilde', withInput('{"a/b~":1,"a/b~":2}'), '#/input/a~1b~0'],
  ['a name outside ASCII', withInput('{"é":1,"\\u00e9":2}'), '#/input/%C3%A9'],
  ['a name of a pair of surrogates', withInput('{"𝄞":1,"\\ud834\\udd1e":2}'), '#/input/%F0%9D%84%9E'],
];

const gzipped = gzipSync(valid);
const flipped = Buffer.from(gzipped);
flipped.writeUInt8((flipped.at(-6) ?? 0) ^ 0xff, flipped.length - 6);

const notGzip: readonly (readonly [what: string, body: Uint8Array])[] = [
  ['plain JSON', Buffer.from(valid)],
  ['nothing', Buffer.alloc(0)],
  ['a stream that is cut in its middle', gzipped.subarray(0, gzipped.length / 2)],
  ['a stream without its last byte', gzipped.subarray(0, -1)],
  ['a stream with a wrong checksum', flipped],
  ['a stream with a header alone', gzipped.subarray(0, 10)],
  ['deflate', deflateSync(valid)],
  ['brotli', brotliCompressSync(valid)],
  ['bytes that were read as text', Buffer.from(gzipped.toString('utf8'))],
  ['a header with an unknown method', Buffer.concat([Buffer.from([0x1f, 0x8b, 0x07]), gzipped.subarray(3)])],
];

const encodings = [
  'br',
  'deflate',
  'compress',
  'zstd',
  'gzip, gzip',
  'gzip, br',
  'br, gzip',
  'aes128gcm',
  'x',
  'gzip;q=1',
  '*',
  'g zip',
  '\u00fc',
  'x'.repeat(4_000),
];

const mediaTypes = [
  ...['text/plain', 'text/json', 'text/html', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'],
  ...[
    'application/octet-stream',
    'application/jsonp',
    'application/json5',
    'application/jsonx',
    'json',
    'application',
    '/',
    '*/*',
    'application/*',
  ],
  ...['application /json', 'application/json, text/plain', 'x'.repeat(4_000)],
];

const mib = 1_048_576;
/** A submission of this many bytes. */
const ofBytes = (bytes: number) => withInput(`"${'x'.repeat(bytes - withInput('""').length)}"`);
const gzipOf = (bytes: number, levels = 1) =>
  Array.from({ length: levels }).reduce<Buffer>((body) => gzipSync(body), Buffer.alloc(bytes, ' '));

const sizes: readonly BadInput[] = [
  { what: 'a byte over 1 MiB', body: ofBytes(mib + 1), status: 413, code: 'body-too-large' },
  {
    what: '1 MiB of characters that take two bytes each',
    body: withInput(`"${'é'.repeat(mib / 2)}"`),
    status: 413,
    code: 'body-too-large',
  },
  { what: '5 MiB', body: ofBytes(5 * mib), status: 413, code: 'body-too-large' },
  { what: '2 MiB of spaces', body: ' '.repeat(2 * mib), status: 413, code: 'body-too-large' },
  ...[mib + 1, 100 * mib].map((size) => ({
    what: `gzip that becomes ${size} bytes`,
    body: gzipOf(size),
    headers: { 'content-encoding': 'gzip' },
    status: 413,
    code: 'body-too-large',
  })),
  { what: 'gzip within gzip', body: gzipOf(10 * mib, 2), headers: { 'content-encoding': 'gzip' }, status: 400, code: 'malformed-json' },
  invalid('1 MiB of one unknown member', { input: validInput, ['m'.repeat(mib - 400)]: 1 }, '#'),
  invalid('60,000 unknown members', Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`m${i}`, 1])), '#/m0', '#/m1'),
];

export const badBodies: readonly BadInput[] = [
  ...notJson.map((body) => ({ what: `a body ${shown(body)}`, body, status: 400, code: 'malformed-json' })),
  ...notUtf8.map(([what, body]) => ({ what: `a body with ${what}`, body, status: 400, code: 'malformed-json' })),
  ...tooDeep.map(([what, body]) => ({ what: `a body with ${what}`, body, status: 400, code: 'malformed-json' })),
  ...duplicates.map(([what, body, pointer]) => ({
    what: `${what} twice`,
    body,
    status: 400,
    code: 'duplicate-member',
    pointers: [pointer],
  })),
  ...notGzip.map(([what, body]) => ({
    what: `gzip that is ${what}`,
    body,
    headers: { 'content-encoding': 'gzip' },
    status: 400,
    code: 'malformed-encoding',
  })),
  ...encodings.map((encoding) => ({
    what: `the encoding ${shown(encoding)}`,
    body: valid,
    headers: { 'content-encoding': encoding },
    status: 415,
    code: 'unsupported-media-type',
  })),
  ...mediaTypes.map((type) => ({
    what: `the media type ${shown(type)}`,
    body: valid,
    headers: { 'content-type': type },
    status: 415,
    code: 'unsupported-media-type',
  })),
  ...sizes,
];
