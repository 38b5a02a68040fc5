import { JobInterruptedError, RetryableError } from '../../../lambdas/core/errors.ts';
import { contract } from '../../../lambdas/jobs/launch-instances/contract.ts';
import { definition } from '../../../lambdas/jobs/launch-instances/worker.ts';
import { contract as terminateContract } from '../../../lambdas/jobs/terminate-instances/contract.ts';
import { cleanUpDirectly, type DirectRun, directRun, Killed, runDirectly } from '../../support/direct-context.ts';
import { ec2Behaves, ec2Overview, launchedBy } from '../../support/ec2-control.ts';
import { useEmulators } from '../../support/emulators.ts';

const endpoints = useEmulators();
beforeEach(() => ec2Behaves(endpoints));

const plain = { imageId: 'ami-0abc', instanceTypes: ['t4g.small', 't4g.medium'], subnetIds: ['subnet-1', 'subnet-2'], count: 2 };
const launch = (run: DirectRun, input: object = {}) => runDirectly(contract, definition, { ...plain, ...input }, run);
const cleanUp = (run: DirectRun, input: object = {}) => cleanUpDirectly(contract, definition, { ...plain, ...input }, run);
const livingOf = async (run: DirectRun) =>
  (await launchedBy(endpoints, run.jobId)).filter(({ state }) => state !== 'terminated' && state !== 'shutting-down');
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Dies at the n-th such event, once. */
function dieAt(run: DirectRun, event: string, n = 1): void {
  let seen = 0;
  run.onEvent = (happened) => {
    if (happened === event && ++seen === n) throw new Killed(event);
  };
}
// The first save stands before the call to RunInstances, the second after it.
const justLaunched = ['checkpoint: before', 2] as const;

