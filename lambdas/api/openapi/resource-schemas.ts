/**
 * What the API answers, as zod schemas: the OpenAPI document is built from them, and the code that writes an answer has their types. Members
 * without a value are null, never absent. Later versions of `/v1` may add members, so clients ignore what they do not know.
 */
import * as z from 'zod';
import { priorities } from '../../core/contract/concurrency-key.ts';
import { webhookEvents } from '../../core/contract/webhook-events.ts';
import { jobTypeStates } from '../../core/control/job-type-states.ts';
import { jobStatuses } from '../../core/job/states.ts';
import { groupSchemaWith } from './group-schemas.ts';
import { scheduleListSchema, scheduleResourceSchema } from './schedule-schemas.ts';
import { address, jobId, time, timeOrNull } from './schema-parts.ts';
import { gatewayErrorSchema, healthSchema, meSchema, problemSchema } from './service-schemas.ts';

export const reasonSchema = z
  .strictObject({
    code: z.enum([
      'waiting_for_worker',
      'scheduled',
      'backing_off',
      'sleeping',
      'waiting_for_capacity',
      'waiting_for_signal',
      'waiting_for_child',
      'waiting_for_job',
      'waiting_for_key',
      'waiting_for_members',
      'quota',
      'cleaning_up',
      'paused',
    ]),
    detail: z.string().nullable().describe('For people.'),
    until: timeOrNull.describe('When the wait ends, where that is known.'),
  })
  .describe('Why a job is not running now.');

export const jobErrorSchema = z
  .strictObject({
    code: z.string().describe('Stable, for programs.'),
    message: z.string().describe('For people.'),
    retryable: z.boolean().describe('Whether the same work might succeed if it is done again.'),
    details: z.record(z.string(), z.unknown()).exactOptional(),
  })
  .describe('Why a job failed.');

const timelineEntrySchema = z.strictObject({
  at: time,
  event: z.enum([
    ...jobStatuses,
    'started',
    'resumed',
    'step',
    'sleeping',
    'attempt_failed',
    'worker_lost',
    'cleaned_up',
    'summarised',
    'cancel_requested',
    'signalled',
  ]),
  attempt: z.int().min(1).exactOptional(),
  by: z.string().exactOptional().describe('Who asked for a cancel or sent a signal: a caller, a schedule, or `link`.'),
  actedBy: jobId.exactOptional().describe('The job of the service that cancelled for the caller: a cancel by filter.'),
  detail: z.string().exactOptional(),
});

const progressSchema = z.strictObject({
  fraction: z.number().min(0).max(1).nullable(),
  message: z.string().nullable(),
});

const status = z.enum(jobStatuses);

const followedJobSchema = z
  .strictObject({
    id: jobId,
    type: z.string(),
    status,
    reason: reasonSchema.nullable(),
    error: jobErrorSchema.nullable(),
    links: z.strictObject({ self: address }),
  })
  .describe('A job that outlives the one that delegated it.');

