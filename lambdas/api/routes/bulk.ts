/** `POST /v1/jobs/redrive` and `POST /v1/jobs/cancel`: many jobs by a filter. By default they only say which jobs that would be. */
import * as z from 'zod';
import { type BulkActionKind, previewSelection, type Selection } from '../../core/bulk/selection.ts';
import { instantText } from '../../core/contract/instant.ts';
import type { Settings } from '../../core/contract/runtime-settings.ts';
import { deriveJobId } from '../../core/job/ids.ts';
import { isOwner, maxOwnerBytes, ownerRule } from '../../core/job/owner.ts';
import { type JobStatus, jobStatuses } from '../../core/job/states.ts';
import { retryableStatuses } from '../../core/submit/retry-job.ts';
import type { Submission } from '../../core/submit/submit-job.ts';
import { contract, defaultJobsPerSecond, maxJobsPerSecond } from '../../jobs/bulk-action/contract.ts';
import { internalTypes } from '../../jobs/internal-types.ts';
import { canonicalJson } from '../../text/exact-json.ts';
import { acceptCandidates, keyReused, withKeyHolder } from '../accept.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import { ProblemError } from '../problem.ts';
import { idempotencyKeyOf } from '../request/idempotency-key.ts';
import { parseBody, reasonText } from '../request/parse-body.ts';
import { readJsonBody } from '../request/read-body.ts';
import { toListedResource } from '../resources/job-view.ts';
import { listDeps } from './listing.ts';
import { respond } from './submit.ts';

const unfinishedStatuses = jobStatuses.filter((status) => ['scheduled', 'queued', 'running', 'waiting'].includes(status));
/** Enough for any tag: a name of 64 characters, a colon, and a value of 256. */
const maxTagLength = 321;

/** An empty list would be nothing to one reader and everything to another. */
const oneOrMore = <Schema extends z.ZodType>(value: Schema, max: number) =>
  z.array(value).min(1, 'must not be empty: leave it out to mean any').max(max).optional();

const commonFilter = {
  type: oneOrMore(z.string().regex(/^[a-z0-9-]{1,40}$/), 20).describe('Jobs of one of these types.'),
  tag: oneOrMore(z.string().min(1).max(maxTagLength), 10).describe('Jobs with all of these tags: `name` or `name:value`.'),
  since: instantText.optional().describe('Jobs accepted at this time or later.'),
  until: instantText.optional().describe('Jobs accepted at this time or earlier; later than the request counts as the request.'),
};

const filterOf = <Shape extends z.core.$ZodLooseShape>(shape: Shape, all: string) =>
  z
    .strictObject(shape)
    .refine((filter) => Object.values(filter).some((member) => member !== undefined), `must not be empty. To mean all, write ${all}`);

const commonBody = {
  dryRun: z.boolean().optional().describe('`true`, where it is absent, counts the jobs and shows the first ten; `false` starts the work.'),
  jobsPerSecond: z
    .int()
    .min(1)
    .max(maxJobsPerSecond)
    .optional()
    .describe(`The work goes no faster than this; ${defaultJobsPerSecond} where it is absent.`),
  owner: z
    .string()
    .min(1)
    .max(maxOwnerBytes)
    .refine(isOwner, `must be ${ownerRule}`)
    .optional()
    .describe("Another owner's jobs, for admins."),
};

export const redriveBody = z.strictObject({
  filter: filterOf(
    {
      status: oneOrMore(z.enum(retryableStatuses), 2).describe('`failed` alone where it is absent.'),
      code: oneOrMore(z.string().min(1).max(200), 20).describe('Jobs that failed with one of these codes of `error`.'),
      ...commonFilter,
    },
    '{"status": ["failed"]} or {"status": ["failed", "cancelled"]}',
  ),
  ...commonBody,
});

export const bulkCancelBody = z.strictObject({
  filter: filterOf(
    {
      status: oneOrMore(z.enum(unfinishedStatuses as [JobStatus, ...JobStatus[]]), 4).describe(
        'All that have not ended where it is absent.',
      ),
      ...commonFilter,
    },
    `{"status": ${JSON.stringify(unfinishedStatuses)}}`,
  ),
  reason: reasonText.optional(),
  ...commonBody,
});

