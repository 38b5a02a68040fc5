/** Recurring jobs. */

import { expectProblem } from '../answer-shapes.ts';
import type { Session } from '../check-session.ts';
import { expectSame, expectStatus, expectThat, type Section } from '../contract-check.ts';

const firstOfJanuary = { cron: '0 3 1 1 *', timeZone: 'Europe/Berlin' };

const nameOf = (session: Session, kind: string) => `conformance-${kind}-${session.tag.slice(-12)}`;
const pathOf = (session: Session, kind: string) => `/v1/schedules/${nameOf(session, kind)}`;

/** A schedule that fires on the first of January only, so that a check starts nothing. */
function schedule({ subject }: Session, members: object = {}) {
  return { job: { type: subject.type, input: subject.input }, ...firstOfJanuary, ...members };
}

/** Makes a schedule, and takes it away after the work. */
async function withSchedule(session: Session, kind: string, work: (path: string) => Promise<void>): Promise<void> {
  const path = pathOf(session, kind);
  expectStatus(await session.caller.send('PUT', path, { body: schedule(session) }), 201);
  try {
    await work(path);
  } finally {
    await session.caller.send('DELETE', path);
  }
}

export const schedules: Section = {
  title: 'Schedules',
  checks: [
    {
      name: 'put',
      says: 'PUT /v1/schedules/{name} answers 201 for a new schedule and 200 for one that it replaces.',
      standard: 'RFC 9110 9.3.4',
      run: (session) =>
        withSchedule(session, 'put', async (path) => {
          expectStatus(await session.caller.send('PUT', path, { body: schedule(session, { paused: true }) }), 200);
        }),
    },
    {
      name: 'next-times',
      says: 'A schedule shows its next five times, in its time zone.',
      standard: 'RFC 9557',
      run: (session) =>
        withSchedule(session, 'next', async (path) => {
          const answer = expectStatus(await session.caller.get(path), 200);
          const { nextTimes = [], timeZone } = answer.json as { nextTimes?: readonly string[]; timeZone?: string };
          expectSame([nextTimes.length, timeZone], [5, 'Europe/Berlin'], 'Number of nextTimes, and timeZone', answer);
          const dates = nextTimes.map((time) => new Date(time).toISOString().slice(5, 16));
          expectSame(new Set(dates), new Set(['01-01T02:00']), 'The times', answer);
        }),
    },
    {
      name: 'state',
      says: 'PUT /v1/schedules/{name}/state pauses a schedule and resumes it, and leaves its job as it is.',
      standard: 'RFC 9110 9.3.4',
      run: (session) =>
        withSchedule(session, 'state', async (path) => {
          const before = expectStatus(await session.caller.get(path), 200).json as { readonly job: unknown };
          const paused = expectStatus(await session.caller.send('PUT', `${path}/state`, { body: { state: 'paused' } }), 200);
          const { paused: isPaused, nextTimes } = paused.json as { readonly paused: boolean; readonly nextTimes: readonly string[] };
          expectSame([isPaused, nextTimes.length], [true, 0], 'paused, and the number of nextTimes', paused);
          const resumed = expectStatus(await session.caller.send('PUT', `${path}/state`, { body: { state: 'active' } }), 200);
          expectSame((resumed.json as { readonly job: unknown }).job, before.job, 'The job', resumed);
        }),
    },
    {
      name: 'list',
      says: 'GET /v1/schedules lists them.',
      standard: 'AIP-158',
      run: (session) =>
        withSchedule(session, 'list', async () => {
          const answer = expectStatus(await session.caller.get('/v1/schedules'), 200);
          expectThat(answer.text.includes(nameOf(session, 'list')), 'The list must hold the schedule.', answer);
        }),
    },
    {
      name: 'delete',
      says: 'DELETE answers 204; afterwards the schedule is not found.',
      standard: 'RFC 9110 9.3.5',
      run: (session) =>
        withSchedule(session, 'delete', async (path) => {
          expectStatus(await session.caller.send('DELETE', path), 204);
          expectProblem(await session.caller.get(path), 404, 'schedule-not-found');
          expectProblem(await session.caller.send('DELETE', path), 404, 'schedule-not-found');
        }),
    },
    {
      name: 'refused',
      says: 'What can never fire, is not cron, or has an unknown time zone is refused, with the field named.',
      standard: 'Open Cron Pattern 1.0',
      async run(session) {
        const path = pathOf(session, 'bad');
        const bad = [
          ['#/cron', { cron: '0 0 31 2 *' }],
          ['#/cron', { cron: '61 * * * *' }],
          ['#/cron', { cron: '' }],
          ['#/cron', { cron: '@reboot' }],
          ['#/timeZone', { timeZone: 'Europe/Atlantis' }],
        ] as const;
        for (const [pointer, members] of bad) {
          const answer = await session.caller.send('PUT', path, { body: schedule(session, members) });
          const { errors = [] } = expectProblem(answer, 422, 'invalid-submission', 'invalid-schedule');
          expectSame(
            errors.map((error) => error.pointer),
            [pointer],
            `Pointers for ${JSON.stringify(members)}`,
            answer,
          );
        }
      },
    },
    {
      name: 'job-is-checked',
      says: 'The job of a schedule is checked when the schedule is made.',
      standard: 'Delegation',
      async run(session) {
        const body = schedule(session, { job: { type: 'none-of-these', input: {} } });
        expectProblem(await session.caller.send('PUT', pathOf(session, 'type'), { body }), 422, 'unknown-job-type', 'invalid-submission');
      },
    },
    {
      name: 'others',
      says: "Another owner's schedule is not found, and two owners may use the same name.",
      standard: 'RFC 9110 15.5.5',
      run: (session) => {
        const other = session.otherCaller();
        return withSchedule(session, 'own', async (path) => {
          expectProblem(await other.get(path), 404, 'schedule-not-found');
          expectStatus(await other.send('PUT', path, { body: schedule(session) }), 201);
          expectStatus(await other.send('DELETE', path), 204);
          expectStatus(await session.caller.get(path), 200);
        });
      },
    },
  ],
};