export const jobSchema = z
  .strictObject({
    id: jobId,
    type: z.string(),
    owner: z.string().describe('The caller that the job belongs to.'),
    retryOf: jobId.nullable().describe('The ended job that this one repeats.'),
    retriedBy: jobId.nullable().describe('The job that repeats this one, which failed or was cancelled.'),
    parent: jobId.nullable().describe('The job that runs this one as a part of its work.'),
    children: z.array(jobId).readonly().describe('The jobs that this one runs as parts of its work; see links.children.'),
    uniqueKey: z
      .string()
      .nullable()
      .describe('The key under which the owner has no other unfinished job of this type, but one that this one waits for.'),
    after: z.array(jobId).readonly().describe('The jobs that this one starts after.'),
    afterFailure: z.enum(['fail', 'run']).nullable().describe('What follows if one of them fails; null where there are none.'),
    concurrencyKey: z.string().nullable().describe('Bounds how many run at once; null for a job without.'),
    priority: z.enum(priorities).nullable().describe('Orders those that wait at one key; null where the type has no priorities.'),
    group: jobId.nullable().describe('The group that this job is a member of.'),
    status,
    input: z.unknown().describe('As accepted, without secrets; null where it is large (see links.input) or may not be shown.'),
    reason: reasonSchema.nullable().describe('Null while the job runs and after its end.'),
    progress: progressSchema.nullable(),
    attempt: z.int().min(0).describe('The number of attempts that were started.'),
    maxAttempts: z.int().min(1),
    result: z.unknown().describe('Null until the job succeeded, and where the result is large (see links.result).'),
    error: jobErrorSchema.nullable(),
    createdAt: time,
    notBefore: time.describe('The job starts, or goes on, at this time at the earliest.'),
    deadline: time.describe('The job fails with deadline_exceeded if it has not ended by then.'),
    startedAt: timeOrNull,
    finishedAt: timeOrNull,
    expiresAt: timeOrNull.describe('When the record is deleted; null until the job has ended.'),
    cancelRequestedAt: timeOrNull,
    tags: z.record(z.string(), z.string()),
    schedule: z.string().nullable().describe('The name of the schedule that fired the job; null for any other job.'),
    scheduledFor: timeOrNull.describe('The time of the schedule that the job stands for, which is not when it was created.'),
    webhook: z
      .strictObject({
        url: z.string().describe('Where it is sent, without the query, which may hold a secret.'),
        events: z.array(z.enum(webhookEvents)).readonly().describe('What is sent.'),
        delivery: jobId
          .nullable()
          .describe(
            'The job that delivers the end, which may start seconds after it; null until the job has ended, where webhooks are off, and where the end is not sent.',
          ),
      })
      .nullable()
      .describe('Null where the job has no webhook.'),
    timeline: z.array(timelineEntrySchema).readonly(),
    traceparent: z.string().nullable().describe("The caller's trace (W3C Trace Context)."),
    cost: z
      .strictObject({
        invocations: z.int().min(0).describe('Number of invocations of the worker, each of which may run other jobs as well.'),
        runSeconds: z
          .number()
          .min(0)
          .describe('The time that the job ran in them. What a worker used after its last write before it died is missing.'),
        gigabyteSeconds: z
          .number()
          .min(0)
          .nullable()
          .describe('runSeconds with the memory of the function; null where the type is no longer deployed.'),
        recordWrites: z.int().min(1).describe('Number of writes of the record, each at least one write unit.'),
      })
      .describe('What the job has used so far of what AWS bills, without what the work itself uses.'),
    links: z.strictObject({
      self: address,
      input: address.nullable(),
      result: address.nullable(),
      cancel: address.nullable(),
      retry: address.nullable(),
      children: address.nullable(),
      webhook: address.nullable().describe('Sends the webhook again.'),
    }),
    delegated: z
      .array(followedJobSchema)
      .readonly()
      .optional()
      .describe('Only where the type follows jobs that it delegates, and only when the job itself is asked for.'),
  })
  .describe('A job: one piece of delegated work.');

export const jobListSchema = z
  .strictObject({
    jobs: z.array(jobSchema.omit({ delegated: true })).readonly(),
    nextCursor: z
      .string()
      .nullable()
      .describe('The next page has this cursor; null at the end. A page may be shorter than its limit, and even empty with a cursor.'),
  })
  .describe('A page of jobs.');

const count = z.int().min(0);

export const jobCountsSchema = z
  .strictObject({
    counts: z
      .array(
        z.strictObject({
          type: z.string(),
          unfinished: count
            .nullable()
            .describe('Scheduled, queued, running or waiting. Null where there are too many to distinguish them from `succeeded`.'),
          succeeded: count.nullable().describe('Null where `unfinished` is.'),
          failed: count,
          cancelled: count,
        }),
      )
      .readonly(),
    isComplete: z.boolean().describe('Whether every job that was asked for is counted, in this answer and those before.'),
    nextCursor: z.string().nullable().describe('Null where the counts are complete.'),
  })
  .describe('Numbers of jobs by type and end.');

