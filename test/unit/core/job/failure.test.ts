import { PermanentError, RetryableError } from '../../../../lambdas/core/contract/errors.ts';
import { describeFailure } from '../../../../lambdas/core/job/failure.ts';

const serviceError = (name: string, fault: 'client' | 'server', httpStatusCode: number, more: object = {}) =>
  Object.assign(new Error('said AWS'), { name, $fault: fault, $metadata: { httpStatusCode }, ...more });

it.each([
  ['ThrottlingException', serviceError('ThrottlingException', 'client', 400), true],
  ['ProvisionedThroughputExceededException', serviceError('ProvisionedThroughputExceededException', 'client', 400), true],
  ['InternalServerError', serviceError('InternalServerError', 'server', 500), true],
  ['a 503', serviceError('Unusual', 'client', 503), true],
  ['what the SDK marks retryable', serviceError('Odd', 'client', 400, { $retryable: {} }), true],
  ["S3's RequestTimeout", serviceError('RequestTimeout', 'client', 400), true],
  ['an unreachable network', serviceError('Error', 'client', 0, { code: 'ENETUNREACH' }), true],
  ['a broken connection', serviceError('Error', 'client', 0, { code: 'ECONNRESET' }), true],
  ['AccessDeniedException', serviceError('AccessDeniedException', 'client', 400), false],
  ['ValidationException', serviceError('ValidationException', 'client', 400), false],
] as const)('judges AWS errors by their own metadata: %s is retryable: %s', (_name, error, retryable) => {
  expect(describeFailure(error).error).toMatchObject({ code: error.name, message: 'said AWS', retryable });
});

it('takes code, details and wait from the errors that a worker throws', () => {
  expect(describeFailure(new PermanentError('no', { code: 'nope', details: { a: 1 } })).error).toEqual({
    code: 'nope',
    message: 'no',
    retryable: false,
    details: { a: 1 },
  });
  expect(describeFailure(new RetryableError('later', { after: { minutes: 2 } }))).toEqual({
    error: { code: 'worker_error', message: 'later', retryable: true },
    afterMs: 120_000,
  });
});

it('omits details that are too deep or too large, and says so', () => {
  const details = (of: object) => describeFailure(new PermanentError('no', { code: 'x', details: { of } })).error.details;
  expect(details(JSON.parse(`${'['.repeat(99)}${']'.repeat(99)}`))).not.toHaveProperty('omitted');
  expect(details(JSON.parse(`${'['.repeat(2_300)}${']'.repeat(2_300)}`))).toEqual({ omitted: 'details must be at most 100 levels deep' });
  expect(details(['x'.repeat(16_384)])).toEqual({ omitted: 'details must be at most 16384 bytes of JSON' });
});

it('retries an unknown error', () => {
  expect(describeFailure(new TypeError('x is undefined')).error).toEqual({
    code: 'worker_error',
    message: 'x is undefined',
    retryable: true,
  });
  expect(describeFailure('a string').error.retryable).toBe(true);
});
