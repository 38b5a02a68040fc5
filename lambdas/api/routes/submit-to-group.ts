/** `POST /v1/jobs/batch` with `group`: the jobs of the batch become members of a group, an open one or a new one of exactly these. */
import { reportShard } from '../../core/control/tally-end.ts';
import { isComplete, memberId, requestMs, type ShardKey } from '../../core/job/group.ts';
import { deriveJobId } from '../../core/job/ids.ts';
import { keyHashOf, type OpenedShard, openShard, reopenFirst } from '../../core/submit/open-shard.ts';
import { isSameSubmission } from '../../core/submit/submit-job.ts';
import { canonicalJson } from '../../text/exact-json.ts';
import {
  type Acceptance,
  acceptCandidates,
  acceptItems,
  keyReused,
  type SubmissionRequest,
  toCandidate,
  unavailableProblem,
} from '../accept.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import { ProblemError } from '../problem.ts';
import { readItem, toResult } from '../request/batch-items.ts';
import { traceOf } from '../request/trace-context.ts';
import { asGroup, groupSubmission, withoutPlaces } from './groups.ts';

export interface GroupBatch {
  /** The id of an open group, or what a new one has. */
  readonly group: string | true | object;
  readonly jobs: readonly unknown[];
  readonly key: string | undefined;
}

/** A batch that the group's record has. */
interface Opened extends Extract<OpenedShard, { readonly kind: 'opened' }> {
  readonly key: ShardKey;
  readonly headers: Readonly<Record<string, string>>;
}

export async function submitToGroup(c: ApiContext, deps: ApiDeps, batch: GroupBatch): Promise<Response> {
  refuseOwnKeys(batch.jobs);
  const opened = await open(c, deps, batch);
  const { group, key, isRepeat } = opened;
  const requests = batch.jobs.map((item, position) => toRequest(item, memberId(group.owner, key, position)));
  const { outcomes, headers } = await decide(c, deps, { opened, requests });
  c.header('location', `/v1/groups/${group.id}`);
  if (isRepeat) c.header('idempotent-replayed', 'true');
  for (const [name, value] of Object.entries({ ...opened.headers, ...headers })) c.header(name, value);
  return c.json({ group: group.id, results: await Promise.all(outcomes.map((outcome, position) => toResult(outcome, position, c, deps))) });
}

/** Keys that name a job which may not be one of this group. The id of a member follows from its place, so that none of two requests makes it twice. */
const keysOfItems = {
  idempotencyKey: 'excludes group: the Idempotency-Key of the request covers all members',
  uniqueKey: 'excludes group: a job that is joined may be in no group, or in another one',
};

function refuseOwnKeys(jobs: readonly unknown[]): void {
  const errors = jobs.flatMap((job, position) =>
    Object.entries(keysOfItems).flatMap(([name, detail]) =>
      typeof job === 'object' && job !== null && Object.hasOwn(job, name) ? [{ pointer: `#/jobs/${position}/${name}`, detail }] : [],
    ),
  );
  if (errors.length === 0) return;
  const detail = `Members of a group have no keys of their own, and there are ${errors.length}.`;
  throw new ProblemError('invalid-submission', { detail, errors: errors.slice(0, 100) });
}

async function open(c: ApiContext, deps: ApiDeps, { group, jobs, key }: GroupBatch): Promise<Opened> {
  if (typeof group !== 'string') return openNew(c, deps, { group, jobs, key });
  const found = await deps.store.get(group, deps.runtime.nowMs());
  const { owner, isAdmin } = c.var.caller;
  const known = asGroup(found?.owner === owner || isAdmin ? found : undefined);
  // Members are of the group's owner, and count against that owner's quota.
  if (known.owner !== owner) throw new ProblemError('forbidden', { detail: 'Only the owner of a group can add jobs to it.' });
  const opened = await openShard(known, { size: jobs.length, keyHash: key === undefined ? undefined : keyHashOf(key) }, deps);
  return { ...requireOpened(opened), headers: {} };
}

