/** The body of `POST /v1/jobs`: its schema, and every violation of it at once. */
import * as z from 'zod';
import { computedKeyFaults, isConcurrencyKey, keyRule, placeFaults, priorities } from '../../core/contract/concurrency-key.ts';
import { findContract, type JobTypeContract } from '../../core/contract/contract.ts';
import { instantText } from '../../core/contract/instant.ts';
import type { Settings } from '../../core/contract/runtime-settings.ts';
import { parseWithSchema } from '../../core/contract/schema.ts';
import { uploadFaults } from '../../core/contract/upload-reference.ts';
import { isJobId } from '../../core/job/ids.ts';
import { maxPredecessors } from '../../core/job/predecessors.ts';
import { maxStartAheadMs, type Submission } from '../../core/submit/submit-job.ts';
import { chosenWebhook, withDefaultWebhook } from '../../core/submit/webhook-choice.ts';
import { canonicalJson } from '../../text/exact-json.ts';
import { truncate } from '../../text/truncate.ts';
import { ProblemError } from '../problem.ts';
import { collectViolations, describeViolations, type LazyViolation, loneSurrogates, schemaViolations } from './violations.ts';
import { type WebhookFaults, webhookEventsSchema, webhookUrlSchema, webhookViolations } from './webhook-member.ts';

/** A deadline may be this long after the start. Stored inputs are kept for longer than both together. */
const maxDeadlineMs = maxStartAheadMs;
type Members = Readonly<Record<string, unknown>>;

const tag = z.string().min(1).max(64);

export const concurrencyKeySchema = z
  .string()
  .refine(isConcurrencyKey, keyRule)
  .optional()
  .describe("A bounded number of the owner's jobs of this type runs at once with one key. For types with keys that compute none.");
export const prioritySchema = z
  .enum(priorities)
  .optional()
  .describe('Orders the jobs that wait at one key, for types with priorities; normal where it is absent.');
const maxDelaySchema = z
  .int()
  .min(1)
  .max(maxStartAheadMs / 1000);

export const submissionSchema = z.strictObject({
  type: z.string().describe('One of the names that GET /v1/job-types lists.'),
  input: z
    .unknown()
    .refine((value) => value !== undefined, 'is required')
    .describe("What the type's input schema allows."),
  startAt: instantText.optional().describe('The job starts at this moment at the earliest; at most a year ahead. Excludes delaySeconds.'),
  delaySeconds: z
    .int()
    .min(0)
    .max(maxStartAheadMs / 1000)
    .optional()
    .describe('The job starts this many seconds from now at the earliest. Excludes startAt.'),
  deadline: instantText
    .optional()
    .describe('The job fails with deadline_exceeded if it has not ended by then; at most a year after the start.'),
  maxAttempts: z.int().min(1).max(100).optional().describe("In place of the type's own."),
  tags: z
    .record(tag, z.string().max(256))
    .refine((tags) => Object.keys(tags).length <= 10, 'must be at most 10 tags')
    .optional()
    .describe('At most 10, to find the job by.'),
  webhookUrl: webhookUrlSchema,
  webhookEvents: webhookEventsSchema,
  concurrencyKey: concurrencyKeySchema,
  priority: prioritySchema,
  after: z
    .array(z.string().refine(isJobId, 'must be the id of a job'))
    .min(1)
    .max(maxPredecessors)
    .refine((ids) => new Set(ids).size === ids.length, 'must name no job twice')
    .optional()
    .describe(`Ids of jobs of yours, at most ${maxPredecessors}: the job starts once they have ended.`),
  afterFailure: z
    .enum(['fail', 'run'])
    .optional()
    .describe('If one of the jobs in after fails or is cancelled: the job fails as well (the default), or it runs once all have ended.'),
  uniqueKey: z
    .string()
    .refine(isConcurrencyKey, keyRule)
    .optional()
    .describe('At most one job of yours of this type with this key is unfinished.'),
  onDuplicate: z
    .enum(['join', 'replace'])
    .optional()
    .describe(
      'If there is one: it is the answer (the default), or it is cancelled unless it has started, and the new one starts after it.',
    ),
  maxDelaySeconds: maxDelaySchema
    .optional()
    .describe('With replace and a later start: how long after the first replaced submission the job may start at the latest.'),
});

interface Deployed extends WebhookFaults {
  readonly catalogue: readonly JobTypeContract[];
  readonly settings: Settings;
}

/**
 * @param body parsed JSON
 * @returns the submission, or the problem `invalid-submission` or `unknown-job-type` with a pointer to every violation
 */
