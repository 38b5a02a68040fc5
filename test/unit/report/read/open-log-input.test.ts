import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import zlib from 'node:zlib';
import { openLogInput } from '../../../../report/read/open-log-input.ts';
import { albLine, apiLine, readBytes, readers, readPaths, reportLine, requestsIn } from './log-fixtures.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'open-log-input-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const write = (name: string, bytes: string | Buffer) => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

const lines = Array.from({ length: 300 }, (_, i) =>
  albLine({ client: `203.0.113.7:${i}`, request: `GET https://shop.example.com:443/orders/${i} HTTP/2.0` }),
);
const text = `${lines.join('\n')}\n`;
const gzip = zlib.gzipSync(text);

it.each([
  ['text', text],
  ['a byte order mark and CRLF', `\uFEFF${text.replaceAll('\n', '\r\n')}`],
  ['a last line without an end', text.slice(0, -1)],
  ['gzip', gzip],
  [
    'gzip of several members',
    Buffer.concat([zlib.gzipSync(lines.slice(0, 100).join('\n')), zlib.gzipSync(`\n${lines.slice(100).join('\n')}`)]),
  ],
  ['gzip within gzip', zlib.gzipSync(gzip)],
  ['Zstandard', zlib.zstdCompressSync(text)],
  ['Zstandard of several frames', Buffer.concat(lines.map((line) => zlib.zstdCompressSync(`${line}\n`)))],
])('reads %s', async (_, bytes) => {
  const { requests, counts } = await readBytes(bytes);
  expect(counts).toMatchObject({
    formats: [{ format: 'alb', files: 1, requests: 300, unparsed: 0, noise: 0 }],
    skipped: [],
    unparsedForms: [],
    notes: [],
  });
  expect(requests.map(({ path }) => path)).toEqual(lines.map((__, i) => `/orders/${i}`));
});

it.each([
  ['gzip', Buffer.concat([gzip, zlib.gzipSync(lines.map((line) => line + Math.random()).join('\n')).subarray(0, -1_000)])],
  [
    'Zstandard',
    zlib
      .zstdCompressSync(
        Buffer.from(
          lines
            .map((line) => line + Math.random())
            .join('\n')
            .repeat(40),
        ),
      )
      .subarray(0, -1_000),
  ],
])('reads what came of %s that ends too early, and says so', async (_, bytes) => {
  const { requests, counts } = await readBytes(bytes);
  expect(requests.length).toBeGreaterThan(200);
  expect(counts).toMatchObject({
    notes: ['standard input: the packed data ends too early; what came was read'],
    formats: [{ unparsed: 0 }],
  });
});

it('reads damaged and strange bytes within a line, and leaves out a line of more than 1 MiB', async () => {
  const strange = Buffer.concat([
    Buffer.from(text),
    Buffer.from('\0\xff\xfe\n', 'latin1'),
    Buffer.alloc(2_000_000, 'x'),
    Buffer.from(`\n${lines[0]}\n`),
  ]);
  const { counts } = await readBytes(strange);
  expect(counts.formats).toMatchObject([{ requests: 301, unparsed: 1, noise: 1 }]);
  expect(counts.notes).toEqual(['standard input: left out 1 lines that are too long or damaged']);
});

it('shows only the form of a line that is not understood', async () => {
  const { counts } = await readBytes(`${text}Ána paid 12 € to bob@example.com\n`);
  expect(counts.unparsedForms).toEqual(['aaa aaaa 99 ? aa aaa@aaaaaaa.aaa']);
});

const events = [apiLine(), apiLine({ status: '504' }), 'noise of a template'];
const documentOf = (messages: readonly string[]) => ({
  events: messages.map((message, i) => ({ logStreamName: 's', timestamp: 1_795_597_994_009 + i, message, eventId: `${i}` })),
});
const subscription = (logGroup: string, messages: readonly string[]) =>
  JSON.stringify({
    messageType: 'DATA_MESSAGE',
    owner: '1',
    logGroup,
    logEvents: messages.map((message) => ({ id: '1', timestamp: 1_795_597_994_009, message })),
  });

it.each([
  ['printed by the command line', JSON.stringify(documentOf(events.slice(0, 2)), null, 4)],
  ['on one line', JSON.stringify(documentOf(events.slice(0, 2)))],
  ['of a subscription', subscription('/api', events.slice(0, 2))],
  [
    'of a subscription in gzip, one document after another',
    Buffer.concat(events.slice(0, 2).map((line) => zlib.gzipSync(subscription('/api', [line])))),
  ],
  [
    'of an export to S3',
    events
      .slice(0, 2)
      .map((line) => `2026-11-25T09:13:14.009Z ${line}`)
      .join('\n'),
  ],
])('takes lines out of events %s', async (_, bytes) => {
  const { requests, counts } = await readBytes(bytes);
  expect(requestsIn(counts)).toEqual({ 'api-gateway': 2 });
  expect(requests.map(({ outcome }) => outcome)).toEqual(['ok', 'timeout']);
});

