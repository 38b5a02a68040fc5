import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Client } from '@aws-sdk/client-s3';
import { s3PayloadStore } from '../../lambdas/adapters/s3-payload-store.ts';

/** S3's own words, which the emulators do not say: they never refuse. */
async function answering(status: number, code: string, test: (store: ReturnType<typeof s3PayloadStore>) => Promise<void>): Promise<void> {
  const server = createServer((_, response) =>
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message></Error>`),
  ).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
  try {
    await test(s3PayloadStore(new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 }), 'b'));
  } finally {
    server.close();
  }
}

it.each([
  [404, 'NoSuchKey'],
  [403, 'AccessDenied'], // without the right to list the bucket
])('takes a payload for missing where S3 answers %s %s', (status, code) =>
  answering(status, code, async (store) => expect(await store.get('payloads/x')).toBeUndefined()),
);

it.each([
  [503, 'SlowDown', { name: 'UnavailableError' }],
  [403, 'InvalidAccessKeyId', { name: 'InvalidAccessKeyId' }],
])('does not where it answers %s %s', (status, code, error) =>
  answering(status, code, (store) => expect(store.get('payloads/x')).rejects.toMatchObject(error)),
);
