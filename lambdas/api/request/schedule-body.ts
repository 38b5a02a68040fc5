/** The body of `PUT /v1/schedules/{name}`: its schema, and every violation of it at once. */
import * as z from 'zod';
import { findContract, type JobTypeContract } from '../../core/contract/contract.ts';
import { durationMs } from '../../core/contract/duration.ts';
import { instantText } from '../../core/contract/instant.ts';
import type { Settings } from '../../core/contract/runtime-settings.ts';
import { parseWithSchema } from '../../core/contract/schema.ts';
import { uploadReferences } from '../../core/contract/upload-reference.ts';
import type { ParseCron } from '../../core/schedule/cron.ts';
import { maxCronLength } from '../../core/schedule/cron-text.ts';
import type { ScheduleDefinition } from '../../core/schedule/save-schedule.ts';
import { catchUpRules, overlapRules, type ScheduleRule } from '../../core/schedule/schedule-record.ts';
import { isTimeZone } from '../../core/schedule/zone.ts';
import { maxStartAheadMs } from '../../core/submit/submit-job.ts';
import { truncate } from '../../text/truncate.ts';
import { jsonPointer, ProblemError } from '../problem.ts';
import { placeViolations, settingViolations, submissionSchema, unknownType } from './submission.ts';
import { collectViolations, describeViolations, type LazyViolation, loneSurrogates, schemaViolations } from './violations.ts';
import { type WebhookFaults, webhookViolations } from './webhook-member.ts';

/** The shortest `every`: the clock runs once a minute. */
const minEveryMs = 60_000;
const maxEveryMs = maxStartAheadMs;
const maxJitterSeconds = 3_600;

const { shape } = submissionSchema;
const amount = z
  .int()
  .min(0)
  .max(maxEveryMs / 1000)
  .optional();

export const scheduledJobSchema = z.strictObject({
  type: shape.type,
  input: shape.input,
  tags: shape.tags,
  maxAttempts: shape.maxAttempts,
  deadlineSeconds: z
    .int()
    .min(1)
    .max(maxStartAheadMs / 1000)
    .optional()
    .describe("The job fails with deadline_exceeded if it has not ended this long after the firing. In place of the type's own."),
  webhookUrl: shape.webhookUrl,
  webhookEvents: shape.webhookEvents,
  concurrencyKey: shape.concurrencyKey,
  priority: shape.priority,
});

export const scheduleSchema = z.strictObject({
  cron: z
    .string()
    .min(1)
    .max(maxCronLength)
    .optional()
    .describe('Five fields: minute, hour, day of the month, month, day of the week. Excludes every.'),
  timeZone: z.string().min(1).max(64).optional().describe('The IANA time zone that cron is read in, UTC where it is absent.'),
  every: z
    .strictObject({ seconds: amount, minutes: amount, hours: amount, days: amount })
    .optional()
    .describe('The time between two firings, at least a minute: the sum of its members. Excludes cron.'),
  job: scheduledJobSchema.describe('The job that each firing submits.'),
  overlap: z.enum(overlapRules).default('skip').describe('What happens if the job of the last firing has not ended.'),
  catchUp: z
    .enum(catchUpRules)
    .default('last')
    .describe('Which firings are made up for if the service was more than five minutes late: none, the last one, or the last 100.'),
  jitterSeconds: z.int().min(0).max(maxJitterSeconds).default(0).describe('A firing comes up to this much later, always before the next.'),
  paused: z.boolean().default(false),
  startAt: instantText.optional().describe('No firing before this time; at most a year ahead. The origin of every.'),
  endAt: instantText.optional().describe('No firing after this time.'),
});

type Body = z.output<typeof scheduleSchema>;
type Members = Readonly<Record<string, unknown>>;

interface Deployed extends WebhookFaults {
  readonly owner: string;
  readonly catalogue: readonly JobTypeContract[];
  readonly settings: Settings;
  readonly parseCron: ParseCron;
}

/**
 * @param body parsed JSON
 * @returns the definition, or the problem `invalid-schedule` or `unknown-job-type` with a pointer to every violation
 */
