import * as z from 'zod';
import { defineJobType, type JobTypeContract } from '../../../../lambdas/core/contract/contract.ts';

const valid = {
  name: 'send-greeting',
  description: 'Says hello.',
  version: 1,
  input: z.strictObject({}),
  output: z.strictObject({}),
  timeoutSeconds: 30,
  deadline: { hours: 1 },
  maxAttempts: 5,
  backoff: { baseMs: 1_000, capMs: 60_000 },
  typicalSeconds: 1,
  concurrency: 5,
  batchSize: 10,
  memoryMiB: 256,
  permissions: () => [],
} satisfies JobTypeContract;

it('accepts a contract whose members are in range, and returns it unchanged', () => expect(defineJobType(valid)).toBe(valid));

it.each<[string, object]>([
  ['timeoutSeconds', { timeoutSeconds: 5 }],
  ['timeoutSeconds', { timeoutSeconds: 901 }],
  ['timeoutSeconds', { timeoutSeconds: Number.NaN }],
  ['batchSize', { batchSize: 20 }],
  ['deadline', { deadline: {} }],
  ['deadline', { deadline: { milliseconds: 5 } }],
  ['deadline', { deadline: { days: 400 } }],
  ['name', { name: 'Bad Name' }],
  ['maxAttempts', { maxAttempts: 0 }],
  ['maxAttempts', { maxAttempts: 2.5 }],
  ['backoff.baseMs', { backoff: { baseMs: -5, capMs: 1 } }],
  ['backoff', { backoff: { baseMs: 5, capMs: 1 } }],
  ['concurrency', { concurrency: 1 }],
  ['memoryMiB', { memoryMiB: 64 }],
  ['version', { version: 0 }],
  ['typicalSeconds', { typicalSeconds: 0 }],
  ['input', { input: {} }],
  ['permissions', { permissions: [] }],
  ['keys.limit', { keys: { limit: 0 } }],
  ['keys.limit', { keys: { limit: 101 } }],
  ['keys.limit', { keys: { limit: 1.5 } }],
  ['keys', { keys: 1 }],
  ['keys.of', { keys: { limit: 1, of: 'account' } }],
  ['priorities', { priorities: true }],
  ['priorities', { priorities: 'high', keys: { limit: 1 } }],
  ['signals.two words', { signals: { 'two words': z.unknown() } }],
  ['signals.a#1', { signals: { 'a#1': z.unknown() } }],
  [`signals.${'s'.repeat(65)}`, { signals: { ['s'.repeat(65)]: z.unknown() } }],
  ['signals.approve', { signals: { approve: { type: 'object' } } }],
])('a contract with a wrong %s throws when it is defined: %j', (member, change) =>
  expect(() => defineJobType({ ...valid, ...change } as JobTypeContract)).toThrow(member),
);

it('accepts signals by name', () =>
  expect(() =>
    defineJobType({ ...valid, signals: { approve: z.strictObject({}), 'a-1_B': z.unknown(), ['s'.repeat(64)]: z.null() } }),
  ).not.toThrow());

it('reports all members of a contract that are out of range at once', () =>
  expect(() => defineJobType({ ...valid, batchSize: 0, concurrency: 1 })).toThrow(/concurrency.*\n.*batchSize/));
