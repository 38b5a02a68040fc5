/** The routes of job types. */
import * as z from 'zod';
import { findContract, type JobTypeContract } from '../../core/contract/contract.ts';
import { jobTypeStates } from '../../core/control/job-type-states.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import { ProblemError } from '../problem.ts';
import { parseBody, reasonText } from '../request/parse-body.ts';
import { readJsonBody } from '../request/read-body.ts';
import { type StateView, toJobTypeResource, toJobTypeSummary } from '../resources/job-type-resource.ts';

export const stateBody = z.strictObject({ state: z.enum(jobTypeStates), reason: reasonText.optional() });

export async function listJobTypes(c: ApiContext, { catalogue, typeStates }: ApiDeps): Promise<Response> {
  const jobTypes = await Promise.all(catalogue.map(async (contract) => toJobTypeSummary(contract, await stateOf(contract, typeStates))));
  return c.json({ jobTypes });
}

export async function showJobType(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const contract = requireJobType(c, deps);
  return c.json(toJobTypeResource(contract, await stateOf(contract, deps.typeStates)));
}

export async function setJobTypeState(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const { owner, isAdmin } = c.var.caller;
  if (!isAdmin) throw new ProblemError('forbidden', { detail: "Only admins can change a job type's state." });
  const contract = requireJobType(c, deps);
  const { state, reason } = parseBody(stateBody, await readJsonBody(c.req), 'The state');
  const change = { by: owner, atMs: deps.runtime.nowMs(), ...(reason === undefined ? {} : { reason }) };
  await deps.typeStates.setState(contract.name, state, change);
  deps.log.info('The state of a job type was changed.', { type: contract.name, state, owner, reason });
  return c.json(toJobTypeResource(contract, { state, change: { ...change, state } }));
}

async function stateOf({ name }: JobTypeContract, typeStates: ApiDeps['typeStates']): Promise<StateView> {
  return { state: await typeStates.stateOf(name), change: await typeStates.changeOf(name) };
}

function requireJobType(c: ApiContext, { catalogue }: ApiDeps): JobTypeContract {
  const contract = findContract(catalogue, c.req.param('type') ?? '');
  if (contract !== undefined) return contract;
  throw new ProblemError('job-type-not-found', {
    detail: `There is no such job type. There are: ${catalogue.map(({ name }) => name).join(', ')}.`,
  });
}