export function parseSubmission(
  body: unknown,
  owner: string,
  { catalogue, settings, webhookFault }: Deployed,
  nowMs: number,
): Submission | ProblemError {
  const envelope = parseWithSchema(submissionSchema, body);
  const given = (typeof body === 'object' && body !== null ? body : {}) as Members;
  const { type, input } = given;
  const contract = typeof type === 'string' ? findContract(catalogue, type) : undefined;
  const parsedInput = input === undefined ? undefined : contract && parseWithSchema(contract.input, input);
  const violations = collectViolations(
    (function* (): Generator<LazyViolation> {
      yield* loneSurrogates(body);
      yield* schemaViolations(body, envelope, []);
      yield* timeViolations(given, nowMs);
      yield* orderViolations(given);
      yield* webhookViolations(given, { owner, settings, webhookFault });
      if (typeof type === 'string' && contract === undefined) yield () => ({ pointer: '#/type', detail: unknownType(type, catalogue) });
      if (contract !== undefined) yield* placeViolations(contract, given, '#');
      if (parsedInput !== undefined) yield* schemaViolations(input, parsedInput, ['input']);
      if (contract !== undefined && parsedInput?.success) yield* settingViolations(contract, parsedInput.data, { settings });
    })(),
  );
  if (!envelope.success || contract === undefined || !parsedInput?.success || violations.count > 0) {
    const isUnknownType = typeof type === 'string' && contract === undefined;
    return new ProblemError(isUnknownType ? 'unknown-job-type' : 'invalid-submission', describeViolations('The submission', violations));
  }
  const {
    startAt,
    delaySeconds,
    deadline,
    maxAttempts,
    after,
    afterFailure,
    uniqueKey,
    onDuplicate = 'join',
    maxDelaySeconds,
    concurrencyKey,
    priority,
  } = envelope.data;
  const startAtMs = startAt === undefined ? delaySeconds && nowMs + delaySeconds * 1000 : Date.parse(startAt);
  return {
    owner,
    contract,
    input,
    canonicalBody: canonicalJson(body),
    ...(startAtMs === undefined ? {} : { startAtMs }),
    ...(deadline === undefined ? {} : { deadlineMs: Date.parse(deadline) }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(envelope.data.tags === undefined ? {} : { tags: envelope.data.tags }),
    ...(uniqueKey === undefined
      ? {}
      : { unique: { key: uniqueKey, onDuplicate, ...(maxDelaySeconds === undefined ? {} : { maxDelaySeconds }) } }),
    ...(after === undefined ? {} : { after: { ids: after, onFailure: afterFailure ?? 'fail' } }),
    ...(concurrencyKey === undefined ? {} : { concurrencyKey }),
    ...(priority === undefined ? {} : { priority }),
    ...chosenWebhook(withDefaultWebhook(envelope.data, owner, settings)),
  };
}

/** Checks the members that say which other jobs this one waits for. */
function* orderViolations(given: Members): Generator<LazyViolation> {
  const { after, afterFailure, uniqueKey, onDuplicate, maxDelaySeconds, startAt, delaySeconds } = given;
  if (afterFailure !== undefined && after === undefined)
    yield () => ({ pointer: '#/afterFailure', detail: 'needs after: it says what follows from the failure of one of those jobs' });
  if (onDuplicate !== undefined && uniqueKey === undefined)
    yield () => ({ pointer: '#/onDuplicate', detail: 'needs uniqueKey: it says what happens to the job that has it' });
  if (onDuplicate === 'replace' && after !== undefined)
    yield () => ({ pointer: '#/after', detail: 'excludes onDuplicate "replace", since such a job starts after the one that it replaces' });
  if (maxDelaySeconds !== undefined && (onDuplicate !== 'replace' || (startAt === undefined && delaySeconds === undefined)))
    yield () => ({
      pointer: '#/maxDelaySeconds',
      detail: 'needs onDuplicate "replace" and a start (delaySeconds or startAt), which it limits',
    });
}

/** Checks the times that have the right form, even where something else is wrong. */
function* timeViolations(given: Members, nowMs: number): Generator<LazyViolation> {
  const { shape } = submissionSchema;
  const startAt = shape.startAt.safeParse(given['startAt']).data;
  const delaySeconds = shape.delaySeconds.safeParse(given['delaySeconds']).data;
  const deadline = shape.deadline.safeParse(given['deadline']).data;
  const startAtMs = startAt === undefined ? nowMs + (delaySeconds ?? 0) * 1000 : Date.parse(startAt);
  if (startAt !== undefined && delaySeconds !== undefined)
    yield () => ({ pointer: '#/delaySeconds', detail: 'excludes startAt: send one of the two' });
  if (startAtMs > nowMs + maxStartAheadMs) yield () => ({ pointer: '#/startAt', detail: 'must be at most a year ahead' });
  if (deadline === undefined) return;
  const startMs = Math.max(startAtMs, nowMs);
  const deadlineMs = Date.parse(deadline);
  if (deadlineMs <= startMs) yield () => ({ pointer: '#/deadline', detail: 'must be after the start, and not in the past' });
  if (deadlineMs > startMs + maxDeadlineMs) yield () => ({ pointer: '#/deadline', detail: 'must be at most a year after the start' });
}

/** @param at the pointer to the input */
export function* settingViolations(
  contract: JobTypeContract,
  input: unknown,
  { settings, at = '#/input' }: { readonly settings: Settings; readonly at?: string },
): Generator<LazyViolation> {
  const faults = [...(contract.check?.(input, settings) ?? []), ...uploadFaults(contract, input), ...computedKeyFaults(contract, input)];
  for (const { pointer, detail } of faults) yield () => ({ pointer: `${at}${pointer}`, detail });
}

/** @param given members of a submission @param at the pointer to it */
export function* placeViolations(contract: JobTypeContract, given: Members, at: string): Generator<LazyViolation> {
  const concurrencyKey = concurrencyKeySchema.safeParse(given['concurrencyKey']).data;
  const priority = prioritySchema.safeParse(given['priority']).data;
  for (const { member, detail } of placeFaults(contract, { concurrencyKey, priority }))
    yield () => ({ pointer: `${at}/${member}`, detail });
}

export function unknownType(type: string, catalogue: readonly JobTypeContract[]): string {
  return `There is no job type "${truncate(type, 100)}". There are: ${catalogue.map(({ name }) => name).join(', ')}.`;
}