describe('a launch', () => {
  it('reports ids, type, zone, addresses and launch times once the instances run, and that nothing ends them', async () => {
    await ec2Behaves(endpoints, { publicSubnetIds: ['subnet-1'] });
    const run = directRun();
    const { instances, terminateAt, terminateJobId } = await launch(run);
    expect([terminateAt, terminateJobId]).toEqual([null, null]);
    expect(instances).toHaveLength(2);
    for (const instance of instances) {
      expect(instance).toEqual({
        instanceId: expect.stringMatching(/^i-[0-9a-f]{17}$/),
        instanceType: 't4g.small',
        availabilityZone: expect.stringMatching(/^us-east-1[abc]$/),
        privateIpAddress: expect.stringMatching(/^10\.0\./),
        publicIpAddress: expect.stringMatching(/^203\.0\.113\./),
        launchedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      });
    }
    expect((await livingOf(run)).map(({ state }) => state)).toEqual(['running', 'running']);
    expect(run.sleeps.length).toBeGreaterThan(0); // it waited outside of an invocation
    expect(run.progress.at(-1)).toEqual({ fraction: 1, message: '2 of 2 instances run' });
  });

  it('names job and owner in tags from the start, beside the caller’s own', async () => {
    const run = directRun({ owner: 'arn:aws:iam::123:user/ann' });
    await launch(run, { tags: { Name: 'web', team: 'blue' } });
    const [instance] = await launchedBy(endpoints, run.jobId);
    expect(instance?.tags).toEqual({
      Name: 'web',
      team: 'blue',
      'delegation:job': run.jobId,
      'delegation:owner': 'arn:aws:iam::123:user/ann',
    });
  });

  it('names an owner that no tag can hold by a hash', async () => {
    const run = directRun({ owner: 'x'.repeat(300) });
    await launch(run);
    const [instance] = await launchedBy(endpoints, run.jobId);
    expect(instance?.tags['delegation:owner']).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('takes type and subnet from a launch template, and buys spot when told to', async () => {
    const run = directRun();
    const input = { launchTemplate: { name: 'web', version: '3' }, market: 'spot', userData: '#!/bin/sh\necho hi' };
    const { instances } = await runDirectly(contract, definition, input, run);
    expect(instances.map(({ publicIpAddress }) => publicIpAddress)).toEqual([null]);
    expect(await launchedBy(endpoints, run.jobId)).toEqual([expect.objectContaining({ isSpot: true })]);
  });

  it('waits for the status checks when told to', async () => {
    await ec2Behaves(endpoints, { statusOkAfterMs: 300 });
    const [running, checked] = [directRun(), directRun()];
    await launch(running);
    expect((await ec2Overview(endpoints)).calls['DescribeInstanceStatus']).toBeUndefined();
    const startedAt = Date.now();
    await launch(checked, { waitFor: 'status-ok' });
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(300);
    expect(checked.progress.map(({ message }) => message)).toContain('0 of 2 instances passed their status checks');
  });

  it('takes instances that EC2 does not know yet for new, not for gone', async () => {
    await ec2Behaves(endpoints, { visibleAfterMs: 200 });
    expect((await launch(directRun())).instances).toHaveLength(2);
  });

  it('is content with minCount where count does not fit', async () => {
    await ec2Behaves(endpoints, { capacity: { 'c7g.large': 3 } });
    const run = directRun();
    expect((await launch(run, { instanceTypes: ['c7g.large', 't4g.small'], count: 5, minCount: 2 })).instances).toHaveLength(3);
    expect(await livingOf(run)).toHaveLength(3);
  });
});

describe('a worker that dies', () => {
  it('between the launch and its remembering: the next one finds what was launched, and launches nothing', async () => {
    const run = directRun();
    dieAt(run, ...justLaunched);
    await expect(launch(run)).rejects.toThrow(Killed);
    const orphans = await livingOf(run);
    expect(orphans).toHaveLength(2);
    const { instances } = await launch(run);
    expect(instances.map(({ instanceId }) => instanceId)).toEqual(orphans.map(({ instanceId }) => instanceId));
    expect(await launchedBy(endpoints, run.jobId)).toHaveLength(2);
  });

  it('after one placement was refused and the next launched: the first is not tried again, though it has room by now', async () => {
    await ec2Behaves(endpoints, { capacity: { 't4g.small': 0 } });
    const run = directRun();
    dieAt(run, 'checkpoint: before', 4); // two refused, the third launched
    await expect(launch(run)).rejects.toThrow(Killed);
    await ec2Behaves(endpoints);
    const { instances } = await launch(run);
    expect(instances.map(({ instanceType }) => instanceType)).toEqual(['t4g.medium', 't4g.medium']);
    expect(await launchedBy(endpoints, run.jobId)).toHaveLength(2);
  });

  it('anywhere at all, again and again: exactly count instances, one scheduled end', async () => {
    for (let n = 1; n <= 12; n++) {
      await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'InsufficientInstanceCapacity', times: 5 }] });
      const run = directRun({ longestSleepMs: 5 });
      let events = 0;
      run.onEvent = () => {
        if (++events % n === 0 && events < 60) throw new Killed();
      };
      const result = await untilItLives(run);
      expect(result.instances).toHaveLength(2);
      expect(await launchedBy(endpoints, run.jobId)).toHaveLength(2);
      expect(run.delegated.size).toBe(1);
    }
  });

  it('after a launch, and EC2 is throttled when it is asked again: no other placement is tried before EC2 has told', async () => {
    const run = directRun();
    dieAt(run, ...justLaunched);
    await expect(launch(run)).rejects.toThrow(Killed);
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'RequestLimitExceeded', times: 3 }] });
    expect((await launch(run)).instances.map(({ instanceType }) => instanceType)).toEqual(['t4g.small', 't4g.small']);
    expect(await launchedBy(endpoints, run.jobId)).toHaveLength(2);
    expect(run.sleeps[0]?.reason?.code).toBe('waiting_for_capacity');
  });
});

