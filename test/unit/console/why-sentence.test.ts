import { shortWhy, whyOf } from '../../../console/words/why-sentence.ts';
import type { JobResource } from '../../../lambdas/api/openapi/resource-schemas.ts';
import { reasonSchema } from '../../../lambdas/api/openapi/resource-schemas.ts';

const nowMs = Date.parse('2026-12-01T12:00:00Z');
const base = {
  type: 'run-query',
  status: 'waiting',
  reason: null,
  progress: null,
  error: null,
  attempt: 1,
  maxAttempts: 3,
  notBefore: '2026-12-01T13:00:00.000Z',
  startedAt: '2026-12-01T11:59:00.000Z',
  finishedAt: null,
  cancelRequestedAt: null,
  concurrencyKey: null,
  retriedBy: null,
  timeline: [],
  links: { retry: null },
} as unknown as JobResource;
const job = (more: Partial<JobResource>): JobResource => ({ ...base, ...more });
const why = (more: Partial<JobResource>) => whyOf(job(more), nowMs);

it.each(reasonSchema.shape.code.options)('has a sentence and a remedy for the reason %s', (code) => {
  const { sentence, detail, until, remedy } = why({ reason: { code, detail: 'because', until: '2026-12-01T12:05:00.000Z' } });
  expect(sentence).toMatch(/^(Its?|The|Attempt) .*\.$/);
  expect(sentence).not.toContain('_');
  expect([detail, until]).toEqual(['because', '2026-12-01T12:05:00.000Z']);
  expect(remedy).not.toBeNull();
});

it('shows a reason of a later version by its code', () =>
  expect(why({ reason: { code: 'moon_phase', detail: null, until: null } as unknown as JobResource['reason'] }).sentence).toBe(
    'It is waiting: moon phase.',
  ));

it('says how long a worker has been running it', () =>
  expect(why({ status: 'running', attempt: 2 }).sentence).toBe('A worker has been running it for 1 min, in attempt 2 of 3.'));

it('offers no second cancel', () =>
  expect(why({ status: 'running', cancelRequestedAt: '2026-12-01T11:59:30.000Z' })).toMatchObject({
    sentence: 'It was asked to stop, and its worker has yet to do so.',
    remedy: null,
  }));

it('says when a scheduled job starts', () =>
  expect(why({ status: 'scheduled' })).toMatchObject({ until: base.notBefore, next: 'It starts', remedy: 'cancel' }));

const failed = {
  status: 'failed',
  finishedAt: '2026-12-01T12:00:00.000Z',
  error: { code: 'no_room', message: 'Full.', retryable: true },
} as const;

it.each([
  [{ links: { ...base.links, retry: '/v1/jobs/job_1/retry' } }, 'retry'],
  [{ retriedBy: 'job_2' }, 'retried'],
  [{}, 'again'],
] as const)('leads from a failure with %j to %s', (more, remedy) =>
  expect(why({ ...failed, ...more })).toMatchObject({ sentence: 'It failed with no_room after 1 min.', detail: 'Full.', remedy }),
);

it('says who cancelled, and why', () =>
  expect(
    why({
      status: 'cancelled',
      startedAt: null,
      timeline: [{ at: '2026-12-01T11:59:30.000Z', event: 'cancel_requested', by: 'ann', detail: 'Too late.' }],
    }),
  ).toMatchObject({ sentence: 'It was cancelled by ann before it had started.', detail: 'Too late.' }));

it('has a few words for a row', () => {
  expect(shortWhy(job({ ...failed }))).toBe('no_room');
  expect(shortWhy(job({ reason: { code: 'waiting_for_signal', detail: null, until: null } }))).toBe('waiting for signal');
  expect(shortWhy(job({ status: 'succeeded' }))).toBe('');
});
