/** Schedules as the API answers with them. */
import * as z from 'zod';
import { priorities } from '../../core/contract/concurrency-key.ts';
import { webhookEvents } from '../../core/contract/webhook-events.ts';
import { catchUpRules, overlapRules, skipCodes } from '../../core/schedule/schedule-record.ts';
import { address, jobId, time, timeOrNull } from './schema-parts.ts';

const amount = z.int().min(0);

export const scheduleResourceSchema = z
  .strictObject({
    name: z.string(),
    owner: z.string().describe('The caller that the schedule belongs to, and its jobs.'),
    cron: z.string().nullable(),
    timeZone: z.string().nullable().describe('The IANA time zone that cron is read in.'),
    every: z.strictObject({ seconds: amount, minutes: amount, hours: amount, days: amount }).nullable(),
    note: z.string().nullable().describe('What may surprise about the pattern, for people.'),
    job: z.strictObject({
      type: z.string(),
      input: z.unknown().describe('Without secrets; null where it is large or may not be shown.'),
      tags: z.record(z.string(), z.string()),
      maxAttempts: z.int().min(1).nullable(),
      deadlineSeconds: z.int().min(1).nullable(),
      webhookUrl: z.string().nullable().describe('Without its query; null where it names none.'),
      webhookEvents: z.array(z.enum(webhookEvents)).readonly().nullable(),
      concurrencyKey: z.string().nullable(),
      priority: z.enum(priorities).nullable(),
    }),
    overlap: z.enum(overlapRules),
    catchUp: z.enum(catchUpRules),
    jitterSeconds: z.int().min(0),
    paused: z.boolean(),
    startAt: timeOrNull,
    endAt: timeOrNull,
    nextTimes: z.array(time).readonly().describe('The next five times that it fires for. None while it is paused, and after its end.'),
    lastFiring: z
      .strictObject({
        scheduledFor: time,
        job: jobId.nullable(),
        skipped: z
          .strictObject({
            code: z.enum(skipCodes),
            detail: z.string().describe('For people.'),
          })
          .nullable()
          .describe('Why the firing made no job.'),
        links: z.strictObject({ job: address.nullable() }),
      })
      .nullable()
      .describe('What became of the last time that it fired for.'),
    createdAt: time,
    updatedAt: time,
    links: z.strictObject({ self: address }),
  })
  .describe('A schedule: a job that is submitted again and again.');

export const scheduleListSchema = z
  .strictObject({
    schedules: z.array(scheduleResourceSchema).readonly(),
    nextCursor: z.string().nullable().describe('The next page has this cursor; null at the end.'),
  })
  .describe('A page of schedules, by name.');

export type ScheduleResource = z.output<typeof scheduleResourceSchema>;