it('takes the time of a REPORT line and the name of the function from the event around it', async () => {
  const bytes = [subscription('/aws/lambda/one', ['START', `${reportLine()}\n`]), subscription('/aws/lambda/two', [reportLine()])].join('');
  const { requests } = await readBytes(bytes);
  expect(requests.map(({ path, startMs = 0, heldMs = 0 }) => [path, Math.round(startMs + heldMs)])).toEqual([
    ['one', 1_795_597_994_009],
    ['two', 1_795_597_994_009],
  ]);
});

it('keeps the time of a REPORT line in an export to S3', async () => {
  const { requests } = await readBytes(
    ['START RequestId: c6', 'hello', reportLine()].map((line) => `2026-11-25T09:13:14.009Z ${line}`).join('\n'),
  );
  expect(requests).toMatchObject([{ startMs: Date.parse('2026-11-25T09:13:14.009Z') - 14_614 }]);
});

it('reads a folder of several formats, and says why it skips the others', async () => {
  mkdirSync(join(folder, 'deep'));
  write('deep/b.anything', gzip);
  write('a.log', apiLine());
  write('.hidden', 'x');
  write('data.gz', 'PK\x03\x04');
  write('logs.csv', 'PAR1....');
  write('readme.log', 'hello\nworld\n');
  write('empty.log', '');
  const { counts } = await readPaths([folder, join(folder, 'a.log')]);
  expect(requestsIn(counts)).toEqual({ alb: 300, 'api-gateway': 1 });
  expect(counts.skipped.map(({ file, reason }) => [file.slice(folder.length + 1), reason])).toEqual([
    ['data.gz', 'it is a ZIP archive: unpack it first, with unzip'],
    ['empty.log', 'it is empty'],
    ['logs.csv', 'it is Parquet: set the output format of the CloudFront standard logging (v2) delivery to JSON'],
    ['readme.log', 'it is not a known log: no reader finds a request in its first lines'],
  ]);
});

it('gives the same requests in any splitting and order of files', async () => {
  const whole = await readBytes(text);
  const parts = [0, 1, 2].map((part) => write(`${part}.log`, lines.filter((_, i) => i % 3 === part).join('\n')));
  const split = await readPaths(parts.reverse());
  const sorted = (requests: readonly object[]) => requests.map((request) => JSON.stringify(request)).sort();
  expect(sorted(split.requests)).toEqual(sorted(whole.requests));
});

it('reads again, and always in the same order', async () => {
  const input = await openLogInput([write('a.log', text)], {}, readers);
  const read = async () => {
    const paths: string[] = [];
    await input.read(({ path }) => paths.push(path));
    return paths;
  };
  expect(await read()).toEqual(await read());
});

it('copies the standard input to a file that only this user can read, until it is closed', async () => {
  const stdin = new PassThrough();
  stdin.end(text);
  const seen: string[] = [];
  const input = await openLogInput(['-'], { stdin, progress: (said) => seen.push(said) }, readers);
  await input.read(() => undefined);
  expect(seen).toEqual(['looking at standard input (1 of 1)', 'reading standard input (1 of 1)']);
  await input.close();
  await expect(input.read(() => undefined)).rejects.toThrow('ENOENT');
});

it('reads a file as the format that is named', async () => {
  const { counts } = await readBytes(`x\n${text}`, { format: 'api-gateway' });
  expect(counts.formats).toMatchObject([{ format: 'api-gateway', requests: 0, unparsed: 301 }]);
});

it.each([
  ['a file that is not there', ['/nowhere/a.log'], 'there is no such file or folder'],
  ['no log at all', ['-'], 'There is no log to read in -.\n  standard input: it is not a known log'],
])('refuses %s', async (_, paths, message) => {
  const stdin = new PassThrough();
  stdin.end('hello\n');
  await expect(readPaths(paths, { stdin })).rejects.toMatchObject({ name: 'ReportError', message: expect.stringContaining(message) });
});

it('names the option that a log needs', async () => {
  await expect(readBytes(apiLine({ time: '2026-11-25 09:12:44' }))).rejects.toThrow('--timezone');
  const { requests } = await readBytes(apiLine({ time: '2026-11-25 09:12:44' }), { timezone: 'Europe/Berlin' });
  expect(requests).toMatchObject([{ startMs: Date.parse('2026-11-25T08:12:44Z') }]);
});

it('lets an error of the visitor through', async () => {
  const input = await openLogInput([write('a.log', text)], {}, readers);
  const stop = () => {
    throw new TypeError('stop');
  };
  await expect(input.read(stop)).rejects.toThrow(TypeError);
});

it('keeps the copy from other users', async () => {
  const stdin = new PassThrough();
  stdin.end(text);
  const before = new Set(temporaryFolders());
  const input = await openLogInput(['-'], { stdin }, readers);
  const modes = temporaryFolders()
    .filter((name) => !before.has(name))
    .map((name) => statSync(join(tmpdir(), name, 'input')).mode & 0o777);
  await input.close();
  expect(modes).toContain(0o600);
});

const temporaryFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('delegation-report-'));