async function untilItLives(run: DirectRun) {
  for (;;) {
    try {
      return await launch(run, { timeToLiveSeconds: 600 });
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
}

it('tries again with the same token when EC2’s answer is lost: an attempt more, not an instance more', async () => {
  await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', loseAnswer: true }] });
  const run = directRun();
  await expect(launch(run)).rejects.toBeInstanceOf(RetryableError);
  expect((await launch(run)).instances).toHaveLength(2);
  expect(await launchedBy(endpoints, run.jobId)).toHaveLength(2);
});

describe('without capacity', () => {
  it.each(['InsufficientInstanceCapacity', 'MaxSpotInstanceCountExceeded', 'RequestLimitExceeded', 'VcpuLimitExceeded', 'Unsupported'])(
    '%s makes it try the next subnet and type',
    async (code) => {
      await ec2Behaves(endpoints, {
        faults: [
          { action: 'RunInstances', code, instanceType: 't4g.small', subnetId: 'subnet-1' },
          { action: 'RunInstances', code, instanceType: 't4g.small', subnetId: 'subnet-2' },
        ],
      });
      const run = directRun();
      await launch(run);
      expect(await launchedBy(endpoints, run.jobId)).toEqual([
        expect.objectContaining({ instanceType: 't4g.medium', subnetId: 'subnet-1' }),
        expect.objectContaining({ instanceType: 't4g.medium', subnetId: 'subnet-1' }),
      ]);
      expect(run.sleeps.some(({ reason }) => reason?.code === 'waiting_for_capacity')).toBe(false);
    },
  );

  it('anywhere, it waits with the reason waiting_for_capacity, and launches once there is some', async () => {
    await ec2Behaves(endpoints, { capacity: { 't4g.small': 0, 't4g.medium': 0 } });
    const run = directRun({ longestSleepMs: 20 });
    let waits = 0;
    run.onEvent = (event) => {
      if (event.startsWith('sleep') && ++waits === 3) void ec2Behaves(endpoints, { capacity: { 't4g.small': 0 } });
    };
    expect((await launch(run)).instances.map(({ instanceType }) => instanceType)).toEqual(['t4g.medium', 't4g.medium']);
    expect(waits).toBeGreaterThanOrEqual(3);
    expect(run.progress.map(({ message }) => message)).toContain('no capacity in round 1');
    expect(run.sleeps[0]).toEqual({
      ms: 15_000,
      reason: {
        code: 'waiting_for_capacity',
        detail: expect.stringMatching(/^t4g\.medium in subnet-2: InsufficientInstanceCapacity: We currently/),
      },
    });
  });

  it('for hours, its memory does not grow and its pauses do, up to five minutes', async () => {
    await ec2Behaves(endpoints, { capacity: { 't4g.small': 0, 't4g.medium': 0 } });
    const run = directRun();
    const pauses: number[] = [];
    run.onEvent = (event) => {
      if (event.startsWith('sleep')) throw new Killed(); // each invocation of a job that waits ends there
    };
    for (let round = 1; round <= 30; round++) {
      await expect(launch(run)).rejects.toThrow(Killed);
      pauses.push((run.sleeps.at(-1)?.ms ?? 0) / 1000);
    }
    expect(pauses.slice(0, 7)).toEqual([15, 30, 60, 120, 240, 300, 300]);
    expect(run.checkpoint?.length).toBeLessThan(400);
    expect(run.steps.size).toBe(0);
    expect((await ec2Overview(endpoints)).instances.filter(({ tags }) => tags['delegation:job'] === run.jobId)).toEqual([]);
  });

  it('a placement that EC2 does not support is not tried again in later rounds', async () => {
    await ec2Behaves(endpoints, {
      faults: [
        { action: 'RunInstances', code: 'Unsupported', subnetId: 'subnet-1', times: 1 },
        { action: 'RunInstances', code: 'InsufficientInstanceCapacity', subnetId: 'subnet-2', times: 2 },
      ],
    });
    const run = directRun({ longestSleepMs: 5 });
    await launch(run, { instanceTypes: ['t4g.small'] });
    expect(await launchedBy(endpoints, run.jobId)).toEqual(Array(2).fill(expect.objectContaining({ subnetId: 'subnet-2' })));
  });
});

describe('it fails at once, with EC2’s own code and message, when', () => {
  it.each([
    ['a parameter is wrong', 'InvalidParameterValue'],
    ['the permission is missing', 'UnauthorizedOperation'],
    ['the image is unknown', 'InvalidAMIID.NotFound'],
  ])('%s', async (_what, code) => {
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code }] });
    const before = (await ec2Overview(endpoints)).calls['RunInstances'] ?? 0;
    const run = directRun();
    await expect(launch(run)).rejects.toMatchObject({
      name: 'PermanentError',
      code,
      message: expect.stringMatching(/authorized|told to answer/),
    });
    expect((await ec2Overview(endpoints)).calls['RunInstances']).toBe(before + 1);
    expect(run.sleeps).toEqual([]);
  });

  it('no placement is supported', async () => {
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'Unsupported', times: 4 }] });
    await expect(launch(directRun())).rejects.toMatchObject({
      name: 'PermanentError',
      code: 'Unsupported',
      message: expect.stringContaining('instance type'),
    });
  });
});