export const selectionSchema = z
  .strictObject({
    dryRun: z.literal(true),
    count: z.int().min(0).describe('The jobs that match, without those that were retried already.'),
    isLowerBound: z.boolean().describe('Whether there may be more: counting ends at about 1,000 jobs.'),
    jobs: z
      .array(jobSchema.omit({ delegated: true }))
      .readonly()
      .describe('The first ten, oldest first.'),
  })
  .describe('What a redrive or a cancel by filter would act on now.');

/** One address answers with both. */
export const selectionOrJobSchema = z.union([selectionSchema, jobSchema]).describe('A selection, of a dry run; else the job that acts.');

const jobTypeState = z.enum(jobTypeStates);

export const jobTypeSummarySchema = z
  .strictObject({
    name: z.string(),
    description: z.string(),
    state: jobTypeState,
    stateChange: z
      .strictObject({ at: time, by: z.string(), reason: z.string().nullable() })
      .nullable()
      .describe('Who put the type into this state, when and why; null where it was never changed.'),
    queue: z
      .strictObject({
        depth: z.int().min(0).describe('The approximate number of messages that wait for a worker.'),
        oldestSeconds: z
          .int()
          .min(0)
          .nullable()
          .describe('How long the oldest job that waits for a worker has been due, also while the type is paused; null where none waits.'),
      })
      .nullable()
      .describe('At most five seconds old; null where it could not be read.'),
    schemaHash: z.string().describe('It changes exactly when a schema of the type does.'),
    links: z.strictObject({ self: address }),
  })
  .describe('A job type, without its schemas.');

export const jobTypeSchema = jobTypeSummarySchema
  .extend({
    version: z.int().min(1),
    inputSchema: z.record(z.string(), z.unknown()).describe('JSON Schema 2020-12.'),
    resultSchema: z.record(z.string(), z.unknown()).describe('JSON Schema 2020-12.'),
    signalSchemas: z
      .record(z.string(), z.record(z.string(), z.unknown()))
      .describe('JSON Schema 2020-12 of the payload of each signal, by name; empty where the type takes none.'),
    limits: z.strictObject({
      bodyBytes: z.int(),
      timeoutSeconds: z.number(),
      deadlineSeconds: z.number(),
      maxAttempts: z.int(),
    }),
    keys: z
      .strictObject({
        limit: z.int().describe("The number of an owner's jobs that run at once with one key."),
        isComputed: z.boolean().describe('Whether the type computes the key, so that submissions carry none.'),
      })
      .nullable()
      .describe('Null where jobs have no concurrency keys.'),
    priorities: z.boolean().describe('Whether submissions may say priority.'),
  })
  .describe('A job type: what may be delegated.');

export const jobTypeListSchema = z.strictObject({ jobTypes: z.array(jobTypeSummarySchema).readonly() }).describe('The job types.');

export const validationSchema = z
  .strictObject({
    type: z.string(),
    startAt: time.describe(
      'When the job would start at the earliest. Of a repeat, this and the deadline are those of the job that there is.',
    ),
    deadline: time,
    replayOf: jobId.nullable().describe('The job that this Idempotency-Key has created already.'),
    estimatedCost: z
      .strictObject({
        dynamoDbWriteUnits: z.int(),
        sqsRequests: z.int(),
        s3Requests: z.int(),
        lambdaRequests: z.int(),
        lambdaGigabyteSeconds: z.number(),
        seconds: z
          .number()
          .describe('How long such a job runs, without its waits, as far as this deployment has seen; else by its contract.'),
      })
      .nullable()
      .describe(
        'What AWS bills for such a job if it succeeds at the first attempt, in the units of the bill. What the work itself uses is not in it. Null for a repeat whose type is no longer deployed.',
      ),
  })
  .describe('The submission would be accepted.');

