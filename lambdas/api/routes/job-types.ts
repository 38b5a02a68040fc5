/** The routes of job types. */
import * as z from 'zod';
import { findContract, type JobTypeContract } from '../../core/contract/contract.ts';
import { jobTypeStates } from '../../core/control/job-type-states.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import { ProblemError } from '../problem.ts';
import { readJsonBody } from '../request/read-body.ts';
import { collectViolations, describeViolations, violationsOf } from '../request/violations.ts';
import { toJobTypeResource, toJobTypeSummary } from '../resources/job-type-resource.ts';

export const stateBody = z.strictObject({ state: z.enum(jobTypeStates) });

export async function listJobTypes(c: ApiContext, { catalogue, typeStates }: ApiDeps): Promise<Response> {
  const jobTypes = await Promise.all(
    catalogue.map(async (contract) => toJobTypeSummary(contract, await typeStates.stateOf(contract.name))),
  );
  return c.json({ jobTypes });
}

export async function showJobType(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const contract = requireJobType(c, deps);
  return c.json(toJobTypeResource(contract, await deps.typeStates.stateOf(contract.name)));
}

export async function setJobTypeState(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const { owner, isAdmin } = c.var.caller;
  if (!isAdmin) throw new ProblemError('forbidden', { detail: "Only admins can change a job type's state." });
  const contract = requireJobType(c, deps);
  const body = stateBody.safeParse(await readJsonBody(c.req));
  if (!body.success)
    throw new ProblemError('invalid-submission', describeViolations('The state', collectViolations(violationsOf(body.error.issues))));
  const { state } = body.data;
  await deps.typeStates.setState(contract.name, state);
  deps.log.info('The state of a job type was changed.', { type: contract.name, state, owner });
  return c.json(toJobTypeResource(contract, state));
}

function requireJobType(c: ApiContext, { catalogue }: ApiDeps): JobTypeContract {
  const contract = findContract(catalogue, c.req.param('type') ?? '');
  if (contract !== undefined) return contract;
  throw new ProblemError('job-type-not-found', {
    detail: `There is no such job type. There are: ${catalogue.map(({ name }) => name).join(', ')}.`,
  });
}
