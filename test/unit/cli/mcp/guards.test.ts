import { CostBudget, usdOf } from '../../../../cli/mcp/cost-budget.ts';
import { readPermissions, readTypes } from '../../../../cli/mcp/mcp-session.ts';
import { submissionInput, submissionOf } from '../../../../cli/mcp/submission-arguments.ts';

const cost = { dynamoDbWriteUnits: 6, sqsRequests: 3, s3Requests: 0, lambdaRequests: 2, lambdaGigabyteSeconds: 0.25 };

it('prices a job as the list prices of us-east-1 do', () =>
  // 6 writes, 3 and 2 requests, a quarter of a gigabyte-second, and the request to the HTTP API.
  expect(usdOf(cost)).toBeCloseTo(6 * 0.625e-6 + 3 * 0.4e-6 + 2 * 0.2e-6 + 0.25 * 0.0000133334 + 1e-6, 12));

it('gives out no more than its limit, and what was given back again', () => {
  const budget = new CostBudget(1);
  expect([budget.take(0.6), budget.take(0.6), budget.take(0.4), budget.take(0.1)]).toEqual([true, false, true, false]);
  budget.giveBack(0.4);
  expect([budget.spentUsd, budget.take(0.4)]).toEqual([0.6, true]);
});

it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('has no limit of %d', (max) =>
  expect(() => new CostBudget(max)).toThrow('positive number'),
);

it('reads what is allowed, and names what cannot be', () => {
  expect([...readPermissions(['submit', 'cancel'])]).toEqual(['submit', 'cancel']);
  expect(() => readPermissions(['submit', ''])).toThrow('it was ""');
  expect([readTypes(undefined), [...(readTypes(['run-query']) ?? [])]]).toEqual([undefined, ['run-query']]);
  expect(() => readTypes(['run query'])).toThrow('it was "run query"');
});

const submission = (args: object) => submissionOf(submissionInput.parse({ type: 'say', ...args }));

it('derives the key from everything that is sent, and from nothing else', () => {
  const { key } = submission({ input: { a: 1, b: [1, 2] } });
  expect(key).toMatch(/^mcp-[A-Za-z0-9_-]{43}$/);
  expect(submission({ inputJson: ' {"b":[1,2],"a":1} ', dryRun: true }).key).toBe(key);
  const others = [
    { input: { a: 1, b: [2, 1] } },
    { input: { a: '1', b: [1, 2] } },
    { input: { a: 1, b: [1, 2] }, tags: { a: 'b' } },
    { input: { a: 1, b: [1, 2] }, type: 'sing' },
  ];
  expect(new Set([key, ...others.map((args) => submission(args).key)]).size).toBe(5);
  expect(submission({ inputJson: '{"n":9007199254740993}' }).key).not.toBe(submission({ inputJson: '{"n":9007199254740992}' }).key);
  expect(submission({ input: {}, idempotencyKey: 'mine' }).key).toBe('mine');
});

it('sends only what was given', () =>
  expect(submission({ input: { a: 1 }, delaySeconds: 3 }).body).toEqual({ type: 'say', input: { a: 1 }, delaySeconds: 3 }));

it.each([
  [{}, 'either input or inputJson'],
  [{ input: {}, inputJson: '{}' }, 'either input or inputJson'],
  [{ inputJson: '{' }, 'inputJson must be JSON'],
  [{ input: { a: { b: [2 ** 53] } } }, 'input/a/b/0'],
])('refuses the input of %j', (args, message) => expect(() => submission(args)).toThrow(message));