export const linkSchema = z
  .strictObject({ location: z.url() })
  .describe('A link that needs no credentials and works for minutes. Request it without the headers that sign requests to this API.');

export const signalLinkSchema = z
  .strictObject({
    signal: z.string().describe('The name of the signal that the link sends.'),
    label: z.string().nullable().describe("What the button of the link's page says; null for the usual word."),
    jobType: z.string(),
    description: z.string().describe('What a job of the type does.'),
    payload: z.unknown().describe('What the link sends, without secrets; null where whoever uses it says.'),
    needsPayload: z.boolean().describe('Whether the request that uses it must have a payload as its body.'),
    expiresAt: time,
    usedAt: timeOrNull,
  })
  .describe('A link that sends one signal, once.');

export const uploadSchema = z
  .strictObject({
    id: z.string().regex(/^upl_[0-9a-hjkmnp-tv-z]{39}$/),
    source: z.string().describe('What the input of a job names it by: `upload://` and its id.'),
    method: z.literal('PUT'),
    url: z.url().describe('Where to send the bytes. It needs no further credentials.'),
    headers: z.record(z.string(), z.string()).describe('To be sent exactly so: they are part of the signature.'),
    expiresAt: time.describe('The upload must begin before this time.'),
  })
  .describe('A place for an upload.');

export const batchResultSchema = z
  .strictObject({
    status: z.int().describe('The status that the submission alone would have been answered with.'),
    isReplay: z.boolean().describe('Whether the job was created by an earlier submission with the same key.'),
    isJoined: z.boolean().describe('Whether an unfinished job has the unique key, so that it is the answer and no job was made.'),
    job: jobSchema.omit({ delegated: true }).nullable(),
    problem: problemSchema.nullable(),
  })
  .describe('What became of one submission of a batch: a job, or a problem.');

export const groupSchema = groupSchemaWith(jobErrorSchema);

export const batchResultsSchema = z
  .strictObject({
    group: jobId.nullable().describe('The group that the jobs are members of; null where the batch is none.'),
    results: z.array(batchResultSchema).readonly(),
  })
  .describe('One result for each submission, in order.');

export type GroupResource = z.output<typeof groupSchema>;
export type JobResource = z.output<typeof jobSchema>;
export type JobListResource = z.output<typeof jobListSchema>;
export type JobCountsResource = z.output<typeof jobCountsSchema>;
export type JobTypeSummaryResource = z.output<typeof jobTypeSummarySchema>;
export type JobTypeResource = z.output<typeof jobTypeSchema>;
export type BatchResultResource = z.output<typeof batchResultSchema>;
export type SignalLinkResource = z.output<typeof signalLinkSchema>;
export type UploadResource = z.output<typeof uploadSchema>;
export type ValidationResource = z.output<typeof validationSchema>;

/** The answers by the names that the document gives them. */
export const resources = {
  Job: jobSchema,
  JobList: jobListSchema,
  JobCounts: jobCountsSchema,
  Group: groupSchema,
  Reason: reasonSchema,
  JobError: jobErrorSchema,
  Selection: selectionSchema,
  SelectionOrJob: selectionOrJobSchema,
  JobType: jobTypeSchema,
  JobTypeList: jobTypeListSchema,
  Upload: uploadSchema,
  Schedule: scheduleResourceSchema,
  ScheduleList: scheduleListSchema,
  Me: meSchema,
  Validation: validationSchema,
  Link: linkSchema,
  SignalLink: signalLinkSchema,
  Health: healthSchema,
  BatchResults: batchResultsSchema,
  Problem: problemSchema,
  GatewayError: gatewayErrorSchema,
} as const satisfies Readonly<Record<string, z.ZodType>>;

export type ResourceName = keyof typeof resources;
