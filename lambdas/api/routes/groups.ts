/** The routes of groups: a group is a job of the service's own type `group`, and shown with the counts of its members. */
import { UnavailableError } from '../../core/contract/errors.ts';
import type { Settings } from '../../core/contract/runtime-settings.ts';
import { cancelJob } from '../../core/control/cancel.ts';
import { memberId } from '../../core/job/group.ts';
import { deriveJobId } from '../../core/job/ids.ts';
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import { sealGroup } from '../../core/submit/open-shard.ts';
import type { Submission } from '../../core/submit/submit-job.ts';
import { contract } from '../../jobs/group/contract.ts';
import { canonicalJson } from '../../text/exact-json.ts';
import { acceptCandidates, keyReused, unavailableProblem, withKeyHolder } from '../accept.ts';
import { type ApiContext, type ApiDeps, requireJob } from '../api-context.ts';
import type { JobListResource } from '../openapi/resource-schemas.ts';
import { ProblemError } from '../problem.ts';
import { cancelBody, emptyBody, groupBody } from '../request/body-schemas.ts';
import { idempotencyKeyOf } from '../request/idempotency-key.ts';
import { parseBody } from '../request/parse-body.ts';
import { readOptionalJsonBody } from '../request/read-body.ts';
import { parseSubmission } from '../request/submission.ts';
import { traceOf } from '../request/trace-context.ts';
import { findWebhookFault } from '../request/webhook-member.ts';
import { answerTagged } from '../resources/entity-tag.ts';
import { type Group, toGroupResource } from '../resources/group-resource.ts';
import { setRetryAfter, toListedResource, withRetries } from '../resources/job-view.ts';
import { waitAsPreferred } from '../wait-as-preferred.ts';
import { parseMembersQuery } from './list-query.ts';
import { formatPage } from './listing.ts';

/** `POST /v1/groups`: an open group. */
export async function createGroup(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const { owner } = c.var.caller;
  const key = idempotencyKeyOf(c);
  const given = parseBody(groupBody, await readOptionalJsonBody(c.req), 'The group');
  // A submission under the same key is another request.
  const body = { group: given };
  const id = deriveJobId(owner, key === undefined ? { kind: 'token', token: deps.runtime.newToken() } : { kind: 'key', key });
  const held = await withKeyHolder({ id, hasKey: key !== undefined, body }, owner, deps);
  const described = await groupSubmission(c, given, canonicalJson(body), deps);
  const verdict = described instanceof ProblemError ? described : { ...described, members: { isSealed: false, shards: [] } };
  const settings = withoutPlaces(deps.settings);
  const { outcomes, headers } = await acceptCandidates([{ ...held, verdict }], { owner, taken: keyReused() }, { ...deps, settings });
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  const [outcome] = outcomes;
  if (outcome?.kind !== 'accepted') throw outcome?.problem ?? unavailableProblem();
  const { job, isReplay } = outcome;
  c.header('location', `/v1/groups/${job.id}`);
  if (isReplay) c.header('idempotent-replayed', 'true');
  setRetryAfter(c, job, deps);
  return c.json(await toGroupResource(asGroup(job), deps), isReplay && isTerminal(job.status) ? 200 : 202);
}

/** @param given the members of the group that a request names, which fit their schema @returns what makes the job, or the problem with a pointer to each violation */
export async function groupSubmission(
  c: ApiContext,
  given: object,
  canonicalBody: string,
  deps: ApiDeps,
): Promise<Submission | ProblemError> {
  const webhookFault = await findWebhookFault(given, deps.settings);
  const deployed = { catalogue: [contract], settings: deps.settings, webhookFault };
  const parsed = parseSubmission({ type: contract.name, input: {}, ...given }, c.var.caller.owner, deployed, deps.runtime.nowMs());
  return parsed instanceof ProblemError ? parsed : { ...parsed, canonicalBody, ...traceOf(c) };
}

