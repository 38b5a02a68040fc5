import { S3ServiceException } from '@aws-sdk/client-s3';
import { PermanentError } from '../../../lambdas/core/contract/errors.ts';
import { sourceFailure, sourceInterrupted } from '../../../lambdas/jobs/source-failure.ts';

const object = 's3://lake/days/1.csv';
const refusal = (httpStatusCode: number, name: string, message = 'as S3 says it') =>
  new S3ServiceException({ name, message, $fault: httpStatusCode < 500 ? 'client' : 'server', $metadata: { httpStatusCode } });

it.each([
  [403, 'AccessDenied', false, 'source_access_denied', false],
  [403, 'AccessDenied', true, 'source_access_denied', false],
  [404, 'NoSuchKey', false, 'source_not_found', false],
  [404, 'NotFound', false, 'source_not_found', false],
  [404, 'NoSuchBucket', false, 'source_not_found', false],
  [404, 'NoSuchKey', true, 'source_changed', true],
  [412, 'PreconditionFailed', true, 'source_changed', true],
  [400, 'KMS.DisabledException', false, 'source_key_denied', false],
])('S3’s refusal %s %s of a source (seen before: %s) is %s, retryable: %s', (status, name, wasSeen, code, retryable) => {
  const error = refusal(status, name);
  expect(sourceFailure(error, { object, source: 't', wasSeen })).toMatchObject({
    code,
    retryable,
    cause: error,
    details: { object, source: 't', awsCode: name, awsMessage: 'as S3 says it' },
  });
});

it.each([
  [403, 'AccessDenied', `${object} may not be read, or does not exist: as S3 says it.`],
  [404, 'NoSuchKey', `The source was not found: there is no object ${object}.`],
  [404, 'NoSuchBucket', 'The source was not found: there is no such bucket.'],
  [412, 'PreconditionFailed', `${object} changed while it was read.`],
])('S3’s refusal %s %s of a source without a name reads as a sentence', (status, name, message) =>
  expect(sourceFailure(refusal(status, name), { object })).toMatchObject({ message }),
);

it.each([
  ['a throttled call', refusal(503, 'SlowDown')],
  ['a throttled call, though its message is about a key', refusal(503, 'KMS.ThrottlingException', 'The KMS key is busy')],
  ['a request that came too late', refusal(400, 'RequestTimeout')],
  ['a refusal with a code of its own', refusal(400, 'InvalidRequest')],
  ['an error of the job', new PermanentError('no', { code: 'source_in_other_region' })],
  ['an aborted call', Object.assign(new Error('Request aborted'), { name: 'AbortError' })],
])('%s of a source is left as it is', (_name, error) => expect(sourceFailure(error, { object, wasSeen: true })).toBe(error));

it('a transfer that broke off is tried again', () =>
  expect(sourceInterrupted({ object, source: 't' })).toMatchObject({
    code: 'source_interrupted',
    retryable: true,
    message: `${object} of the source t ended before all of it was read.`,
  }));
