/** Serves one file as an object in S3, for `read.ts`: GetObject and HeadObject only, in a separate process, so that it takes no time from the reader's. */
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const [path = ''] = process.argv.slice(2);
const { size } = statSync(path);

const server = createServer(({ method, headers }, response) => {
  const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  const [start, end] = [Number(from), to === '' ? size - 1 : Math.min(Number(to), size - 1)];
  const range = headers.range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${size}` };
  response.writeHead(headers.range === undefined ? 200 : 206, {
    'content-length': end - start + 1,
    etag: '"1"',
    'accept-ranges': 'bytes',
    ...range,
  });
  if (method === 'HEAD') response.end();
  else createReadStream(path, { start, end, highWaterMark: 1 << 18 }).pipe(response);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`));
process.stdin.resume().on('end', () => process.exit(0)); // dies with what started it
