import fc from 'fast-check';
import * as z from 'zod';
import { ProblemError, type ProblemOptions, problemResponse } from '../../../../lambdas/api/problem.ts';
import { parseSubmission } from '../../../../lambdas/api/request/submission.ts';
import { defineJobType } from '../../../../lambdas/core/contract/contract.ts';
import type { Settings } from '../../../../lambdas/core/contract/runtime-settings.ts';

const contract = defineJobType({
  name: 'work',
  description: 'Takes rows.',
  version: 1,
  input: z.strictObject({
    rows: z.array(z.record(z.string(), z.union([z.string(), z.int()]))).optional(),
    form: z.union([z.strictObject({ a: z.string(), b: z.string(), c: z.string() }), z.strictObject({ url: z.string() })]).optional(),
  }),
  output: z.null(),
  timeoutSeconds: 30,
  deadline: { hours: 1 },
  maxAttempts: 1,
  backoff: { baseMs: 1, capMs: 1 },
  typicalSeconds: 1,
  concurrency: 2,
  batchSize: 1,
  memoryMiB: 256,
  permissions: () => [],
});
const nowMs = Date.UTC(2026, 10, 25);
function accept(body: unknown) {
  const submission = parseSubmission(body, 'owner', { catalogue: [contract], settings: {} as Settings, webhookFault: undefined }, nowMs);
  if (submission instanceof ProblemError) throw submission;
  return submission;
}

function refusal(body: unknown): ProblemOptions {
  try {
    accept(body);
  } catch (error) {
    if (error instanceof ProblemError) return error.options;
    throw error;
  }
  throw new Error('accepted');
}
const pointers = (body: unknown) => refusal(body).errors?.map(({ pointer }) => pointer);

describe('faults', () => {
  const many = Object.fromEntries(Array.from({ length: 120_000 }, (_, i) => [`k${i}`, 1]));

  it.each([
    ['unknown members', { type: 'work', input: {}, ...many }],
    ['unknown members of the input', { type: 'work', input: many }],
    ['wrong values', { type: 'work', input: { rows: Array.from({ length: 120_000 }, () => 1) } }],
    ['wrong values within', { type: 'work', input: { rows: [Object.fromEntries(Object.keys(many).map((name) => [name, true]))] } }],
    ['half characters', { type: 'work', input: { rows: [Object.fromEntries(Object.keys(many).map((name) => [name, '\ud800']))] } }],
    ['tags', { type: 'work', input: {}, tags: many }],
  ])('are counted, and a hundred of them named: %s', (_, body) => {
    const { detail, errors } = refusal(body);
    expect(errors).toHaveLength(100);
    expect(detail).toMatch(/^The submission has 12\d{4} violations; the first 100 are in errors\.$/);
  });

  it.each([
    ['a name of a megabyte', { type: 'work', input: {}, ['é"'.repeat(300_000)]: 1 }],
    [
      'a hundred names of 10 KB',
      { type: 'work', input: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${'"é'.repeat(5_000)}${i}`, 1])) },
    ],
    ['faults below a long name', { type: 'work', input: { rows: [{ ['x'.repeat(900_000)]: null }] } }],
    ['a long type', { type: 'é'.repeat(500_000), input: {} }],
    ['a long time', { type: 'work', input: {}, startAt: '2'.repeat(1_000_000) }],
  ])('fit into an answer: %s', async (_, body) => {
    const answer = await problemResponse('invalid-submission', refusal(body), {
      path: '/v1/jobs',
      origin: 'https://api.example.com',
    }).text();
    expect(Buffer.byteLength(answer)).toBeLessThan(300_000);
  });

  it('point to what is around a fault whose own pointer would be too long', () =>
    expect(pointers({ type: 'work', input: { rows: [{ ['x'.repeat(2_000)]: null }] } })).toEqual(['#/input/rows/0']));

  it('are those of the nearest form', () => expect(pointers({ type: 'work', input: { form: { url: 1 } } })).toEqual(['#/input/form/url']));
});

describe('half of a surrogate pair', () => {
  it.each([
    [{ type: 'work', input: { rows: [{ a: 'x\ud800' }] } }, '#/input/rows/0/a'],
    [{ type: 'work', input: { rows: [{ '\udc00': 1 }] } }, '#/input/rows/0'],
    [{ type: 'work', input: {}, tags: { team: '\ud83e' } }, '#/tags/team'],
    [{ type: '\ud83e', input: {} }, '#/type'],
  ])('is refused in %j', (body, pointer) => expect(pointers(body)).toContain(pointer));

  it('is distinguished from a whole pair', () =>
    expect(accept({ type: 'work', input: { rows: [{ '🦁': '🦁' }] } }).input).toEqual({ rows: [{ '🦁': '🦁' }] }));

  it('never breaks an answer, wherever it is', () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), { minKeys: 1 }), (members) => {
        const { detail, errors } = refusal({ type: 'work', input: members });
        expect(JSON.stringify({ detail, errors }).isWellFormed()).toBe(true);
        expect(JSON.stringify({ detail, errors })).not.toMatch(/\\ud[89a-f]/i);
      }),
    ));
});

describe('times', () => {
  const at = (days: number) => new Date(nowMs + days * 86_400_000).toISOString();

  it('say what they lack', () =>
    expect(refusal({ type: 'work', input: {}, startAt: '2026-12-01T06:00:00', deadline: '2026-12-01' }).errors).toEqual([
      { pointer: '#/startAt', detail: expect.stringContaining('must have an offset') },
      { pointer: '#/deadline', detail: expect.stringContaining('must have a time') },
    ]));

  it.each([
    [{ deadline: '9999-12-31T23:59:59Z' }, ['#/deadline']],
    [{ deadline: at(367) }, ['#/deadline']],
    [{ startAt: at(300), deadline: at(667) }, ['#/deadline']],
    [{ delaySeconds: 86_400, deadline: at(368) }, ['#/deadline']],
    [{ startAt: '1970-01-01T00:00:00Z', deadline: at(367) }, ['#/deadline']],
    [{ deadline: at(0) }, ['#/deadline']],
    [{ startAt: at(367) }, ['#/startAt']],
  ])('are bounded: %j', (times, faults) => expect(pointers({ type: 'work', input: {}, ...times })).toEqual(faults));

  it.each([{ deadline: at(366) }, { startAt: at(300), deadline: at(666) }, { startAt: '1970-01-01T00:00:00Z', deadline: at(366) }])(
    'reach a year behind the start: %j',
    (times) => expect(accept({ type: 'work', input: {}, ...times }).deadlineMs).toBe(Date.parse(times.deadline)),
  );
});
