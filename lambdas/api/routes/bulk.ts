/** `POST /v1/jobs/redrive` and `POST /v1/jobs/cancel`: many jobs by a filter. By default they only say which jobs that would be. */
import type * as z from 'zod';
import { type BulkActionKind, previewSelection, type Selection } from '../../core/bulk/selection.ts';
import type { Settings } from '../../core/contract/runtime-settings.ts';
import { deriveJobId } from '../../core/job/ids.ts';
import type { JobStatus } from '../../core/job/states.ts';
import type { Submission } from '../../core/submit/submit-job.ts';
import { contract, defaultJobsPerSecond } from '../../jobs/bulk-action/contract.ts';
import { internalTypes } from '../../jobs/internal-types.ts';
import { canonicalJson } from '../../text/exact-json.ts';
import { acceptCandidates, keyReused, withKeyHolder } from '../accept.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import { ProblemError } from '../problem.ts';
import { bulkCancelBody, redriveBody, unfinishedStatuses } from '../request/bulk-body.ts';
import { idempotencyKeyOf } from '../request/idempotency-key.ts';
import { parseBody } from '../request/parse-body.ts';
import { readJsonBody } from '../request/read-body.ts';
import { toListedResource } from '../resources/job-view.ts';
import { listDeps } from './listing.ts';
import { respond } from './submit.ts';

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
