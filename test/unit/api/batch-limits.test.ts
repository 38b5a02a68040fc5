/** What a batch accepts of each item is what the submission alone would be accepted with. */
import { maxBodyBytes } from '../../../lambdas/api/request/read-body.ts';
import { maxBatchBytes } from '../../../lambdas/api/routes/submit-batch.ts';
import { memoryApi } from '../../support/memory-api.ts';
import { ScheduleBench } from '../../support/schedule-bench.ts';

interface Results {
  readonly results: readonly {
    readonly status: number;
    readonly job: object | null;
    readonly problem: { readonly code: string; readonly detail: string } | null;
  }[];
}

/** @returns a submission of that many bytes */
function ofBytes(bytes: number, fill = 'x') {
  const submission = (text: string) => ({ type: 'greet', input: { text } });
  const rest = bytes - Buffer.byteLength(JSON.stringify(submission('')));
  return submission(fill.repeat(Math.floor(rest / Buffer.byteLength(fill))) + 'y'.repeat(rest % Buffer.byteLength(fill)));
}

it.each([
  ['letters', maxBodyBytes, 'x', 202],
  ['letters', maxBodyBytes + 1, 'x', 413],
  ['letters of three bytes', maxBodyBytes, '名', 202],
  ['letters of three bytes', maxBodyBytes + 1, '名', 413],
])('a submission in %s of %d bytes is decided in a batch as alone, and the others with it too', async (_, bytes, fill, status) => {
  const submission = ofBytes(bytes, fill);
  expect((await memoryApi(new ScheduleBench()).post('/v1/jobs', submission)).status).toBe(status);
  const bench = new ScheduleBench();
  const { status: ofBatch, body } = await memoryApi(bench).post<Results>('/v1/jobs/batch', { jobs: [submission, ofBytes(100)] });
  expect([ofBatch, body.results.map((one) => one.status)]).toEqual([200, [status, 202]]);
  if (status === 413)
    expect(body.results[0]?.problem).toMatchObject({
      code: 'body-too-large',
      detail: `A submission must be at most 1048576 bytes of JSON, in a batch as alone (was ${bytes}). Put large data in S3 and name it in the input.`,
    });
});

it.each([
  [maxBatchBytes, 200],
  [maxBatchBytes + 1, 413],
])('a batch of %d bytes is answered with %d', async (bytes, status) => {
  const text = JSON.stringify({ jobs: [ofBytes(1_000_000), ofBytes(1_000_000), ofBytes(900_000)] });
  const { body, ...answer } = await memoryApi(new ScheduleBench()).post('/v1/jobs/batch', text.padEnd(bytes));
  expect([answer.status, body['code']]).toEqual([status, status === 413 ? 'body-too-large' : undefined]);
});