it('makes a fault of EC2 itself another attempt', async () => {
  await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'InternalError' }] });
  await expect(launch(directRun())).rejects.toMatchObject({ name: 'RetryableError', code: 'InternalError' });
});

it('throttling while it waits for instances is no failed attempt', async () => {
  const run = directRun();
  run.onEvent = (event) => {
    if (event.startsWith('sleep') && run.sleeps.length === 1) {
      void ec2Behaves(endpoints, { faults: [{ action: 'DescribeInstances', code: 'RequestLimitExceeded', times: 4 }] });
    }
  };
  expect((await launch(run)).instances).toHaveLength(2);
});

describe('instances that end by themselves', () => {
  it('do no harm while minCount others run: the report is about those', async () => {
    await ec2Behaves(endpoints, { deaths: [{ afterMs: 20 }] });
    const run = directRun();
    const { instances } = await launch(run, { count: 3, minCount: 2 });
    const all = await launchedBy(endpoints, run.jobId);
    expect(instances.map(({ instanceId }) => instanceId)).toEqual(all.slice(1).map(({ instanceId }) => instanceId));
  });

  it('fail the job where too few are left, with EC2’s reason, and the others are terminated', async () => {
    await ec2Behaves(endpoints, { deaths: [{ afterMs: 20, message: 'Client.InvalidSnapshot.NotFound: The snapshot is gone' }] });
    const run = directRun();
    await expect(launch(run)).rejects.toMatchObject({
      name: 'PermanentError',
      code: 'instances_terminated',
      message: expect.stringMatching(/i-[0-9a-f]{17} is terminated: Client\.InvalidSnapshot\.NotFound: The snapshot is gone/),
    });
    const [survivor] = await livingOf(run);
    expect(await cleanUp(run)).toBe(`terminated ${survivor?.instanceId}`);
    expect(await livingOf(run)).toEqual([]);
  });

  it('are not left behind when they only stopped', async () => {
    await ec2Behaves(endpoints, { deaths: [{ afterMs: 20, state: 'stopped' }] });
    const run = directRun();
    const { instances } = await launch(run, { minCount: 1 });
    expect((await livingOf(run)).map(({ instanceId }) => instanceId)).toEqual(instances.map(({ instanceId }) => instanceId));
  });
});

describe('a time-to-live', () => {
  it('is a second job that terminates the instances so long after their launch', async () => {
    const run = directRun();
    const { instances, terminateAt, terminateJobId } = await launch(run, { timeToLiveSeconds: 3_600 });
    expect(terminateJobId).toBe('job_delegated_terminate');
    const launchedMs = Date.parse(instances[0]?.launchedAt ?? '');
    expect(Date.parse(terminateAt ?? '')).toBe(launchedMs + 3_600_000);
    const delegated = run.delegated.get('terminate');
    expect(delegated).toMatchObject({ type: 'terminate-instances', startAt: terminateAt });
    expect(terminateContract.input.parse(delegated?.input).instanceIds).toEqual(instances.map(({ instanceId }) => instanceId));
  });

  it('counts from the launch, however late the worker comes back to it', async () => {
    const run = directRun();
    dieAt(run, ...justLaunched);
    await expect(launch(run, { timeToLiveSeconds: 60 })).rejects.toThrow(Killed);
    await pause(300);
    const { instances, terminateAt } = await launch(run, { timeToLiveSeconds: 60 });
    expect(Date.parse(terminateAt ?? '')).toBe(Date.parse(instances[0]?.launchedAt ?? '') + 60_000);
  });

  it('is arranged before the wait, so that it holds even if the job never comes to its end', async () => {
    const run = directRun();
    dieAt(run, 'sleep 2000');
    await expect(launch(run, { timeToLiveSeconds: 60 })).rejects.toThrow(Killed);
    expect(run.delegated.size).toBe(1);
  });
});