/** Makes the group with its only batch, sealed. It takes no place in the quota of jobs in flight. */
async function openNew(c: ApiContext, deps: ApiDeps, { group, jobs, key }: GroupBatch): Promise<Opened> {
  const { owner } = c.var.caller;
  const id = deriveJobId(
    owner,
    key === undefined ? { kind: 'token', token: deps.runtime.newToken() } : { kind: 'batch', key, position: -1 },
  );
  const given = typeof group === 'object' ? group : {};
  const described = await groupSubmission(c, given, canonicalJson({ group: given, size: jobs.length }), deps);
  if (described instanceof ProblemError) throw withinGroup(described);
  const members = { isSealed: true, shards: [{ size: jobs.length, openedAtMs: deps.runtime.nowMs() }] };
  const settings = withoutPlaces(deps.settings);
  const { outcomes, headers } = await acceptItems(
    [{ id, submission: { ...described, members } }],
    { owner, taken: keyReused() },
    { ...deps, settings },
  );
  const [outcome] = outcomes;
  if (outcome?.kind !== 'accepted') throw outcome?.problem ?? unavailableProblem();
  const { job, isReplay } = outcome;
  if (isReplay) return { ...requireOpened(await reopenFirst(job, jobs.length, deps)), headers };
  const key0 = { id: job.id, createdAtMs: job.createdAtMs, shard: 0 };
  return { kind: 'opened', group: job, shard: 0, role: 'submit', isRepeat: false, key: key0, headers };
}

function withinGroup({ problem, options }: ProblemError): ProblemError {
  const errors = options.errors?.map(({ pointer, detail }) => ({ pointer: `#/group${pointer.slice(1)}`, detail }));
  return new ProblemError(problem, { ...options, ...(errors === undefined ? {} : { errors }) });
}

function requireOpened(opened: OpenedShard): Omit<Opened, 'headers'> {
  switch (opened.kind) {
    case 'opened': {
      const { id, createdAtMs } = opened.group;
      return { ...opened, key: { id, createdAtMs, shard: opened.shard } };
    }
    case 'closed': {
      const why = { sealed: 'is sealed', ended: 'has ended', ending: 'is ending: it was cancelled, or its deadline has passed' }[
        opened.why
      ];
      throw new ProblemError('group-closed', { detail: `The group ${why}, so no more jobs can be added to it.` });
    }
    case 'key-reused':
      throw new ProblemError('idempotency-key-reused', {
        detail: 'Another batch was sent to this group with the same Idempotency-Key before.',
      });
    case 'full':
      throw new ProblemError('too-many-batches', { detail: 'A group may have 100 batches. Fill each with up to 100 jobs.' });
    case 'busy':
      throw unavailableProblem();
  }
}

function toRequest(given: unknown, id: string): SubmissionRequest | ProblemError {
  const item = readItem(given);
  // A member that is there already is one that an earlier request made.
  return item instanceof ProblemError ? item : { id, hasKey: true, body: item.body };
}

interface Members {
  readonly opened: Opened;
  /** The members in order, or why one is none. */
  readonly requests: readonly (SubmissionRequest | ProblemError)[];
}

interface Decided {
  readonly outcomes: readonly (Acceptance | undefined)[];
  readonly headers: Readonly<Record<string, string>>;
}

