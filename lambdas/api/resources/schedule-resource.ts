/** A schedule as its callers see it. A member is null where it says nothing, never absent. */
import type { ParseCron, ParsedCron } from '../../core/schedule/cron.ts';
import type { Firing, Schedule } from '../../core/schedule/schedule-record.ts';
import { shownTimes, timesAfter, timetableOf } from '../../core/schedule/timetable.ts';
import type { ScheduleResource } from '../openapi/schedule-schemas.ts';
import { inlineInput, type SecretNames } from './job-input.ts';
import { shownUrl } from './webhook-view.ts';

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | undefined) => (ms === undefined ? null : iso(ms));

const eitherDay = 'Both days are restricted, so a day matches if either its day of the month or its day of the week does, as in cron.';

export interface FormatOptions {
  readonly nowMs: number;
  readonly secretNames: SecretNames;
  readonly parseCron: ParseCron;
}

/** @returns the schedule resource, with the next times that it fires for */
export function formatSchedule(schedule: Schedule, { nowMs, secretNames, parseCron }: FormatOptions): ScheduleResource {
  const { rule, job, startAtMs, endAtMs, lastFiring, name } = schedule;
  const cron = rule.kind === 'cron' ? rule : undefined;
  const every = rule.kind === 'every' ? rule.every : undefined;
  return {
    name,
    owner: schedule.owner,
    cron: cron?.cron ?? null,
    timeZone: cron?.timeZone ?? null,
    every: every === undefined ? null : { ...{ seconds: 0, minutes: 0, hours: 0, days: 0 }, ...every },
    note: cron !== undefined && matchesEitherDay(parseCron(cron.cron)) ? eitherDay : null,
    job: {
      type: job.type,
      input: inlineInput(schedule, secretNames),
      tags: job.tags ?? {},
      maxAttempts: job.maxAttempts ?? null,
      deadlineSeconds: job.deadlineSeconds ?? null,
      webhookUrl: job.webhookUrl == null ? null : shownUrl(job.webhookUrl),
      webhookEvents: job.webhookEvents ?? null,
      concurrencyKey: job.concurrencyKey ?? null,
      priority: job.priority ?? null,
    },
    overlap: schedule.overlap,
    catchUp: schedule.catchUp,
    jitterSeconds: schedule.jitterSeconds,
    paused: schedule.paused,
    startAt: isoOrNull(startAtMs),
    endAt: isoOrNull(endAtMs),
    nextTimes: nextTimes(schedule, nowMs, parseCron).map(iso),
    lastFiring: lastFiring === undefined ? null : formatFiring(lastFiring),
    createdAt: iso(schedule.createdAtMs),
    updatedAt: iso(schedule.updatedAtMs),
    links: { self: `/v1/schedules/${name}` },
  };
}

/** @returns the next times after now that are not settled; none of a paused schedule */
function nextTimes(schedule: Schedule, nowMs: number, parseCron: ParseCron): readonly number[] {
  const { nextAtMs, paused } = schedule;
  if (paused || nextAtMs === undefined) return [];
  return timesAfter(timetableOf(schedule, parseCron), Math.max(nextAtMs - 1, nowMs), shownTimes);
}

function formatFiring(firing: Firing): NonNullable<ScheduleResource['lastFiring']> {
  const scheduledFor = iso(firing.atMs);
  if (firing.kind === 'skipped')
    return { scheduledFor, job: null, skipped: { code: firing.code, detail: firing.detail }, links: { job: null } };
  return { scheduledFor, job: firing.jobId, skipped: null, links: { job: `/v1/jobs/${firing.jobId}` } };
}

function matchesEitherDay(parsed: ParsedCron): boolean {
  return 'pattern' in parsed && parsed.pattern.matchesEitherDay;
}
