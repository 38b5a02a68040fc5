import { contract as launchContract } from '../../../lambdas/jobs/launch-instances/contract.ts';
import { definition as launchDefinition } from '../../../lambdas/jobs/launch-instances/worker.ts';
import { contract } from '../../../lambdas/jobs/terminate-instances/contract.ts';
import { definition } from '../../../lambdas/jobs/terminate-instances/worker.ts';
import { ec2Behaves, ec2Overview, launchedBy } from '../../support/ec2-control.ts';
import { useEmulators } from '../../support/use-emulators.ts';
import { type RunOptions, WorkerRun } from '../../support/worker-run.ts';

const endpoints = useEmulators();
beforeEach(() => ec2Behaves(endpoints));

const plain = { imageId: 'ami-0abc', instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'], count: 2 };
const submit = (input: object, options: RunOptions = {}) =>
  new WorkerRun(contract, definition, { owner: 'ann', sleepMs: 20, ...options }).submit(input);
const terminate = async (input: object, options?: RunOptions) => (await submit(input, options)).result();
const launchJob = (input: object, options: RunOptions) =>
  new WorkerRun(launchContract, launchDefinition, { sleepMs: 50, jobTypes: [{ contract }], ...options }).submit(input);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function launched(owner: string, input: object = {}, options: RunOptions = {}) {
  const launch = await launchJob({ ...plain, ...input }, { owner, ...options });
  const { instances } = await launch.result();
  return { ids: instances.map(({ instanceId }) => instanceId), launch };
}
const statesOf = async ({ job }: { readonly job: { readonly id: string } }) =>
  (await launchedBy(endpoints, job.id)).map(({ state }) => state);

it('terminates instances that jobs of the same owner launched', async () => {
  const { ids, launch } = await launched('ann');
  expect(await terminate({ instanceIds: ids })).toEqual({ terminated: ids, alreadyTerminated: [] });
  await pause(80);
  expect(await statesOf(launch)).toEqual(['terminated', 'terminated']);
});

it('is fine with what has ended already', async () => {
  const { ids } = await launched('ann');
  const [first = '', second = ''] = ids;
  await terminate({ instanceIds: [first] });
  expect(await terminate({ instanceIds: ids })).toEqual({ terminated: [second], alreadyTerminated: [first] });
});

it('works for an owner whose name no tag can hold', async () => {
  const owner = 'ö'.repeat(300);
  const { ids } = await launched(owner);
  expect((await terminate({ instanceIds: ids }, { owner })).terminated).toEqual(ids);
});

it('says the same of the instances of others and of those that never were, names them, and terminates nothing', async () => {
  const [anns, bobs] = [await launched('ann'), await launched('bob')];
  const refusal = (instanceIds: readonly string[]) => ({
    retryable: false,
    code: 'not_yours',
    message: `Not launched by one of your jobs, or unknown: ${instanceIds.join(', ')}. Nothing was terminated.`,
    details: { instanceIds },
  });
  await expect(terminate({ instanceIds: [...anns.ids, ...bobs.ids] })).rejects.toMatchObject(refusal(bobs.ids));
  await expect(terminate({ instanceIds: [...anns.ids, 'i-0123'] })).rejects.toMatchObject(refusal(['i-0123']));
  expect(await statesOf(anns.launch)).toEqual(['running', 'running']);
  expect(await statesOf(bobs.launch)).toEqual(['running', 'running']);
});

it('keeps off instances that somebody launched without a job', async () => {
  const response = await fetch(endpoints.ec2, {
    method: 'POST',
    body: new URLSearchParams({
      Action: 'RunInstances',
      MinCount: '1',
      MaxCount: '1',
      ImageId: 'ami-1',
      'TagSpecification.1.ResourceType': 'instance',
      'TagSpecification.1.Tag.1.Key': 'delegation:owner',
      'TagSpecification.1.Tag.1.Value': 'ann',
    }),
  });
  const id = /i-[0-9a-f]{17}/.exec(await response.text())?.[0] ?? '';
  await expect(terminate({ instanceIds: [id] })).rejects.toMatchObject({
    code: 'not_yours',
    details: { instanceIds: [id] },
  });
});

it('ends a time-to-live in peace when EC2 has forgotten the instances by then, and spares those of others even so', async () => {
  await ec2Behaves(endpoints, { terminatedAfterMs: 0, forgottenAfterMs: 0 });
  const { ids, launch } = await launched('ann', { timeToLiveSeconds: 60 });
  const { ids: bobs } = await launched('bob');
  await terminate({ instanceIds: ids });
  const input = launch.kit.jobs('terminate-instances')[0]?.resource.input as { instanceIds: string[] };
  expect(await terminate(input)).toEqual({ terminated: [], alreadyTerminated: ids });
  await expect(terminate({ ...input, instanceIds: bobs })).rejects.toMatchObject({ code: 'not_yours' });
});

it('reports the same when its worker died after it terminated them', async () => {
  const { ids } = await launched('ann');
  const run = await submit({ instanceIds: ids });
  run.kit.kill({ after: 'step find-alive' });
  run.kit.kill({ before: 'end' });
  expect(await run.result()).toEqual({ terminated: ids, alreadyTerminated: [] });
  expect(run.kit.deaths).toEqual(['after step find-alive', 'before end']);
});

it('makes throttling another attempt, with EC2’s own code', async () => {
  const { ids } = await launched('ann');
  await ec2Behaves(endpoints, { faults: [{ action: 'TerminateInstances', code: 'RequestLimitExceeded', times: 4 }] });
  await expect(terminate({ instanceIds: ids })).rejects.toMatchObject({ retryable: true, code: 'RequestLimitExceeded' });
  expect((await ec2Overview(endpoints)).calls['TerminateInstances']).toBeGreaterThanOrEqual(3);
});

describe('what EC2 refuses to terminate', () => {
  it.each(['OperationNotPermitted', 'UnauthorizedOperation'])('is tried until it works: %s', async (code) => {
    const { ids, launch } = await launched('ann');
    await ec2Behaves(endpoints, { faults: [{ action: 'TerminateInstances', code, message: 'as EC2 says it', times: 12 }] });
    const run = await submit({ instanceIds: ids });
    await run.kit.settle();
    const reason = run.job.reason?.detail;
    expect(await run.result()).toEqual({ terminated: ids, alreadyTerminated: [] });
    expect(run.job.timeline.filter(({ event }) => event === 'sleeping')).toHaveLength(4); // each look asks for both, and for each of them
    expect(reason).toBe(`EC2 refuses to terminate ${ids.join(', ')}: ${code}: as EC2 says it`);
    await pause(80);
    expect(await statesOf(launch)).toEqual(['terminated', 'terminated']);
  });

  it('is tried after longer and longer pauses, up to a quarter of an hour, and its memory does not grow', async () => {
    const { ids } = await launched('ann');
    await ec2Behaves(endpoints, { protectedInstanceIds: ids });
    const run = await submit({ instanceIds: ids }, { deadline: new Date(Date.now() + 86_400_000).toISOString() });
    await run.kit.settle();
    const pauses: number[] = [];
    for (let look = 1; look <= 12; look++) {
      pauses.push((Date.parse(run.job.reason?.until ?? '') - run.kit.now.getTime()) / 1000);
      await run.kit.advance({ seconds: pauses.at(-1) ?? 0 });
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]);
    expect(JSON.stringify(run.job.checkpoint).length).toBeLessThan(400);
    await ec2Behaves(endpoints);
    expect((await run.result()).terminated).toEqual(ids);
  });

  it.each([[[4]], [[0, 8]], [[0, 1, 2]], [[0, 1, 2, 3, 4, 5, 6, 7]]])('keeps no other of nine instances alive: %j', async (places) => {
    const { ids, launch } = await launched('ann', { count: 9 });
    const guarded = places.map((place) => ids[place] ?? '');
    await ec2Behaves(endpoints, { protectedInstanceIds: guarded });
    const run = await submit({ instanceIds: ids });
    await run.kit.settle();
    expect(run.job.status).toBe('waiting');
    await pause(80);
    const alive = (await launchedBy(endpoints, launch.job.id)).filter(({ state }) => state === 'running');
    expect(alive.map(({ instanceId }) => instanceId)).toEqual(guarded);
  });

  it('ends the job in EC2’s words shortly before its deadline, which says what lives on', async () => {
    const { ids } = await launched('ann', { count: 3 });
    const [isProtected = '', ...others] = ids;
    await ec2Behaves(endpoints, { protectedInstanceIds: [isProtected] });
    const run = await submit({ instanceIds: ids }, { deadline: new Date(Date.now() + 120_000).toISOString() });
    // What the worker reads of its machine's clock goes with the kit's.
    jest.spyOn(Date, 'now').mockImplementation(() => run.kit.now.getTime());
    await expect(run.result().finally(() => jest.restoreAllMocks())).rejects.toMatchObject({
      retryable: false,
      code: 'OperationNotPermitted',
      message: expect.stringMatching(
        new RegExp(
          `EC2 refuses to terminate ${isProtected}: OperationNotPermitted: The instance.* launch template with DisableApiTermination`,
        ),
      ),
      details: { instanceIds: [isProtected], terminated: others },
    });
    expect(run.kit.now.getTime()).toBeLessThan(Date.parse(run.job.resource.createdAt) + 120_000);
  });

  it('counts as done when somebody else ended it meanwhile', async () => {
    const { ids } = await launched('ann');
    const [isProtected = ''] = ids;
    await ec2Behaves(endpoints, { protectedInstanceIds: [isProtected] });
    const run = await submit({ instanceIds: ids });
    await run.kit.settle();
    await ec2Behaves(endpoints, { forgottenAfterMs: 0, terminatedAfterMs: 0 });
    expect((await run.result()).terminated).toEqual(ids);
  });
});