async function decide(c: ApiContext, deps: ApiDeps, members: Members): Promise<Decided> {
  const { opened, requests } = members;
  const [tally] = opened.isRepeat ? await deps.tallies.read([opened.key]) : [];
  const refused = new Set(tally?.refused);
  const mayDecide = (position: number) => opened.role === 'submit' && !refused.has(position);
  const submitted = requests.flatMap((request, position) =>
    request instanceof ProblemError || !mayDecide(position) ? [] : [{ request, position }],
  );
  const { outcomes: decided, headers } = await submit(c, deps, opened, { submitted, size: requests.length });
  const known = new Map(submitted.map(({ position }, i) => [position, decided[i]]));
  const outcomes = await Promise.all(
    requests.map((request, position): Promise<Acceptance | undefined> | Acceptance | undefined => {
      if (request instanceof ProblemError) return { kind: 'refused', problem: request };
      if (mayDecide(position)) return known.get(position);
      return replayOr(refused.has(position) ? alreadyRefused() : notNow(opened, deps), request, deps);
    }),
  );
  await countRefused(
    members,
    outcomes.map((outcome, position) => (mayDecide(position) ? outcome : undefined)),
    deps,
  );
  return { outcomes, headers };
}

interface SubmittedMembers {
  readonly submitted: readonly { readonly request: SubmissionRequest; readonly position: number }[];
  /** The number of members of the batch. */
  readonly size: number;
}

async function submit(c: ApiContext, deps: ApiDeps, { group, key }: Opened, { submitted, size }: SubmittedMembers) {
  const { owner } = group;
  // The id of a member is never freed.
  const { idempotencyRelease: _release, ...settings } = deps.settings;
  const candidates = await Promise.all(
    submitted.map(async ({ request, position }) => {
      const candidate = await toCandidate(request, { owner, ...traceOf(c) }, { ...deps, settings });
      const { verdict } = candidate;
      return { ...candidate, verdict: verdict instanceof ProblemError ? verdict : { ...verdict, group: { ...key, position, size } } };
    }),
  );
  return acceptCandidates(candidates, { owner, taken: keyReused() }, deps);
}

/** @returns the member, if an earlier request made it with this content */
async function replayOr(problem: ProblemError, { id, body }: SubmissionRequest, { store, runtime }: ApiDeps): Promise<Acceptance> {
  const job = await store.get(id, runtime.nowMs());
  if (job === undefined) return { kind: 'refused', problem };
  return isSameSubmission(job, canonicalJson(body)) ? { kind: 'accepted', job, isReplay: true } : { kind: 'refused', problem: keyReused() };
}

function alreadyRefused(): ProblemError {
  return new ProblemError('member-refused', { detail: 'The group has counted this job as refused. Send it in another batch.' });
}

/** Why a repeated request cannot submit a member that is not there yet. */
function notNow({ role, group, shard }: Opened, { runtime }: ApiDeps): ProblemError {
  if (role === 'read') return alreadyRefused();
  const openedAtMs = group.members?.shards[shard]?.openedAtMs ?? 0;
  const seconds = Math.max(1, Math.ceil((openedAtMs + requestMs - runtime.nowMs()) / 1000));
  return new ProblemError('unavailable', {
    detail: `An earlier request with this key may still be submitting this job. Send the batch again in ${seconds} seconds.`,
    headers: { 'retry-after': String(seconds) },
  });
}

/**
 * Counts what was refused for good, so that the group does not wait for it. If this fails, the group's worker does it: it finds that the member never came.
 */
async function countRefused({ opened, requests }: Members, outcomes: readonly (Acceptance | undefined)[], deps: ApiDeps): Promise<void> {
  const { key, group } = opened;
  const refused: number[] = [];
  for (const [position, outcome] of outcomes.entries()) {
    // Whether that one was written is not known. One that is there with other content is a member.
    if (outcome?.kind !== 'refused' || outcome.problem.problem === 'unavailable' || outcome.problem.problem === 'idempotency-key-reused')
      continue;
    const isThere = opened.isRepeat && (await deps.store.get(memberId(group.owner, key, position), deps.runtime.nowMs())) !== undefined;
    if (!isThere) refused.push(position);
  }
  if (refused.length === 0) return;
  try {
    const tally = await deps.tallies.add(key, 'refused', refused);
    if (isComplete(tally, requests.length)) await reportShard(key, tally, deps);
  } catch (error) {
    deps.log.warn('Refused members of a group could not be counted; its worker counts them.', { group: key.id, error: String(error) });
  }
}
