/** Worker code throws, logs and hands over anything; reading it never fails. */
import fc from 'fast-check';
import { failureJson, rebuildFailure } from '../../../lambdas/core/context/remembered-failure.ts';
import { PermanentError } from '../../../lambdas/core/contract/errors.ts';
import { errorText } from '../../../lambdas/core/job/error-text.ts';
import { describeFailure, isTransient } from '../../../lambdas/core/job/failure.ts';
import { loggable } from '../../../lambdas/core/job/loggable.ts';

/** Values of every kind, and errors whose members are such values; some refuse to be read. */
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withTypedArray: true,
  withSparseArray: true,
  withObjectString: true,
});
const throwing = fc
  .record({
    value: anything,
    member: fc.constantFrom('message', 'name', 'code', 'cause', 'stack', 'toJSON', 'details', 'after', 'errors'),
  })
  .map(({ value, member }) => {
    const error = new Error('original');
    Object.defineProperty(error, member, { value, enumerable: true, configurable: true });
    return error;
  });
const refusing = fc.constantFrom('message', 'name', 'code', 'cause', 'stack', 'toJSON', 'errors').map((member) => {
  const error = new Error('original');
  Object.defineProperty(error, member, {
    enumerable: true,
    get() {
      throw new Error('refused');
    },
  });
  return error;
});
const cyclic = anything.map((value) => {
  const error = new Error('cycle', {});
  (error as { cause?: unknown }).cause = error;
  return Object.assign(error, { value, self: error });
});
const hostile = fc.constant(
  new Proxy(new Error('proxy'), {
    get: () => {
      throw new Error('no');
    },
    ownKeys: () => {
      throw new Error('no');
    },
    getPrototypeOf: () => {
      throw new Error('no');
    },
  }),
);
/** Behind a function, since what refuses to be read cannot be shown by a failing test either. */
const thrown = fc.oneof(anything, throwing, refusing, cyclic, hostile).map((value) => () => value);

it('every thrown value makes an error of texts that JSON and a record can hold', () =>
  fc.assert(
    fc.property(thrown, (get) => {
      const value = get();
      const { error, afterMs } = describeFailure(value);
      expect([typeof error.code, typeof error.message, typeof error.retryable]).toEqual(['string', 'string', 'boolean']);
      expect(error.message.length).toBeLessThanOrEqual(2_000);
      expect([error.code.isWellFormed(), error.message.isWellFormed()]).toEqual([true, true]);
      expect(afterMs === undefined || Number.isFinite(afterMs)).toBe(true);
      expect(typeof isTransient(value)).toBe('boolean');
      expect(errorText(value)).not.toBe('');
      expect(() => JSON.stringify(error)).not.toThrow();
    }),
    { numRuns: 2_000 },
  ));

it('every value can be logged', () =>
  fc.assert(
    fc.property(thrown, (get) => {
      const value = get();
      expect(() => JSON.stringify(loggable(value))).not.toThrow();
    }),
    { numRuns: 2_000 },
  ));

it('a remembered failure is the same each time it is rebuilt, and means the same for the job', () =>
  fc.assert(
    fc.property(
      fc.oneof(anything, throwing, refusing, hostile).map((value) => () => value),
      (get) => {
        const value = get();
        const json = failureJson(value);
        const rebuilt = rebuildFailure(json);
        expect(failureJson(rebuilt)).toBe(failureJson(rebuildFailure(failureJson(rebuilt))));
        expect(describeFailure(rebuilt).error.retryable).toBe(describeFailure(value).error.retryable);
      },
    ),
    { numRuns: 2_000 },
  ));

it('an error of an AWS SDK keeps what says whether it may pass', () => {
  const sdkError = (name: string, status: number) =>
    Object.assign(new Error('no'), {
      name,
      $fault: status < 500 ? 'client' : 'server',
      $metadata: { httpStatusCode: status },
      $response: { huge: true },
    });
  for (const error of [sdkError('ThrottlingException', 400), sdkError('InternalError', 500), sdkError('ValidationException', 400)]) {
    const rebuilt = rebuildFailure(failureJson(error));
    expect(describeFailure(rebuilt)).toEqual(describeFailure(error));
    expect(rebuilt).not.toHaveProperty('$response');
  }
});

it('errors that hold each other make a short text and a small record', () => {
  const parts: unknown[] = [];
  const circular = new AggregateError([], 'circular');
  parts.push(...Array(8).fill(circular));
  (circular as { errors: unknown[] }).errors = parts;
  expect(errorText(circular).length).toBeLessThan(2_000);
  expect(failureJson(circular).length).toBeLessThan(20_000);
});

it('large members of a remembered failure do not take its code with them', () => {
  const error = new PermanentError('declined', { code: 'payment_declined', details: { receipt: 'x'.repeat(20_000) } });
  expect(describeFailure(rebuildFailure(failureJson(error))).error).toEqual({
    code: 'payment_declined',
    message: 'declined',
    retryable: false,
    details: { omitted: expect.stringContaining('bytes') },
  });
});

it('a list of ten million numbers is logged up to its bound', () => {
  const logged = loggable({ list: new Array(10_000_000).fill(1) }) as { list: unknown[] };
  expect(logged.list.length).toBeLessThan(10_100);
});
