/** The routes of job types. */
import { findContract, type JobTypeContract } from '../../core/contract/contract.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import { ProblemError } from '../problem.ts';
import { stateBody } from '../request/body-schemas.ts';
import { parseBody } from '../request/parse-body.ts';
import { readJsonBody } from '../request/read-body.ts';
import { answerTagged } from '../resources/entity-tag.ts';
import { type JobTypeView, toJobTypeResource, toJobTypeSummary } from '../resources/job-type-resource.ts';
import { queueStateMaxAgeMs } from '../resources/queue-states.ts';

export async function listJobTypes(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const jobTypes = await Promise.all(deps.catalogue.map(async (contract) => toJobTypeSummary(contract, await viewOf(contract, deps))));
  return answerTagged(c, { jobTypes }, queueStateMaxAgeMs);
}

export async function showJobType(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const contract = requireJobType(c, deps);
  return answerTagged(c, toJobTypeResource(contract, await viewOf(contract, deps)), queueStateMaxAgeMs);
}

export async function setJobTypeState(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const { owner, isAdmin } = c.var.caller;
  if (!isAdmin) throw new ProblemError('forbidden', { detail: "Only admins can change a job type's state." });
  const contract = requireJobType(c, deps);
  const { state, reason } = parseBody(stateBody, await readJsonBody(c.req), 'The state');
  const change = { by: owner, atMs: deps.runtime.nowMs(), ...(reason === undefined ? {} : { reason }) };
  await deps.typeStates.setState(contract.name, state, change);
  deps.log.info('The state of a job type was changed.', { type: contract.name, state, owner, reason });
  return c.json(toJobTypeResource(contract, { ...(await viewOf(contract, deps)), state, change: { ...change, state } }));
}

async function viewOf(contract: JobTypeContract, { typeStates, queueStates }: ApiDeps): Promise<JobTypeView> {
  const { name } = contract;
  const { jsonSchemasOf } = await import('#description-part');
  const [state, change, queue] = await Promise.all([typeStates.stateOf(name), typeStates.changeOf(name), queueStates.stateOf(name)]);
  return { state, change, queue, schemas: jsonSchemasOf(contract) };
}

function requireJobType(c: ApiContext, { catalogue }: ApiDeps): JobTypeContract {
  const contract = findContract(catalogue, c.req.param('type') ?? '');
  if (contract !== undefined) return contract;
  throw new ProblemError('job-type-not-found', {
    detail: `There is no such job type. There are: ${catalogue.map(({ name }) => name).join(', ')}.`,
  });
}