interface BulkRequest {
  readonly action: BulkActionKind;
  readonly owner: string;
  readonly statuses: readonly JobStatus[];
  readonly body: z.output<typeof redriveBody> | z.output<typeof bulkCancelBody>;
  /** The body as it was sent. */
  readonly given: unknown;
}

export async function redriveRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const given = await readJsonBody(c.req);
  const body = parseBody(redriveBody, given, 'The redrive');
  return answer(c, { action: 'retry', owner: ownerOf(c, body), statuses: body.filter.status ?? ['failed'], body, given }, deps);
}

export async function bulkCancelRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const given = await readJsonBody(c.req);
  const body = parseBody(bulkCancelBody, given, 'The cancel');
  return answer(c, { action: 'cancel', owner: ownerOf(c, body), statuses: body.filter.status ?? unfinishedStatuses, body, given }, deps);
}

function ownerOf(c: ApiContext, { owner }: { readonly owner?: string | undefined }): string {
  const { caller } = c.var;
  if (owner === undefined || owner === caller.owner || caller.isAdmin) return owner ?? caller.owner;
  throw new ProblemError('forbidden', { detail: "Only admins can act on other owners' jobs. Leave out owner to act on your own." });
}

async function answer(c: ApiContext, request: BulkRequest, deps: ApiDeps): Promise<Response> {
  // Checked for a dry run, too, which needs none: the request that follows would be refused.
  const key = idempotencyKeyOf(c);
  return request.body.dryRun === false ? start(c, { ...request, key }, deps) : preview(c, request, deps);
}

async function preview(c: ApiContext, request: BulkRequest, deps: ApiDeps): Promise<Response> {
  const selectDeps = { ...listDeps(deps), internalTypes: internalTypes.map(({ name }) => name) };
  const found = await previewSelection(selectionOf(request, deps), selectDeps);
  const jobs = await Promise.all(found.first.map((job) => toListedResource(job, deps)));
  return c.json({ dryRun: true, count: found.count, isLowerBound: found.isLowerBound, jobs });
}

function selectionOf({ action, owner, statuses, body: { filter } }: BulkRequest, { runtime }: ApiDeps): Selection {
  const { type, tag, since, until } = filter;
  return {
    action,
    owner,
    statuses,
    types: type,
    codes: 'code' in filter ? filter.code : undefined,
    tags: tag,
    sinceMs: since === undefined ? undefined : Date.parse(since),
    untilMs: Math.min(runtime.nowMs(), until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until)),
  };
}

async function start(c: ApiContext, request: BulkRequest & { readonly key: string | undefined }, deps: ApiDeps): Promise<Response> {
  const { owner } = c.var.caller;
  const { key, action, given } = request;
  const id = deriveJobId(owner, key === undefined ? { kind: 'token', token: deps.runtime.newToken() } : { kind: 'key', key });
  // A redrive and a cancel with one key are two requests.
  const body = { [action]: given };
  const held = await withKeyHolder({ id, hasKey: key !== undefined, body }, owner, deps);
  const verdict = submissionOf(request, canonicalJson(body), owner, deps);
  // It is work of the service, and must not wait for a place that its own retries need.
  const settings = withoutPlaces(deps.settings);
  return respond(c, await acceptCandidates([{ ...held, verdict }], { owner, taken: keyReused() }, { ...deps, settings }), deps);
}

function withoutPlaces(settings: Settings): Settings {
  const { quota, ...others } = settings;
  const { submissionsPerMinute } = quota ?? {};
  return submissionsPerMinute === undefined ? others : { ...others, quota: { submissionsPerMinute } };
}

function submissionOf(request: BulkRequest, canonicalBody: string, requestedBy: string, deps: ApiDeps): Submission {
  const { action, statuses, body } = request;
  const { owner, types, codes, tags, sinceMs, untilMs } = selectionOf(request, deps);
  const optional = Object.entries({
    type: types,
    code: codes,
    tag: tags,
    since: sinceMs === undefined ? undefined : new Date(sinceMs).toISOString(),
  }).filter(([, value]) => value !== undefined);
  const { jobsPerSecond = defaultJobsPerSecond } = body;
  const reason = 'reason' in body ? { reason: body.reason } : {};
  const filter = { status: statuses, ...Object.fromEntries(optional), until: new Date(untilMs).toISOString() };
  return {
    owner: requestedBy,
    contract,
    input: { action, owner, requestedBy, filter, jobsPerSecond, ...reason },
    canonicalBody,
  };
}
