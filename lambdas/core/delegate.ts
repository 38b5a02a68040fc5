/** A job that submits another one for its owner. */
import type { Delegated } from './context.ts';
import { findContract, type JobTypeContract } from './contract.ts';
import type { TypeSwitches } from './control.ts';
import { PermanentError, RetryableError } from './errors.ts';
import { canonicalJson } from './exact-json.ts';
import type { Job } from './job.ts';
import type { Settings } from './settings.ts';
import { type SubmitPorts, submitJob } from './submit.ts';

export interface DelegatePorts extends SubmitPorts {
  readonly switches: TypeSwitches;
  readonly catalogue: readonly JobTypeContract[];
  readonly settings: Settings;
}

/**
 * The key is made of the delegating job and the name, so no replay makes a second job; no caller's key can hold a NUL.
 * @returns the id of the job
 * @throws PermanentError `invalid_delegation` when the type does not take this input
 */
export async function delegateJob(job: Job, name: string, { type, input, startAt }: Delegated, ports: DelegatePorts): Promise<string> {
  const contract = findContract(ports.catalogue, type);
  const parsed = contract?.input.safeParse(input);
  const [fault] = parsed?.success === true ? (contract?.check?.(parsed.data, ports.settings) ?? []) : [];
  if (contract === undefined || !parsed?.success || fault !== undefined) {
    const why = fault === undefined ? parsed?.error?.message : `${fault.pointer}: ${fault.detail}`;
    const message = contract === undefined ? `There is no job type ${type}.` : `The input is not one that ${type} takes: ${why}`;
    throw new PermanentError(message, { code: 'invalid_delegation' });
  }
  if (!(await ports.switches.takesNew(type))) {
    throw new RetryableError(`The job type ${type} is draining and takes no new jobs.`, {
      code: 'job_type_draining',
      after: { minutes: 5 },
    });
  }
  const submitted = await submitJob(
    {
      owner: job.owner,
      contract,
      input: parsed.data,
      idempotencyKey: `\0delegated by ${job.id}: ${name}`,
      fingerprint: canonicalJson({ type, input, startAt }),
      ...(startAt === undefined ? {} : { startAtMs: Date.parse(startAt) }),
    },
    ports,
  );
  if (submitted.kind === 'key-reused') {
    throw new PermanentError(`This job already delegated something else under the name "${name}".`, { code: 'invalid_delegation' });
  }
  return submitted.job.id;
}