describe('cleaning up', () => {
  it('terminates what this job launched, nothing else, and says so, also when it is asked twice', async () => {
    const [mine, other] = [directRun(), directRun()];
    await launch(mine);
    await launch(other);
    const ids = (await livingOf(mine)).map(({ instanceId }) => instanceId).sort();
    const sentence = `terminated ${ids.join(', ')}`;
    expect(await cleanUp(mine)).toBe(sentence);
    expect(await cleanUp(mine)).toBe(sentence);
    expect(await livingOf(mine)).toEqual([]);
    expect(await livingOf(other)).toHaveLength(2);
  });

  it('covers a launch that the worker died too early to remember', async () => {
    const run = directRun();
    dieAt(run, ...justLaunched);
    await expect(launch(run)).rejects.toThrow(Killed);
    expect(await cleanUp(run)).toMatch(/^terminated i-\w+, i-\w+$/);
    expect(await livingOf(run)).toEqual([]);
  });

  it('looks again for a launch that nobody heard of and that EC2 does not show yet', async () => {
    await ec2Behaves(endpoints, { visibleAfterMs: 300 });
    const run = directRun();
    dieAt(run, ...justLaunched);
    await expect(launch(run)).rejects.toThrow(Killed);
    await expect(cleanUp(run)).rejects.toMatchObject({ name: 'RetryableError', code: 'launch_in_doubt' });
    await pause(350);
    expect(await cleanUp(run)).toMatch(/^terminated i-\w+, i-\w+$/);
    expect(await livingOf(run)).toEqual([]);
  });

  it('looks again for instances that it remembers and that EC2 does not know yet', async () => {
    await ec2Behaves(endpoints, { visibleAfterMs: 300 });
    const run = directRun();
    dieAt(run, 'checkpoint: saved', 2);
    await expect(launch(run)).rejects.toThrow(Killed);
    await expect(cleanUp(run)).rejects.toMatchObject({ name: 'RetryableError', code: 'launch_in_doubt' });
    await pause(350);
    expect(await cleanUp(run)).toMatch(/^terminated i-\w+, i-\w+$/);
  });

  it('has nothing to say, and no doubts, when a job only waited for capacity', async () => {
    await ec2Behaves(endpoints, { capacity: { 't4g.small': 0, 't4g.medium': 0 } });
    const run = directRun();
    dieAt(run, 'sleep 15000');
    await expect(launch(run)).rejects.toThrow(Killed);
    expect(await cleanUp(run)).toBeUndefined();
  });

  it('finds the instances page by page', async () => {
    const run = directRun();
    await launch(run, { count: 50 });
    expect((await cleanUp(run))?.split(', ')).toHaveLength(50);
    expect(await livingOf(run)).toEqual([]);
  });
});

it('obeys a cancel while it waits, and cleans up afterwards', async () => {
  await ec2Behaves(endpoints, { runningAfterMs: 60_000 });
  const run = directRun();
  run.onEvent = (event) => {
    if (event.startsWith('sleep')) run.controller.abort(new JobInterruptedError('cancelled', 'The job was cancelled.'));
  };
  await expect(launch(run)).rejects.toMatchObject({ code: 'cancelled' });
  expect(await cleanUp(run)).toMatch(/^terminated i-\w+, i-\w+$/);
  expect(await livingOf(run)).toEqual([]);
});

it('remembers a launch whose answer comes only after the job was cancelled', async () => {
  await ec2Behaves(endpoints, { answerAfterMs: 200, visibleAfterMs: 60_000 });
  const run = directRun();
  setTimeout(() => run.controller.abort(new JobInterruptedError('cancelled', 'The job was cancelled.')), 100);
  await expect(launch(run)).rejects.toMatchObject({ code: 'cancelled' });
  const ids = (await livingOf(run)).map(({ instanceId }) => instanceId);
  expect(ids).toHaveLength(2);
  expect(JSON.parse(run.checkpoint ?? '{}').launch.instanceIds).toEqual(ids);
});

it('starts no launch once it is told to stop', async () => {
  const run = directRun();
  run.controller.abort(new JobInterruptedError('cancelled', 'The job was cancelled.'));
  await expect(launch(run)).rejects.toMatchObject({ code: 'cancelled' });
  expect(await launchedBy(endpoints, run.jobId)).toEqual([]);
});
