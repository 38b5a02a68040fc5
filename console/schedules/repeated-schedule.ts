/** The body that sets a schedule again as it is, with a change: the API replaces schedules as a whole. */
import type { ScheduleResource } from '../../lambdas/api/openapi/schedule-schemas.ts';
import { hasRedactions } from '../submit/input-value.ts';

/** @returns why the API does not show all of the schedule, so that it cannot be set again from here; null where it does */
export function whyNotWhole({ job }: ScheduleResource): string | null {
  if (job.input === null) return 'Its input is large and not shown, so it cannot be set again from here.';
  if (hasRedactions(job.input)) return 'Its input has secrets that are not shown, so it cannot be set again from here.';
  if (job.webhookUrl !== null) return 'The query of its webhook is not shown, so it cannot be set again from here.';
  return null;
}

/** @returns the body of `PUT /v1/schedules/{name}` */
export function bodyOfSchedule(schedule: ScheduleResource, change: { readonly paused: boolean }): Readonly<Record<string, unknown>> {
  const { cron, timeZone, every, job, overlap, catchUp, jitterSeconds, startAt, endAt } = schedule;
  const { input, ...ofJob } = job;
  const said = withoutNull({ cron, timeZone, every, startAt, endAt });
  return { ...said, overlap, catchUp, jitterSeconds, job: { ...withoutNull(ofJob), input }, ...change };
}

function withoutNull(members: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null));
}
