/** Delegation: a job submits another one for its owner. */

import { canonicalJson, jsonDepth, maxJsonDepth, parseExactJson } from '../../text/exact-json.ts';
import { isConcurrencyKey, keyRule, type PlaceRequest, placeFaults, priorities } from '../contract/concurrency-key.ts';
import type { DelegationRequest } from '../contract/context.ts';
import { findContract, type JobTypeContract } from '../contract/contract.ts';
import { durationMs } from '../contract/duration.ts';
import { PermanentError, QuotaExceededError, RetryableError, UnavailableError } from '../contract/errors.ts';
import { parseInstant } from '../contract/instant.ts';
import type { Settings } from '../contract/runtime-settings.ts';
import { gateOfNew } from '../job/gate.ts';
import { deriveJobId } from '../job/ids.ts';
import type { Job } from '../job/job.ts';
import { toJson } from '../job/json-value.ts';
import { type AdmitDeps, admitJob } from './admit-job.ts';
import { inputFault } from './check-input.ts';
import { maxStartAheadMs, type Submission } from './submit-job.ts';

export interface DelegateDeps extends AdmitDeps {
  readonly catalogue: readonly JobTypeContract[];
  readonly settings: Settings;
}

export interface ChildRequest extends DelegationRequest {
  /** Whether the delegating job waits for it and takes its own deadline along. @default false */
  readonly isPart?: boolean;
}

/** Each time it looks for room costs an invocation. */
const minQuotaWaitSeconds = 5;

/** Jobs that delegate to each other without end would fill the account. */
const maxDepth = 20;

/**
 * Submits a job for the owner of another one. Its id follows from the delegating job and the name of the delegation, so a replay creates no second
 * job. Once a name was used, it refers to that job, even where the request is another one now.
 * @returns the id of the job
 * @throws PermanentError `invalid_delegation` for a request that would be refused as a submission
 * @throws QuotaExceededError while the owner's quota has no room
 */
export async function delegateJob(job: Job, name: string, request: ChildRequest, deps: DelegateDeps): Promise<string> {
  const id = delegatedId(job, name);
  try {
    await submitChild(job, id, request, deps);
  } catch (error) {
    // It may have been accepted before a crash although it is refused now. It is looked for only here, so that a delegation costs no read.
    if (error instanceof UnavailableError || (await deps.store.get(id, deps.runtime.nowMs())) === undefined) throw error;
  }
  return id;
}

async function submitChild(job: Job, id: string, request: ChildRequest, deps: DelegateDeps): Promise<void> {
  const { contract, input, startAtMs } = checkDelegation(job, request, deps);
  const { type, startAt, concurrencyKey, priority } = request;
  const submission: Submission = {
    owner: job.owner,
    contract,
    input,
    canonicalBody: canonicalJson({ type, input, startAt, concurrencyKey, priority }),
    ...placeOf(job, contract, request),
    depth: (job.depth ?? 0) + 1,
    ...(job.traceparent === undefined ? {} : { traceparent: job.traceparent }),
    ...(startAtMs === undefined ? {} : { startAtMs }),
    ...(request.isPart === true ? asPart(job, contract, Math.max(startAtMs ?? 0, deps.runtime.nowMs())) : {}),
  };
  refuseHeldGate(submission);
  const admitted = await admitJob(id, submission, deps);
  switch (admitted.kind) {
    case 'draining':
      throw new RetryableError(`The job type ${contract.name} is draining and accepts no new jobs.`, {
        code: 'job_type_draining',
        after: { minutes: 5 },
      });
    case 'upload-missing':
      throw invalid(`The input for ${contract.name} names an upload that is not there, at /${admitted.missing[0]?.path.join('/')}.`);
    case 'predecessors-refused':
      throw new Error('A job that another one submits starts after no others.');
    case 'over-quota':
      throw new QuotaExceededError(
        'waiting for room in the quota of its owner to delegate a job',
        Math.max(minQuotaWaitSeconds, admitted.refusal.retryAfterSeconds),
      );
    case 'accepted':
    case 'id-taken': // where the name was used for something else, it refers to that job
      return;
  }
}

