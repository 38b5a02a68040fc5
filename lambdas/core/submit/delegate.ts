/** A job that submits another one for its owner. */

import { canonicalJson, deepestJson, jsonDepth, parseExactJson } from '../../text/exact-json.ts';
import type { DelegationRequest } from '../contract/context.ts';
import { findContract, type JobTypeContract } from '../contract/contract.ts';
import { PermanentError, QuotaExceededError, RetryableError, UnavailableError } from '../contract/errors.ts';
import { parseInstant } from '../contract/instant.ts';
import { parseWithSchema } from '../contract/schema.ts';
import type { Settings } from '../contract/settings.ts';
import type { JobTypeStates } from '../control/job-type-states.ts';
import { errorText } from '../job/error-text.ts';
import { deriveJobId } from '../job/ids.ts';
import type { Job } from '../job/job.ts';
import { toJson } from '../job/json-value.ts';
import { type QuotaDeps, takeQuota } from './quota.ts';
import { maxStartAheadMs, type SubmitDeps, submitJob } from './submit.ts';

export interface DelegateDeps extends SubmitDeps, QuotaDeps {
  readonly typeStates: JobTypeStates;
  readonly catalogue: readonly JobTypeContract[];
  readonly settings: Settings;
}

/** Each look for room is an invocation. */
const minQuotaWaitSeconds = 5;

/** Jobs that delegate to each other without end would fill the account. */
const maxDepth = 20;

/**
 * The key names the record of the delegating job and the delegation, so no replay makes a second job, and no caller's key is the same: it cannot hold a NUL.
 * A name that was used decides, whatever is asked for now.
 * @returns the id of the job
 * @throws PermanentError `invalid_delegation` for what a submission would be refused for
 * @throws QuotaExceededError while the owner's quota has no room
 */
export async function delegateJob(job: Job, name: string, delegated: DelegationRequest, ports: DelegateDeps): Promise<string> {
  try {
    return await submitChild(job, name, delegated, ports);
  } catch (error) {
    // What is refused now may have been taken before a crash. Looked for only here, so that a delegation costs no read.
    const id = delegatedId(job, name);
    if (error instanceof UnavailableError || (await ports.store.get(id, ports.runtime.nowMs())) === undefined) throw error;
    return id;
  }
}

async function submitChild(job: Job, name: string, delegated: DelegationRequest, ports: DelegateDeps): Promise<string> {
  const { contract, input, startAtMs } = checkDelegation(job, delegated, ports);
  if (!(await ports.typeStates.acceptsJobs(contract.name))) {
    throw new RetryableError(`The job type ${contract.name} is draining and takes no new jobs.`, {
      code: 'job_type_draining',
      after: { minutes: 5 },
    });
  }
  await ports.typeStates.registerType(contract.name);
  const idempotencyKey = delegationKey(job, name);
  const { type, startAt } = delegated;
  const submission = {
    owner: job.owner,
    contract,
    input,
    idempotencyKey,
    canonicalBody: canonicalJson({ type, input, startAt }),
    depth: (job.depth ?? 0) + 1,
    ...(startAtMs === undefined ? {} : { startAtMs }),
  };
  const submitted = await submitJob(submission, ports, (id) => admit(job.owner, id, ports));
  return submitted.kind === 'accepted' ? submitted.job.id : delegatedId(job, name);
}

function delegationKey({ id, createdAtMs }: Pick<Job, 'id' | 'createdAtMs'>, name: string): string {
  return `\0delegated by ${id} of ${createdAtMs}: ${name}`;
}

/** @returns the id of the job that this one delegates under the name, whether it did already or not */
export function delegatedId(job: Pick<Job, 'id' | 'createdAtMs' | 'owner'>, name: string): string {
  return deriveJobId(job.owner, { key: delegationKey(job, name) });
}

function checkDelegation(job: Job, { type, input, startAt }: DelegationRequest, { catalogue, settings, runtime }: DelegateDeps) {
  if ((job.depth ?? 0) >= maxDepth) throw invalid(`Jobs may delegate to each other ${maxDepth} levels deep at most.`);
  const contract = findContract(catalogue, type);
  if (contract === undefined) throw invalid(`There is no job type ${type}.`);
  // As a submission would carry it, so that the child gets what its own attempts will read.
  const json = toJson(input, `The input for ${type}`, 'invalid_delegation');
  if (jsonDepth(json) > deepestJson) throw invalid(`The input for ${type} is nested deeper than ${deepestJson} levels.`);
  const plain = parseExactJson(json);
  const parsed = parseWithSchema(contract.input, plain);
  if (!parsed.success) throw invalid(`The input is not one that ${type} takes: ${errorText(parsed.error)}`);
  const [fault] = contract.check?.(parsed.data, settings) ?? [];
  if (fault !== undefined) throw invalid(`The input is not one that ${type} takes: ${fault.pointer}: ${fault.detail}`);
  if (startAt === undefined) return { contract, input: plain };
  const start = parseInstant(startAt);
  if ('fault' in start) throw invalid(`startAt ${start.fault} (was ${JSON.stringify(startAt)}).`);
  if (start.ms > runtime.nowMs() + maxStartAheadMs) throw invalid(`startAt must be at most a year ahead (was ${startAt}).`);
  return { contract, input: plain, startAtMs: start.ms };
}

async function admit(owner: string, id: string, ports: DelegateDeps): Promise<void> {
  const { quota } = ports.settings;
  if (quota === undefined) return;
  const admission = await takeQuota(owner, id, quota, ports);
  if (admission.kind === 'admitted') return;
  throw new QuotaExceededError(
    'waiting for room in the quota of its owner to delegate a job',
    Math.max(minQuotaWaitSeconds, admission.retryAfterSeconds),
  );
}

function invalid(message: string): PermanentError {
  return new PermanentError(message, { code: 'invalid_delegation' });
}
