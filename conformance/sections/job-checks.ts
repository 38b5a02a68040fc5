/** The job resource. */
import * as z from 'zod';
import { jobIn, jobShape, type LooseJob, shaped } from '../answer-shapes.ts';
import { expectSame, expectStatus, expectThat, type Section } from '../contract-check.ts';

/** The reasons for which a job rests. @see the glossary's word `reason` */
const reasonCodes = [
  'waiting_for_worker',
  'scheduled',
  'backing_off',
  'sleeping',
  'waiting_for_capacity',
  'waiting_for_signal',
  'waiting_for_child',
  'waiting_for_job',
  'waiting_for_key',
  'cleaning_up',
  'paused',
  'quota',
];

const hasOutcome = (job: LooseJob) => [job.result !== null || job.links.result !== null, job.error !== null];
const events = (job: LooseJob) =>
  z
    .array(z.looseObject({ event: z.string() }))
    .parse(job['timeline'])
    .map(({ event }) => event);

export const job: Section = {
  title: 'Job',
  checks: [
    {
      name: 'members',
      says: 'Every member is there in each status, null where it says nothing; times are ISO 8601 in UTC with milliseconds.',
      standard: 'RFC 3339 5.6',
      async run(session) {
        const jobs = await Promise.all([session.scheduled(), session.succeeded(), session.cancelled()]);
        for (const { links } of jobs) shaped(expectStatus(await session.caller.get(links.self), 200), jobShape);
      },
    },
    {
      name: 'parent',
      says: 'parent names the job that submitted this one, or is null.',
      standard: 'Delegation',
      run: async (session) => expectSame((await session.scheduled())['parent'], null, 'parent of a job that a caller submitted'),
    },
    {
      name: 'same-everywhere',
      says: 'The job is the same in the answer to its submission, at its address, and in lists.',
      standard: 'Delegation',
      async run(session) {
        const accepted = expectStatus(await session.submitForLater(), 202);
        const { id, links } = jobIn(accepted);
        const shown = await session.caller.get(links.self);
        expectSame(shown.json, accepted.json, 'The job at its address', shown);
        const list = await session.caller.get(`/v1/jobs?tag=conformance:${session.tag}&limit=100`);
        const { jobs } = list.json as { jobs: readonly LooseJob[] };
        expectSame(
          jobs.find((one) => one.id === id),
          accepted.json,
          'The job in the list',
          list,
        );
      },
    },
    {
      name: 'outcome-before-the-end',
      says: 'Before the end there is neither a result nor an error.',
      standard: 'Delegation',
      run: async (session) => expectSame(hasOutcome(await session.scheduled()), [false, false], 'Whether it has a result, an error'),
    },
    {
      name: 'outcome-succeeded',
      says: 'A job that succeeded has a result, or a link to it, and no error.',
      standard: 'Delegation',
      run: async (session) => expectSame(hasOutcome(await session.succeeded()), [true, false], 'Whether it has a result, an error'),
    },
    {
      name: 'outcome-failed',
      says: 'A job that failed has an error with code, message and retryable, and no result.',
      standard: 'Delegation',
      async run(session) {
        const failed = await session.failed();
        expectSame(hasOutcome(failed), [false, true], 'Whether it has a result, an error');
        const { code, message, retryable } = failed.error as Readonly<Record<string, unknown>>;
        expectSame([typeof code, typeof message, typeof retryable], ['string', 'string', 'boolean'], 'Kinds of code, message, retryable');
      },
    },
    {
      name: 'outcome-cancelled',
      says: 'A job that was cancelled has neither.',
      standard: 'Delegation',
      run: async (session) => expectSame(hasOutcome(await session.cancelled()), [false, false], 'Whether it has a result, an error'),
    },
    {
      name: 'reason',
      says: 'reason says why a job rests, and until when; it is null once the job has ended.',
      standard: 'Delegation',
      async run(session) {
        const scheduled = await session.scheduled();
        const reason = scheduled['reason'] as { code?: string; until?: string } | null;
        expectThat(reasonCodes.includes(reason?.code ?? ''), `reason.code must be one of ${reasonCodes.join(', ')} (was ${reason?.code}).`);
        expectThat(Date.parse(reason?.until ?? '') > Date.now(), `reason.until must be in the future (was ${reason?.until}).`);
        for (const ended of [await session.succeeded(), await session.cancelled()])
          expectSame(ended['reason'], null, 'reason after the end');
      },
    },
    {
      name: 'times',
      says: 'createdAt, startedAt and finishedAt are in this order, and expiresAt is set when the job ends.',
      standard: 'Delegation',
      async run(session) {
        const ended = await session.succeeded();
        const times = ['createdAt', 'startedAt', 'finishedAt', 'expiresAt'].map((name) => String(ended[name]));
        expectSame(times, times.toSorted(), 'The times in their order');
        const scheduled = await session.scheduled();
        expectSame([scheduled['startedAt'], scheduled['finishedAt'], scheduled['expiresAt']], [null, null, null], 'Times before the start');
      },
    },
    {
      name: 'timeline',
      says: 'The timeline begins with the acceptance and ends with the final status.',
      standard: 'Delegation',
      async run(session) {
        const of = async (one: Promise<LooseJob>) => [events(await one)[0], events(await one).at(-1)];
        expectSame(await of(session.scheduled()), ['scheduled', 'scheduled'], 'First and last event of a scheduled job');
        expectSame(await of(session.succeeded()), ['queued', 'succeeded'], 'First and last event of a job that succeeded');
        expectSame(await of(session.cancelled()), ['scheduled', 'cancelled'], 'First and last event of a cancelled job');
      },
    },
    {
      name: 'cost',
      says: 'cost is what the job has used, in the units that AWS bills.',
      standard: 'Delegation',
      async run(session) {
        const { cost } = await session.succeeded();
        expectThat(typeof cost === 'object' && cost !== null, `cost of a job that ended must be an object (was ${JSON.stringify(cost)}).`);
      },
    },
    {
      name: 'links',
      says: 'links lead to what they name, and are null where there is nothing.',
      standard: 'RFC 8288',
      async run(session) {
        const [ended, scheduled] = [await session.succeeded(), await session.scheduled()];
        expectStatus(await session.caller.get(ended.links.self), 200);
        expectStatus(await session.caller.get(ended.links.result ?? ''), 200, 303);
        expectSame([ended.links.cancel, scheduled.links.result], [null, null], 'cancel after the end, result before');
        expectSame(scheduled.links.cancel, `/v1/jobs/${scheduled.id}/cancel`, 'links.cancel');
      },
    },
  ],
};
