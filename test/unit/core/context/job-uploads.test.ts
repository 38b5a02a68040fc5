import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { type OpenUploadOptions, openUpload } from '../../../../lambdas/core/context/job-uploads.ts';
import { defineJobType } from '../../../../lambdas/core/contract/contract.ts';
import { uploadReference } from '../../../../lambdas/core/contract/upload-reference.ts';
import { Stop } from '../../../../lambdas/core/job/stop.ts';
import { newUploadId, type UploadContent, type UploadReader } from '../../../../lambdas/core/job/upload.ts';
import { testKit } from '../../../../testing/index.ts';
import { contractLimits } from '../../../support/contract-limits.ts';

const bytes = 'a,b\n1,2\n';
const content: UploadContent = {
  sizeBytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('base64'),
  contentType: 'text/csv',
  contentEncoding: undefined,
};
const reference = uploadReference(newUploadId('ann', content, 'token'));
const failing = (after: string) =>
  Readable.from(
    (async function* () {
      yield Buffer.from(after);
      throw new Error('the connection broke');
    })(),
  );

function open(store: Partial<UploadReader>, { uploads = 'read' as const, interrupted = new Stop() } = {}) {
  const session = { job: { owner: 'ann' }, interrupted } as unknown as OpenUploadOptions['session'];
  const whole: UploadReader = {
    describe: async () => ({ ...content, etag: '"1"' }),
    read: async () => Readable.from([Buffer.from(bytes)]),
    ...store,
  };
  return openUpload(reference, { session, contract: { name: 'reader', uploads }, store: whole });
}

describe('an upload', () => {
  it('is read whole, or in parts that end where it ends', async () => {
    const ranges: unknown[] = [];
    const upload = await open({
      read: async (_, { etag, range }) => {
        ranges.push([etag, range]);
        return Readable.from([Buffer.from(bytes).subarray(range?.offset, range && range.offset + range.bytes)]);
      },
    });
    expect(await text(upload.stream())).toBe(bytes);
    expect([await upload.read(4, 100), await upload.read(8, 1)].map(String)).toEqual(['1,2\n', '']);
    expect(ranges).toEqual([
      ['"1"', undefined],
      ['"1"', { offset: 4, bytes: 4 }],
    ]);
  });

  it('that is not there is missing, and one that is another is changed, also between two reads', async () => {
    await expect(open({ describe: async () => undefined })).rejects.toMatchObject({ code: 'upload_missing', retryable: false });
    await expect(open({ describe: async () => ({ ...content, sizeBytes: 9, etag: '"1"' }) })).rejects.toMatchObject({
      code: 'upload_changed',
    });
    const upload = await open({ read: async () => undefined });
    await expect(upload.read(0, 1)).rejects.toMatchObject({ code: 'upload_changed', retryable: false });
  });

  it.each([
    ['ends early', () => Readable.from([Buffer.from(bytes.slice(1))])],
    ['comes with other bytes', () => Readable.from([Buffer.from('a,b\n1,3\n')])],
    ['breaks off', () => failing('a,b')],
  ])('that %s is not taken for the whole', async (_, body) => {
    const upload = await open({ read: async () => body() });
    await expect(text(upload.stream())).rejects.toMatchObject({ code: 'upload_interrupted', retryable: true });
  });

  it('is requested three times where a part breaks off', async () => {
    let reads = 0;
    const upload = await open({ read: async () => (++reads < 3 ? failing('a') : Readable.from([Buffer.from(bytes)])) });
    expect(String(await upload.read(0, 8))).toBe(bytes);
    const broken = await open({ read: async () => failing('a') });
    await expect(broken.read(0, 8)).rejects.toMatchObject({ code: 'upload_interrupted' });
  });

  it('is not read after the signal', async () => {
    const interrupted = new Stop();
    const upload = await open({}, { interrupted });
    interrupted.stop(new Error('cancelled'));
    await expect(text(upload.stream())).rejects.toThrow('cancelled');
  });
});

describe('in the test kit', () => {
  const contract = (uploads?: 'read') =>
    defineJobType({
      ...contractLimits,
      name: 'reader',
      description: 'Reads an upload.',
      input: z.strictObject({ file: z.string() }),
      output: z.strictObject({ text: z.string(), type: z.string() }),
      timeoutSeconds: 30,
      maxAttempts: 2,
      ...(uploads === undefined ? {} : { uploads }),
    });
  const kitOf = (uploads?: 'read') =>
    testKit(contract(uploads), {
      async run({ file }, ctx) {
        const upload = await ctx.openUpload(file);
        return { text: await text(upload.stream()), type: upload.contentType };
      },
    });

  it('a worker reads what was uploaded', async () => {
    const kit = kitOf('read');
    const job = await kit.submit({ file: await kit.upload(bytes, { contentType: 'text/csv' }) });
    await kit.run();
    expect(job.result).toEqual({ text: bytes, type: 'text/csv' });
  });

  it("another owner's upload is refused, and a text that names none", async () => {
    const kit = kitOf('read');
    const file = await kit.upload(bytes, { contentType: 'text/csv', owner: 'bob' });
    await expect(kit.submit({ file })).rejects.toMatchObject({ status: 422 });
    await expect(kit.submit({ file: 'upload://none' })).rejects.toMatchObject({ status: 422 });
  });

  it('a type whose contract does not take uploads gets a text, and cannot open it', async () => {
    const kit = kitOf();
    const job = await kit.submit({ file: reference });
    await kit.run();
    expect(job.error).toMatchObject({ code: 'worker_error', message: expect.stringContaining("uploads: 'read'") });
  });
});