/** A part of another job's work is of no use after that job's deadline. Where that passes at this moment, the part gets a second, so that it is accepted. */
function asPart({ id, createdAtMs, deadlineMs }: Job, contract: JobTypeContract, startMs: number) {
  const shorterMs = Math.min(deadlineMs, startMs + durationMs(contract.deadline));
  return { parent: { id, createdAtMs }, deadlineMs: Math.max(startMs + 1_000, shorterMs) };
}

/** A job hands its priority down, and a part of its work may pass none of the gates whose places are held for it. */
function placeOf({ gate, gatesAbove = [] }: Job, contract: JobTypeContract, { concurrencyKey, priority, isPart }: ChildRequest) {
  const inherited = contract.priorities === true ? gate?.priority : undefined;
  const own = priority ?? inherited;
  const above = isPart === true ? [...gatesAbove, ...(gate === undefined ? [] : [gate.id])] : [];
  return {
    ...(concurrencyKey === undefined ? {} : { concurrencyKey }),
    ...(own === undefined ? {} : { priority: own }),
    ...(above.length === 0 ? {} : { gatesAbove: above }),
  };
}

/** It would wait for a place that is held until it has ended. */
function refuseHeldGate(submission: Submission): void {
  const gate = gateOfNew(submission);
  if (gate === undefined || submission.gatesAbove?.includes(gate.id) !== true) return;
  const which = gate.key === undefined ? 'one place for all' : `the concurrency key ${JSON.stringify(gate.key)}`;
  throw new PermanentError(
    `A job that holds a place cannot run a ${submission.contract.name} job under the same gate (${which}): it would wait for its own end. Use ctx.delegate, or another key.`,
    { code: 'concurrency_key_held' },
  );
}

function checkPlace(contract: JobTypeContract, { concurrencyKey, priority }: PlaceRequest): void {
  if (concurrencyKey !== undefined && (typeof concurrencyKey !== 'string' || !isConcurrencyKey(concurrencyKey)))
    throw invalid(`concurrencyKey ${keyRule} (was ${JSON.stringify(concurrencyKey)}).`);
  if (priority !== undefined && !priorities.includes(priority))
    throw invalid(`priority must be ${priorities.join(', ')} (was ${JSON.stringify(priority)}).`);
  const [fault] = placeFaults(contract, { concurrencyKey, priority });
  if (fault !== undefined) throw invalid(`${fault.member} ${fault.detail}.`);
}

/** @returns the id of the job that this one delegates under the name, whether or not it has done so already */
export function delegatedId(job: Pick<Job, 'id' | 'createdAtMs' | 'owner'>, name: string): string {
  return deriveJobId(job.owner, { kind: 'delegation', by: job, name });
}

function checkDelegation(job: Job, { type, input, startAt, ...place }: DelegationRequest, { catalogue, settings, runtime }: DelegateDeps) {
  if ((job.depth ?? 0) >= maxDepth) throw invalid(`Jobs may delegate to each other ${maxDepth} levels deep at most.`);
  const contract = findContract(catalogue, type);
  if (contract === undefined) throw invalid(`There is no job type ${type}.`);
  // The input as a submission would carry it, so that the child gets what its own attempts will read.
  const json = toJson(input, `The input for ${type}`, 'invalid_delegation');
  if (jsonDepth(json) > maxJsonDepth) throw invalid(`The input for ${type} is nested deeper than ${maxJsonDepth} levels.`);
  const plain = parseExactJson(json);
  const fault = inputFault(contract, plain, settings);
  if (fault !== undefined) throw invalid(fault);
  checkPlace(contract, place);
  if (startAt === undefined) return { contract, input: plain };
  const start = parseInstant(startAt);
  if ('fault' in start) throw invalid(`startAt ${start.fault} (was ${JSON.stringify(startAt)}).`);
  if (start.ms > runtime.nowMs() + maxStartAheadMs) throw invalid(`startAt must be at most a year ahead (was ${startAt}).`);
  return { contract, input: plain, startAtMs: start.ms };
}

function invalid(message: string): PermanentError {
  return new PermanentError(message, { code: 'invalid_delegation' });
}
