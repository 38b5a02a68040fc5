import { contract as launchContract } from '../../../lambdas/jobs/launch-instances/contract.ts';
import { definition as launchDefinition } from '../../../lambdas/jobs/launch-instances/worker.ts';
import { contract } from '../../../lambdas/jobs/terminate-instances/contract.ts';
import { definition } from '../../../lambdas/jobs/terminate-instances/worker.ts';
import { type DirectRun, directRun, everythingAllowed, Killed, runDirectly } from '../../support/direct-context.ts';
import { ec2Behaves, ec2Overview, launchedBy } from '../../support/ec2-control.ts';
import { useEmulators } from '../../support/emulators.ts';

const endpoints = useEmulators();
beforeEach(() => ec2Behaves(endpoints));

const plain = { imageId: 'ami-0abc', instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'], count: 2 };
const terminate = (run: DirectRun, input: object) => runDirectly(contract, definition, input, run);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
async function launched(owner: string, input: object = {}): Promise<{ ids: string[]; launch: DirectRun }> {
  const launch = directRun({ owner });
  const { instances } = await runDirectly(launchContract, launchDefinition, { ...plain, ...input }, launch);
  return { ids: instances.map(({ instanceId }) => instanceId), launch };
}
const statesOf = async (launch: DirectRun) => (await launchedBy(endpoints, launch.jobId)).map(({ state }) => state);

it('terminates instances that jobs of the same owner launched', async () => {
  const { ids, launch } = await launched('ann');
  expect(await terminate(directRun({ owner: 'ann' }), { instanceIds: ids })).toEqual({ terminated: ids, alreadyTerminated: [] });
  await pause(80);
  expect(await statesOf(launch)).toEqual(['terminated', 'terminated']);
});

it('is fine with what has ended already', async () => {
  const { ids } = await launched('ann');
  const [first = '', second = ''] = ids;
  await terminate(directRun({ owner: 'ann' }), { instanceIds: [first] });
  expect(await terminate(directRun({ owner: 'ann' }), { instanceIds: ids })).toEqual({ terminated: [second], alreadyTerminated: [first] });
});

it('works for an owner whose name no tag can hold', async () => {
  const owner = 'ö'.repeat(300);
  const { ids } = await launched(owner);
  expect((await terminate(directRun({ owner }), { instanceIds: ids })).terminated).toEqual(ids);
});

it('says the same of the instances of others and of those that never were, names them, and terminates nothing', async () => {
  const [anns, bobs] = [await launched('ann'), await launched('bob')];
  const refusal = (instanceIds: readonly string[]) => ({
    name: 'PermanentError',
    code: 'not_yours',
    message: `Not launched by one of your jobs, or unknown: ${instanceIds.join(', ')}. Nothing was terminated.`,
    details: { instanceIds },
  });
  await expect(terminate(directRun({ owner: 'ann' }), { instanceIds: [...anns.ids, ...bobs.ids] })).rejects.toMatchObject(
    refusal(bobs.ids),
  );
  await expect(terminate(directRun({ owner: 'ann' }), { instanceIds: [...anns.ids, 'i-0123'] })).rejects.toMatchObject(refusal(['i-0123']));
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
  await expect(terminate(directRun({ owner: 'ann' }), { instanceIds: [id] })).rejects.toMatchObject({
    code: 'not_yours',
    details: { instanceIds: [id] },
  });
});

it('ends a time-to-live in peace when EC2 has forgotten the instances by then, and spares those of others even so', async () => {
  await ec2Behaves(endpoints, { terminatedAfterMs: 0, forgottenAfterMs: 0 });
  const { ids, launch } = await launched('ann', { timeToLiveSeconds: 60 });
  const { ids: bobs } = await launched('bob');
  await terminate(directRun({ owner: 'ann' }), { instanceIds: ids });
  const input = launch.delegated.get('terminate')?.input as { instanceIds: string[] };
  expect(await terminate(directRun({ owner: 'ann' }), input)).toEqual({ terminated: [], alreadyTerminated: ids });
  await expect(terminate(directRun({ owner: 'ann' }), { ...input, instanceIds: bobs })).rejects.toMatchObject({ code: 'not_yours' });
});

it('reports the same when its worker died after it terminated them', async () => {
  const { ids } = await launched('ann');
  const run = directRun({ owner: 'ann' });
  run.onEvent = (event) => {
    if (event === 'step find-alive: remembered') throw new Killed();
  };
  await expect(terminate(run, { instanceIds: ids })).rejects.toThrow(Killed);
  delete run.onEvent;
  await terminate(run, { instanceIds: ids });
  expect(await terminate(run, { instanceIds: ids })).toEqual({ terminated: ids, alreadyTerminated: [] });
});

it('makes throttling another attempt, with EC2’s own code', async () => {
  const { ids } = await launched('ann');
  await ec2Behaves(endpoints, { faults: [{ action: 'TerminateInstances', code: 'RequestLimitExceeded', times: 4 }] });
  const run = directRun({ owner: 'ann' });
  await expect(terminate(run, { instanceIds: ids })).rejects.toMatchObject({ name: 'RetryableError', code: 'RequestLimitExceeded' });
  expect((await ec2Overview(endpoints)).calls['TerminateInstances']).toBeGreaterThanOrEqual(3);
});

describe('what EC2 refuses to terminate', () => {
  it.each(['OperationNotPermitted', 'UnauthorizedOperation'])('is tried until it works: %s', async (code) => {
    const { ids, launch } = await launched('ann');
    await ec2Behaves(endpoints, { faults: [{ action: 'TerminateInstances', code, message: 'as EC2 says it', times: 12 }] });
    const run = directRun({ owner: 'ann' });
    expect(await terminate(run, { instanceIds: ids })).toEqual({ terminated: ids, alreadyTerminated: [] });
    expect(run.sleeps).toHaveLength(4); // each look asks for both, and for each of them
    expect(run.sleeps[0]?.reason?.detail).toBe(`EC2 refuses to terminate ${ids.join(', ')}: ${code}: as EC2 says it`);
    await pause(80);
    expect(await statesOf(launch)).toEqual(['terminated', 'terminated']);
  });

  it('is tried after longer and longer pauses, up to a quarter of an hour, and its memory does not grow', async () => {
    const { ids } = await launched('ann');
    await ec2Behaves(endpoints, { protectedInstanceIds: ids });
    const run = directRun({ owner: 'ann' });
    run.onEvent = (event) => {
      if (event.startsWith('sleep')) throw new Killed(); // each invocation of a job that waits ends there
    };
    for (let look = 1; look <= 12; look++) await expect(terminate(run, { instanceIds: ids })).rejects.toThrow(Killed);
    expect(run.sleeps.map(({ ms }) => ms / 1000)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]);
    expect(run.checkpoint?.length).toBeLessThan(400);
    await ec2Behaves(endpoints);
    delete run.onEvent;
    expect((await terminate(run, { instanceIds: ids })).terminated).toEqual(ids);
  });

  it.each([[[4]], [[0, 8]], [[0, 1, 2]], [[0, 1, 2, 3, 4, 5, 6, 7]]])('keeps no other of nine instances alive: %j', async (places) => {
    const { ids, launch } = await launched('ann', { count: 9 });
    const guarded = places.map((place) => ids[place] ?? '');
    await ec2Behaves(endpoints, { protectedInstanceIds: guarded });
    const run = directRun({ owner: 'ann' });
    run.onEvent = (event) => {
      if (event.startsWith('sleep')) throw new Killed();
    };
    await expect(terminate(run, { instanceIds: ids })).rejects.toThrow(Killed);
    await pause(80);
    const alive = (await launchedBy(endpoints, launch.jobId)).filter(({ state }) => state === 'running');
    expect(alive.map(({ instanceId }) => instanceId)).toEqual(guarded);
  });

  it('ends the job in EC2’s words shortly before its deadline, which says what lives on', async () => {
    const { ids } = await launched('ann', { count: 3 });
    const [isProtected = '', ...others] = ids;
    await ec2Behaves(endpoints, { protectedInstanceIds: [isProtected] });
    const run = directRun({ owner: 'ann', deadline: new Date(Date.now() + 30_150).toISOString(), longestSleepMs: 200 });
    await expect(terminate(run, { instanceIds: ids })).rejects.toMatchObject({
      name: 'PermanentError',
      code: 'OperationNotPermitted',
      message: expect.stringMatching(
        new RegExp(
          `EC2 refuses to terminate ${isProtected}: OperationNotPermitted: The instance.* launch template with DisableApiTermination`,
        ),
      ),
      details: { instanceIds: [isProtected], terminated: others },
    });
    expect(run.sleeps.map(({ ms }) => ms)).toEqual([1_000]);
  });

  it('counts as done when somebody else ended it meanwhile', async () => {
    const { ids } = await launched('ann');
    const [isProtected = ''] = ids;
    await ec2Behaves(endpoints, { protectedInstanceIds: [isProtected] });
    const run = directRun({ owner: 'ann' });
    run.onEvent = (event) => {
      if (event.startsWith('sleep')) void ec2Behaves(endpoints, { forgottenAfterMs: 0, terminatedAfterMs: 0 });
    };
    expect((await terminate(run, { instanceIds: ids })).terminated).toEqual(ids);
  });
});

describe('another deployment of the account', () => {
  const inStage = (deployment: string, owner = 'ann') => directRun({ owner, settings: { ...everythingAllowed, deployment } });

  it('keeps off the instances of an owner of the same name, in the same words as off those that never were', async () => {
    const launch = inStage('Delegation-a');
    const { instances } = await runDirectly(launchContract, launchDefinition, plain, launch);
    const instanceIds = instances.map(({ instanceId }) => instanceId);
    await expect(terminate(inStage('Delegation-b'), { instanceIds })).rejects.toMatchObject({
      code: 'not_yours',
      details: { instanceIds },
    });
    expect(await statesOf(launch)).toEqual(['running', 'running']);
    expect((await terminate(inStage('Delegation-a'), { instanceIds })).terminated).toEqual(instanceIds);
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
    await expect(terminate(directRun({ owner: 'ann' }), { instanceIds: ids })).rejects.toMatchObject({ details: { instanceIds: [first] } });
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
