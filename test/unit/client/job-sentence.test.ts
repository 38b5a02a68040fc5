import { describeJob } from '../../../client/job-sentence.ts';
import { reasonSchema } from '../../../lambdas/api/openapi/resource-schemas.ts';

const nowMs = Date.parse('2026-11-26T12:00:00Z');
const job = {
  status: 'waiting',
  reason: null,
  progress: null,
  error: null,
  startedAt: null,
  finishedAt: null,
  attempt: 1,
  maxAttempts: 3,
} as const;

it.each([
  [
    { ...job, reason: { code: 'sleeping', detail: null, until: '2026-11-26T12:05:00Z' } },
    'It sleeps, as its code asked, and goes on in 5 min.',
  ],
  [{ ...job, reason: { code: 'paused', detail: 'maintenance.', until: null } }, 'It is held back, since its type is paused (maintenance).'],
  [
    { ...job, reason: { code: 'waiting_for_signal', detail: 'approval', until: '2026-11-27T12:00:00Z' } },
    'It waits for a signal from a person or another system (approval), at most until 2026-11-27T12:00:00Z (in 1 d).',
  ],
  [
    { ...job, reason: { code: 'backing_off', detail: null, until: '2026-11-26T11:59:59Z' } },
    'It waits before its next attempt, since the last one failed, and goes on any moment.',
  ],
  [{ ...job, reason: { code: 'of_a_newer_service', detail: null, until: null } }, 'It is waiting (of_a_newer_service).'],
  [
    { ...job, status: 'running', startedAt: '2026-11-26T11:59:00Z', attempt: 2, progress: { fraction: 0.456, message: '456 rows' } },
    'It runs, started 1 min ago, attempt 2 of 3: 45 %, 456 rows.',
  ],
  [
    { ...job, status: 'succeeded', startedAt: '2026-11-26T11:00:00Z', finishedAt: '2026-11-26T11:30:00Z' },
    'It succeeded 30 min ago, after 30 min.',
  ],
  [
    {
      ...job,
      status: 'failed',
      finishedAt: '2026-11-26T11:00:00Z',
      error: { code: 'no_rows', message: 'There are none.', retryable: false },
    },
    'It failed 1 h ago with no_rows: There are none.',
  ],
  [{ ...job, status: 'cancelled', finishedAt: '2026-11-26T11:00:00Z' }, 'It was cancelled 1 h ago.'],
] as const)('describes %j', (shown, sentence) => expect(describeJob(shown, nowMs)).toBe(sentence));

it('has words of its own for each reason that the API gives', () => {
  for (const code of reasonSchema.shape.code.options)
    expect(describeJob({ ...job, reason: { code, detail: null, until: null } }, nowMs)).not.toContain(`(${code})`);
});