/** A group waits for its members, and must not wait for a place that they need. */
export function withoutPlaces(settings: Settings): Settings {
  const { quota, ...others } = settings;
  const { submissionsPerMinute } = quota ?? {};
  return submissionsPerMinute === undefined ? others : { ...others, quota: { submissionsPerMinute } };
}

/** @throws ProblemError `group-not-found`, also for another owner's group, unless the caller is an admin */
export async function requireGroup(c: ApiContext, deps: ApiDeps): Promise<Group> {
  try {
    return asGroup(await requireJob(c, deps));
  } catch (error) {
    if (error instanceof Error && error.name === 'ProblemError') throw groupNotFound();
    throw error;
  }
}

function groupNotFound(): ProblemError {
  return new ProblemError('group-not-found', { detail: 'There is no group with this id.' });
}

/** @throws ProblemError `group-not-found` for any other job */
export function asGroup(job: Job | undefined): Group {
  if (job?.members === undefined) throw groupNotFound();
  return { ...job, members: job.members };
}

/** `GET /v1/groups/{id}` */
export async function showGroup(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const group = asGroup(await waitAsPreferred(c, await requireGroup(c, deps), deps, async (job) => toGroupResource(asGroup(job), deps)));
  setRetryAfter(c, group, deps);
  return answerTagged(c, await toGroupResource(group, deps));
}

/** `GET /v1/groups/{id}/jobs`: the members in the order of their submission. Those that were refused or have expired are left out. */
export async function listMembers(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const group = await requireGroup(c, deps);
  const { shards } = group.members;
  const { limit, from } = parseMembersQuery(
    c.var.parameters,
    shards.reduce((sum, { size }) => sum + size, 0),
  );
  const places = shards.flatMap(({ size }, shard) => Array.from({ length: size }, (_, position) => ({ shard, position })));
  const page = places.slice(from, from + limit);
  const ids = page.map(({ shard, position }) => memberId(group.owner, { ...group, shard }, position));
  const found = ids.length === 0 ? [] : await deps.store.getMany(ids, deps.runtime.nowMs());
  const { resources, cut } = await formatPage(found, (job) => toListedResource(job, deps));
  const next = from + (cut === undefined ? page.length : ids.indexOf(cut.id) + 1);
  const answer: JobListResource = { jobs: await withRetries(resources, deps), nextCursor: next < places.length ? String(next) : null };
  return answerTagged(c, answer);
}

/** `POST /v1/groups/{id}/seal` */
export async function sealRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const group = await requireGroup(c, deps);
  parseBody(emptyBody, await readOptionalJsonBody(c.req), 'The seal');
  const sealed = asGroup(await sealGroup(group, deps));
  if (!sealed.members.isSealed)
    throw new ProblemError('group-closed', { detail: `The group has ended as ${sealed.status} before it was sealed.` });
  setRetryAfter(c, sealed, deps);
  return c.json(await toGroupResource(sealed, deps), isTerminal(sealed.status) ? 200 : 202);
}

/** `POST /v1/groups/{id}/cancel`: the group ends once its worker has asked every member. */
export async function cancelGroup(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const job = await requireGroup(c, deps);
  const reason = parseBody(cancelBody, await readOptionalJsonBody(c.req), 'The cancel');
  const cancelled = await cancelJob({ job, contract, canceller: { by: c.var.caller.owner, ...reason } }, deps);
  switch (cancelled.kind) {
    case 'cancelled':
      return c.json(await toGroupResource(asGroup(cancelled.job), deps), 200);
    case 'requested':
      setRetryAfter(c, cancelled.job, deps);
      return c.json(await toGroupResource(asGroup(cancelled.job), deps), 202);
    case 'already-ended':
      throw new ProblemError('job-already-ended', {
        detail: `The group has already ${cancelled.job.status === 'cancelled' ? 'been cancelled' : cancelled.job.status}.`,
      });
    case 'busy':
      throw new UnavailableError('Too many concurrent updates to this group; retry the cancel.');
  }
}