export function parseSchedule(
  body: unknown,
  { owner, catalogue, settings, parseCron, webhookFault }: Deployed,
  nowMs: number,
): ScheduleDefinition | ProblemError {
  const envelope = parseWithSchema(scheduleSchema, body);
  const given = membersOf(body);
  const { type, input } = membersOf(given['job']);
  const contract = typeof type === 'string' ? findContract(catalogue, type) : undefined;
  const parsedInput = input === undefined ? undefined : contract && parseWithSchema(contract.input, input);
  const violations = collectViolations(
    (function* (): Generator<LazyViolation> {
      yield* loneSurrogates(body);
      yield* schemaViolations(body, envelope, []);
      yield* ruleViolations(given, parseCron);
      yield* spanViolations(given, nowMs);
      yield* webhookViolations(given['job'], { owner, settings, webhookFault, at: '#/job' });
      if (typeof type === 'string' && contract === undefined) yield () => ({ pointer: '#/job/type', detail: unknownType(type, catalogue) });
      if (contract !== undefined) yield* placeViolations(contract, membersOf(given['job']), '#/job');
      if (parsedInput !== undefined) yield* schemaViolations(input, parsedInput, ['job', 'input']);
      if (contract !== undefined && parsedInput?.success)
        yield* settingViolations(contract, parsedInput.data, { settings, at: '#/job/input' });
      if (contract !== undefined) yield* uploadViolations(contract, input);
    })(),
  );
  if (!envelope.success || contract === undefined || !parsedInput?.success || violations.count > 0) {
    const isUnknownType = typeof type === 'string' && contract === undefined;
    return new ProblemError(isUnknownType ? 'unknown-job-type' : 'invalid-schedule', describeViolations('The schedule', violations));
  }
  return definitionOf(envelope.data, input);
}

function definitionOf({ cron, timeZone, every, startAt, endAt, job, ...rest }: Body, input: unknown): ScheduleDefinition {
  const rule: ScheduleRule =
    cron === undefined ? { kind: 'every', every: withoutAbsent(every ?? {}) } : { kind: 'cron', cron, timeZone: timeZone ?? 'UTC' };
  const { input: _input, ...ofJob } = job;
  return {
    ...rest,
    rule,
    job: ofJob,
    input,
    ...(startAt === undefined ? {} : { startAtMs: Date.parse(startAt) }),
    ...(endAt === undefined ? {} : { endAtMs: Date.parse(endAt) }),
  };
}

/** Checks when the schedule fires, as far as the members have the right form. */
function* ruleViolations(given: Members, parseCron: ParseCron): Generator<LazyViolation> {
  const { cron, timeZone, every } = given;
  if (cron === undefined && every === undefined) yield () => ({ pointer: '#/cron', detail: 'is required, unless every is sent' });
  if (cron !== undefined && every !== undefined) yield () => ({ pointer: '#/every', detail: 'excludes cron: send one of the two' });
  if (timeZone !== undefined && cron === undefined)
    yield () => ({ pointer: '#/timeZone', detail: 'is for cron: an every is the same in all zones' });
  if (typeof timeZone === 'string' && !isTimeZone(timeZone))
    yield () => ({ pointer: '#/timeZone', detail: `must be an IANA time zone such as Europe/Berlin (was "${truncate(timeZone, 50)}")` });
  const parsed = typeof cron === 'string' && cron !== '' ? parseCron(cron) : undefined;
  if (parsed !== undefined && 'fault' in parsed) yield () => ({ pointer: '#/cron', detail: parsed.fault });
  const duration = scheduleSchema.shape.every.safeParse(every).data;
  const everyMs = duration === undefined ? minEveryMs : durationMs(withoutAbsent(duration));
  if (everyMs < minEveryMs || everyMs > maxEveryMs)
    yield () => ({ pointer: '#/every', detail: `must be 60 seconds to 366 days (was ${everyMs / 1000} seconds)` });
}

function* uploadViolations(contract: JobTypeContract, input: unknown): Generator<LazyViolation> {
  const detail = 'must not name an upload, which a schedule would outlive: name an object in a bucket of your own';
  for (const { path } of uploadReferences(contract, input)) yield () => ({ pointer: jsonPointer(['job', 'input', ...path]), detail });
}

function* spanViolations(given: Members, nowMs: number): Generator<LazyViolation> {
  const startAt = scheduleSchema.shape.startAt.safeParse(given['startAt']).data;
  const endAt = scheduleSchema.shape.endAt.safeParse(given['endAt']).data;
  const startAtMs = startAt === undefined ? nowMs : Date.parse(startAt);
  if (startAtMs > nowMs + maxStartAheadMs) yield () => ({ pointer: '#/startAt', detail: 'must be at most a year ahead' });
  if (startAt !== undefined && endAt !== undefined && Date.parse(endAt) < startAtMs)
    yield () => ({ pointer: '#/endAt', detail: 'must not be before startAt' });
}

export function membersOf(value: unknown): Members {
  return (typeof value === 'object' && value !== null ? value : {}) as Members;
}

function withoutAbsent<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