describe('another deployment of the account', () => {
  it('keeps off the instances of an owner of the same name, in the same words as off those that never were', async () => {
    const { ids: instanceIds, launch } = await launched('ann', {}, { settings: { deployment: 'Delegation-a' } });
    await expect(terminate({ instanceIds }, { settings: { deployment: 'Delegation-b' } })).rejects.toMatchObject({
      code: 'not_yours',
      details: { instanceIds },
    });
    expect(await statesOf(launch)).toEqual(['running', 'running']);
    expect((await terminate({ instanceIds }, { settings: { deployment: 'Delegation-a' } })).terminated).toEqual(instanceIds);
  });

  it('keeps off instances without a deployment’s name', async () => {
    const { ids, launch } = await launched('ann');
    const [first = ''] = ids;
    const body = new URLSearchParams({
      Action: 'CreateTags',
      'ResourceId.1': first,
      'Tag.1.Key': 'delegation:deployment',
      'Tag.1.Value': '',
    });
    await fetch(endpoints.ec2, { method: 'POST', body });
    await expect(terminate({ instanceIds: ids })).rejects.toMatchObject({ details: { instanceIds: [first] } });
    expect(await statesOf(launch)).toEqual(['running', 'running']);
  });
});

it.each([
  ['no instances', { instanceIds: [] }, 'instanceIds'],
  ['more than 200', { instanceIds: Array.from({ length: 201 }, (_, index) => `i-${index}`) }, 'instanceIds'],
  ['one twice', { instanceIds: ['i-1', 'i-1'] }, 'instanceIds'],
  ['what is not an id', { instanceIds: ['i-1', 'vol-1'] }, 'instanceIds.1'],
])('does not take %s', (_what, input, path) => {
  expect(contract.input.safeParse(input).error?.issues.map((issue) => issue.path.join('.'))).toContain(path);
});
