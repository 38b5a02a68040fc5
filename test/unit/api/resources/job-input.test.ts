import { loadInput, redactedText } from '../../../../lambdas/api/resources/job-input.ts';
import type { Job } from '../../../../lambdas/core/job/job.ts';

it('is the very text where nothing is secret', () => {
  const json = '{"a":1.0,"a b":12345678901234567890}';
  expect(redactedText(json, [])).toBe(json);
});

it('hides secrets at any depth, and where they are repeated', () =>
  expect(redactedText('{"rows":[{"token":"s3cret-1","n":1},{"TOKEN":{"a":"s3cret-2"}}],"url":"/?t=s3cret-2"}', ['token'])).toBe(
    '{"rows":[{"token":"[redacted]","n":1},{"TOKEN":"[redacted]"}],"url":"/?t=[redacted]"}',
  ));

it('takes a megabyte with one secret, and refuses in no time one with thousands', () => {
  const rows = (name: string) =>
    JSON.stringify({ password: 'hunter22', rows: Array.from({ length: 20_000 }, (_, i) => ({ [name]: `value ${i} ${'x'.repeat(20)}` })) });
  expect(redactedText(rows('text'), ['password'])).toBe(rows('text').replace('hunter22', '[redacted]'));
  const startedMs = performance.now();
  expect(redactedText(rows('password'), ['password'])).toBeUndefined();
  expect(performance.now() - startedMs).toBeLessThan(20_000);
});

describe('is not shown', () => {
  const job = (json: string) => ({ type: 'work', input: { kind: 'inline', json } }) as Job;
  const nothing = { put: async () => undefined, get: async () => undefined };
  const why = (detail: string) => ({ problem: 'input-not-shown', options: { detail: expect.stringContaining(detail) } });

  it('of a type that is no longer deployed', () =>
    expect(loadInput(job('{"password":"hunter22"}'), undefined, nothing)).rejects.toMatchObject(
      why('The job type work is no longer deployed'),
    ));

  it('when it is no longer in the bucket', () =>
    expect(
      loadInput({ ...job(''), input: { kind: 'stored', key: 'k', sizeBytes: 5_000, sha256: 's' } }, [], nothing),
    ).rejects.toMatchObject(why('no longer in the bucket')));

  it('when it is more than a function may answer, escaped', async () => {
    const quotes = (bytes: number) => JSON.stringify('"'.repeat(bytes));
    await expect(loadInput(job(quotes(1_600_000)), [], nothing)).rejects.toMatchObject(why('more than one answer may have'));
    expect(await loadInput(job(quotes(1_400_000)), [], nothing)).toBe(quotes(1_400_000));
  });
});
