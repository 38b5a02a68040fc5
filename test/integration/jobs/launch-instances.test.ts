import { JobInterruptedError, RetryableError } from '../../../lambdas/core/contract/errors.ts';
import { contract } from '../../../lambdas/jobs/launch-instances/contract.ts';
import { definition } from '../../../lambdas/jobs/launch-instances/worker.ts';
import { contract as terminateContract } from '../../../lambdas/jobs/terminate-instances/contract.ts';
import { cleanUpDirectly, type DirectRun, directRun, Killed, runDirectly } from '../../support/direct-context.ts';
import { ec2Behaves, ec2Overview, launchedBy } from '../../support/ec2-control.ts';
import { useEmulators } from '../../support/use-emulators.ts';

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
// The first save is before the call to RunInstances, the second after it.
const justLaunched = ['checkpoint: before', 2] as const;

describe('a launch', () => {
  it('reports ids, type, zone, addresses and launch times once the instances run, and that nothing ends them', async () => {
    await ec2Behaves(endpoints, { publicSubnetIds: ['subnet-1'], runningAfterMs: 400 });
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

  it('names job, record, owner and deployment in tags from the start, beside the caller’s own', async () => {
    const run = directRun({ owner: 'arn:aws:iam::123:user/ann' });
    await launch(run, { tags: { Name: 'web', team: 'blue' } });
    const [instance] = await launchedBy(endpoints, run.jobId);
    expect(instance?.tags).toEqual({
      Name: 'web',
      team: 'blue',
      'delegation:job': run.jobId,
      'delegation:created': run.createdAt,
      'delegation:owner': 'arn:aws:iam::123:user/ann',
      'delegation:deployment': 'delegation',
    });
  });

  it('names an owner that no tag can hold by a hash', async () => {
    const run = directRun({ owner: 'x'.repeat(300) });
    await launch(run);
    const [instance] = await launchedBy(endpoints, run.jobId);
    expect(instance?.tags['delegation:owner']).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('takes type and subnet from a launch template, and buys spot when the job says so', async () => {
    const run = directRun();
    const input = { launchTemplate: { name: 'web', version: '3' }, market: 'spot', userData: '#!/bin/sh\necho hi' };
    const { instances } = await runDirectly(contract, definition, input, run);
    expect(instances.map(({ publicIpAddress }) => publicIpAddress)).toEqual([null]);
    expect(await launchedBy(endpoints, run.jobId)).toEqual([expect.objectContaining({ isSpot: true })]);
  });

  it('waits for the status checks when the job says so', async () => {
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

  it('after a launch, and EC2 throttles the repetition: no other placement is tried before the outcome is known', async () => {
    const run = directRun();
    dieAt(run, ...justLaunched);
    await expect(launch(run)).rejects.toThrow(Killed);
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'RequestLimitExceeded', times: 3 }] });
    expect((await launch(run)).instances.map(({ instanceType }) => instanceType)).toEqual(['t4g.small', 't4g.small']);
    expect(await launchedBy(endpoints, run.jobId)).toHaveLength(2);
    expect(run.sleeps[0]?.reason?.code).toBe('waiting_for_capacity');
  });
});

async function untilItLives(run: DirectRun, input: object = {}) {
  for (;;) {
    try {
      return await launch(run, { timeToLiveSeconds: 600, ...input });
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

const noRoom = [
  ...['InsufficientInstanceCapacity', 'InsufficientFreeAddressesInSubnet', 'InsufficientAddressCapacity', 'InsufficientVolumeCapacity'],
  ...['InsufficientHostCapacity', 'InsufficientReservedInstanceCapacity', 'SpotMaxPriceTooLow', 'UnfulfillableCapacity'],
  ...['NetworkInterfaceLimitExceeded', 'VolumeLimitExceeded', 'MaxIOPSLimitExceeded', 'AddressLimitExceeded', 'VcpuLimitExceeded'],
  ...['InstanceLimitExceeded', 'MaxSpotInstanceCountExceeded', 'RequestLimitExceeded', 'PendingVerification'],
];
const badPlacement = ['Unsupported', 'InvalidSubnetID.NotFound', 'InvalidInstanceType', 'VolumeTypeNotAvailableInZone'];

describe('without capacity', () => {
  it.each([...noRoom, ...badPlacement])('%s in one subnet makes it try the next', async (code) => {
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code, subnetId: 'subnet-1', times: 50 }] });
    const run = directRun();
    await launch(run, { instanceTypes: ['t4g.small'] });
    expect(await launchedBy(endpoints, run.jobId)).toEqual(Array(2).fill(expect.objectContaining({ subnetId: 'subnet-2' })));
    expect(run.sleeps.some(({ reason }) => reason?.code === 'waiting_for_capacity')).toBe(false);
  });

  it.each(noRoom)('%s everywhere makes it wait for room, with what EC2 said', async (code) => {
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code, message: 'as EC2 says it', times: 4 }] });
    const run = directRun({ longestSleepMs: 5 });
    expect((await launch(run)).instances).toHaveLength(2);
    expect(run.sleeps[0]?.reason).toEqual({ code: 'waiting_for_capacity', detail: `t4g.medium in subnet-2: ${code}: as EC2 says it` });
  });

  it('knows a full subnet, and a type that does not fit the image, by what EC2 says with a code of many meanings', async () => {
    const invalid = { action: 'RunInstances', code: 'InvalidParameterValue' };
    const architecture =
      "The architecture 'arm64' of the specified instance type does not match the architecture 'x86_64' of the specified AMI.";
    await ec2Behaves(endpoints, {
      faults: [
        { ...invalid, instanceType: 't4g.small', message: architecture, times: 2 },
        { ...invalid, subnetId: 'subnet-1', message: "There aren't sufficient free Ipv4 addresses or prefixes" },
      ],
    });
    const run = directRun();
    const { skipped } = await launch(run);
    expect(skipped.map(({ placement, message }) => [placement, message])).toEqual([
      ['t4g.small in subnet-1', architecture],
      ['t4g.small in subnet-2', architecture],
    ]);
    expect(await launchedBy(endpoints, run.jobId)).toEqual(
      Array(2).fill(expect.objectContaining({ instanceType: 't4g.medium', subnetId: 'subnet-2' })),
    );
  });

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

  it('says of a subnet that does not exist that it was skipped, in the result and in the log', async () => {
    const message = "The subnet ID 'subnet-1' does not exist";
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'InvalidSubnetID.NotFound', subnetId: 'subnet-1', message }] });
    const run = directRun();
    const skipped = { placement: 't4g.small in subnet-1', code: 'InvalidSubnetID.NotFound', message };
    expect((await launch(run, { instanceTypes: ['t4g.small'] })).skipped).toEqual([skipped]);
    expect(run.logs).toContainEqual({ level: 'warn', message: 'A placement can never work and is skipped.', fields: skipped });
  });
});

describe('Spot, then on demand', () => {
  const both = { capacityType: 'spot-then-on-demand' };
  const isSpot = async (run: DirectRun) =>
    (await launchedBy(endpoints, run.jobId)).map((one) => (one as unknown as { isSpot: boolean }).isSpot);

  it('takes Spot instances wherever there are some', async () => {
    await ec2Behaves(endpoints, {
      faults: [{ action: 'RunInstances', code: 'InsufficientInstanceCapacity', market: 'spot', instanceType: 't4g.small', times: 2 }],
    });
    const run = directRun();
    expect((await launch(run, both)).instances.map(({ instanceType }) => instanceType)).toEqual(['t4g.medium', 't4g.medium']);
    expect(await isSpot(run)).toEqual([true, true]);
  });

  it.each(['InsufficientInstanceCapacity', 'MaxSpotInstanceCountExceeded', 'SpotMaxPriceTooLow', 'Unsupported'])(
    'takes the preferred placement on demand where Spot ends in %s everywhere',
    async (code) => {
      await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code, market: 'spot', times: 50 }] });
      const run = directRun();
      expect((await launch(run, both)).instances.map(({ instanceType }) => instanceType)).toEqual(['t4g.small', 't4g.small']);
      expect(await isSpot(run)).toEqual([false, false]);
      expect(run.sleeps.some(({ reason }) => reason?.code === 'waiting_for_capacity')).toBe(false);
    },
  );

  it('is written down as capacityType "spot" or "on-demand", too', async () => {
    const [spot, onDemand] = [directRun(), directRun()];
    await launch(spot, { capacityType: 'spot' });
    await launch(onDemand, { capacityType: 'on-demand' });
    expect([await isSpot(spot), await isSpot(onDemand)]).toEqual([
      [true, true],
      [false, false],
    ]);
  });
});

describe('a Spot instance that EC2 takes back before it is ready', () => {
  const takenBack = { afterMs: 20, code: 'Server.SpotInstanceTermination', message: 'Server.SpotInstanceTermination: no Spot capacity' };
  const spot = { market: 'spot' };

  it('is replaced in the next placement, and the result says by what', async () => {
    await ec2Behaves(endpoints, { deaths: [takenBack] });
    const run = directRun();
    const { instances, replacements } = await launch(run, spot);
    const all = await launchedBy(endpoints, run.jobId);
    const [lost, kept, instead] = all.map(({ instanceId }) => instanceId);
    expect(instances.map(({ instanceId }) => instanceId)).toEqual([kept, instead]);
    expect(all.map((one) => (one as unknown as { subnetId: string }).subnetId)).toEqual(['subnet-1', 'subnet-1', 'subnet-2']);
    expect(replacements).toEqual([
      {
        instanceIds: [instead],
        replaced: [{ instanceId: lost, reason: takenBack.message }],
        terminateAt: null,
        terminateJobId: null,
      },
    ]);
    expect(await livingOf(run)).toHaveLength(2);
  });

  it('is replaced in the same placement where there is no other', async () => {
    await ec2Behaves(endpoints, { deaths: [takenBack, takenBack] });
    const run = directRun();
    const { instances, replacements } = await launch(run, { ...spot, instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'] });
    expect([instances.length, replacements.length]).toEqual([2, 1]);
    expect(await launchedBy(endpoints, run.jobId)).toHaveLength(4);
  });

  it('is replaced on demand where that comes next', async () => {
    await ec2Behaves(endpoints, { deaths: [{ ...takenBack, market: 'spot', times: 50 }] });
    const run = directRun({ longestSleepMs: 5 });
    await launch(run, { capacityType: 'spot-then-on-demand', instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'] });
    expect((await livingOf(run)).map((one) => (one as unknown as { isSpot: boolean }).isSpot)).toEqual([false, false]);
  });

  it('again and again, with longer and longer pauses', async () => {
    await ec2Behaves(endpoints, { deaths: [{ ...takenBack, times: 4 }] });
    const run = directRun();
    const { instances, replacements } = await launch(run, { ...spot, count: 1 });
    expect([instances.length, replacements.length]).toEqual([1, 4]);
    const pauses = run.sleeps.filter(({ reason }) => reason?.code === 'waiting_for_capacity').map(({ ms }) => ms / 1000);
    expect(pauses).toEqual([15, 30, 60]);
  });

  it('does no harm while minCount others run', async () => {
    await ec2Behaves(endpoints, { deaths: [takenBack] });
    const run = directRun();
    const { instances, replacements } = await launch(run, { ...spot, minCount: 1 });
    expect([instances.length, replacements]).toEqual([1, []]);
    expect(await launchedBy(endpoints, run.jobId)).toHaveLength(2);
  });

  it('gets a time-to-live of its own', async () => {
    await ec2Behaves(endpoints, { deaths: [takenBack] });
    const run = directRun();
    const { instances, replacements } = await launch(run, { ...spot, timeToLiveSeconds: 600 });
    const ended = [...run.delegated.values()].flatMap(({ input }) => (input as { instanceIds: string[] }).instanceIds);
    expect(ended).toEqual(expect.arrayContaining(instances.map(({ instanceId }) => instanceId)));
    const launchedAt = instances.find(({ instanceId }) => instanceId === replacements[0]?.instanceIds[0])?.launchedAt ?? '';
    expect(replacements[0]).toMatchObject({
      terminateAt: new Date(Date.parse(launchedAt) + 600_000).toISOString(),
      terminateJobId: 'job_delegated_terminate-2',
    });
  });

  it('is replaced once, wherever the worker dies', async () => {
    for (let n = 1; n <= 15; n++) {
      await ec2Behaves(endpoints, { deaths: [takenBack] });
      const run = directRun({ longestSleepMs: 20 });
      let events = 0;
      run.onEvent = () => {
        if (++events % n === 0 && events < 80) throw new Killed();
      };
      const result = await untilItLives(run, spot);
      expect((await livingOf(run)).map(({ instanceId }) => instanceId).sort()).toEqual(
        result.instances.map(({ instanceId }) => instanceId).sort(),
      );
      expect(await launchedBy(endpoints, run.jobId)).toHaveLength(3);
      expect(run.delegated.size).toBe(2);
    }
  });

  it('leaves nothing behind when the job is cancelled while it is replaced', async () => {
    await ec2Behaves(endpoints, { deaths: [takenBack] });
    const run = directRun();
    run.onEvent = (event) => {
      if (event === 'step schedule-termination-2: before')
        run.controller.abort(new JobInterruptedError('cancelled', 'The job was cancelled.'));
    };
    await expect(launch(run, { ...spot, timeToLiveSeconds: 600 })).rejects.toMatchObject({ code: 'cancelled' });
    expect(await livingOf(run)).toHaveLength(2);
    expect(await cleanUp(run)).toMatch(/^terminated i-\w+, i-\w+$/);
    expect(await livingOf(run)).toEqual([]);
  });

  it('for which there is no room yet makes the job wait for room', async () => {
    await ec2Behaves(endpoints, { deaths: [takenBack], capacity: { 't4g.small': 2 } });
    const run = directRun();
    run.onEvent = (event) => {
      if (event === 'sleep 15000') void ec2Behaves(endpoints);
    };
    await ec2Behaves(endpoints, {
      deaths: [takenBack],
      faults: [2, 2].map((times, index) => ({
        action: 'RunInstances',
        code: 'InsufficientInstanceCapacity',
        subnetId: `subnet-${index + 1}`,
        times,
        ...(index === 0 ? { instanceType: 't4g.medium' } : {}),
      })),
    });
    expect((await launch(run, { ...spot, count: 1 })).instances).toHaveLength(1);
  });

  it('differs from one that somebody terminated', async () => {
    await ec2Behaves(endpoints, { deaths: [{ afterMs: 20, code: 'Client.UserInitiatedShutdown' }] });
    await expect(launch(directRun(), spot)).rejects.toMatchObject({ name: 'PermanentError', code: 'instances_terminated' });
  });

  it.each([
    ['Client.InternalError', 'on-demand'],
    ['Client.InternalError', 'spot'],
    ['Server.InternalError', 'spot'],
  ] as const)('differs from one whose volume’s key may not be used: %s, %s', async (code, market) => {
    await ec2Behaves(endpoints, { deaths: [{ afterMs: 20, code, message: 'Client.InternalError: Client error on launch', times: 2 }] });
    const run = directRun();
    await expect(launch(run, { market })).rejects.toMatchObject({
      name: 'PermanentError',
      code: 'instances_terminated',
      message: expect.stringMatching(/ec2\.volumeKeys.*Client error on launch/),
    });
    expect(await launchedBy(endpoints, run.jobId)).toHaveLength(2);
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
      message: expect.stringMatching(/authorized|to answer/),
    });
    expect((await ec2Overview(endpoints)).calls['RunInstances']).toBe(before + 1);
    expect(run.sleeps).toEqual([]);
    // EC2 was heard, so nothing is in doubt and the job ends with the same invocation.
    expect(await cleanUp(run)).toBeUndefined();
  });

  it.each(badPlacement)('no placement is left: %s, with each of them once', async (code) => {
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code, message: 'as EC2 says it', times: 50 }] });
    const run = directRun();
    const before = (await ec2Overview(endpoints)).calls['RunInstances'] ?? 0;
    await expect(launch(run)).rejects.toMatchObject({
      name: 'PermanentError',
      code,
      message: 'as EC2 says it',
      details: {
        placements: ['t4g.small in subnet-1', 't4g.small in subnet-2', 't4g.medium in subnet-1', 't4g.medium in subnet-2'].map(
          (placement) => ({ placement, code, message: 'as EC2 says it' }),
        ),
      },
    });
    expect((await ec2Overview(endpoints)).calls['RunInstances']).toBe(before + 4);
    expect(await cleanUp(run)).toBeUndefined();
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

describe('a launch that was not heard', () => {
  const lost = { action: 'RunInstances', loseAnswer: true };

  it('stays in doubt when the same call is refused afterwards: the refusal may be younger than the launch', async () => {
    await ec2Behaves(endpoints, { faults: [lost], visibleAfterMs: 300 });
    const run = directRun();
    await expect(launch(run)).rejects.toBeInstanceOf(RetryableError);
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'UnauthorizedOperation' }], visibleAfterMs: 300 });
    await expect(launch(run)).rejects.toMatchObject({ name: 'PermanentError', code: 'UnauthorizedOperation' });
    await expect(cleanUp(run)).rejects.toMatchObject({ code: 'launch_in_doubt' });
    await pause(350);
    expect(await cleanUp(run)).toMatch(/^terminated i-\w+, i-\w+$/);
    expect(await livingOf(run)).toEqual([]);
  });

  it('and of which an instance has ended since, is taken up with those that live', async () => {
    await ec2Behaves(endpoints, { faults: [lost], deaths: [{ afterMs: 1 }] });
    const run = directRun();
    await expect(launch(run, { count: 3, minCount: 2 })).rejects.toBeInstanceOf(RetryableError);
    await pause(10);
    const { instances } = await launch(run, { count: 3, minCount: 2 });
    expect(instances.map(({ instanceId }) => instanceId)).toEqual((await livingOf(run)).map(({ instanceId }) => instanceId));
    expect(await launchedBy(endpoints, run.jobId)).toHaveLength(3);
  });
});

it('makes a fault of EC2 itself another attempt', async () => {
  await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'InternalError' }] });
  await expect(launch(directRun())).rejects.toMatchObject({ name: 'RetryableError', code: 'InternalError' });
});

it('throttling while it waits for instances does not fail the attempt', async () => {
  const run = directRun();
  run.onEvent = (event) => {
    if (event.startsWith('sleep') && run.sleeps.length === 1) {
      void ec2Behaves(endpoints, { faults: [{ action: 'DescribeInstances', code: 'RequestLimitExceeded', times: 4 }] });
    }
  };
  expect((await launch(run)).instances).toHaveLength(2);
});

describe('instances that end on their own', () => {
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
  it('is a second job that terminates the instances that long after their launch', async () => {
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

  it('is arranged before the wait, so that it holds even if the job never ends', async () => {
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

  it('looks again for a launch whose response was lost and that EC2 does not show yet', async () => {
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

  it('terminates what EC2 lets it terminate, and says in EC2’s words what it does not', async () => {
    const run = directRun();
    const { instances } = await launch(run, { count: 3 });
    const [isProtected = '', ...others] = instances.map(({ instanceId }) => instanceId);
    await ec2Behaves(endpoints, { protectedInstanceIds: [isProtected] });
    await expect(cleanUp(run)).rejects.toMatchObject({
      name: 'RetryableError',
      code: 'OperationNotPermitted',
      message: expect.stringMatching(new RegExp(`^EC2 refused to terminate ${isProtected}: The instance .* may not be terminated`)),
    });
    expect((await livingOf(run)).map(({ instanceId }) => instanceId)).toEqual([isProtected]);
    await ec2Behaves(endpoints);
    expect(await cleanUp(run)).toBe(`terminated ${[isProtected, ...others].sort().join(', ')}`);
  });

  it('waits for all that an unheard call may have launched, not for the first that shows up', async () => {
    const run = directRun();
    dieAt(run, ...justLaunched);
    await expect(launch(run)).rejects.toThrow(Killed);
    // As if EC2 showed one of the two.
    await expect(cleanUp(run, { count: 3, minCount: 1 })).rejects.toMatchObject({ code: 'launch_in_doubt' });
    expect(await livingOf(run)).toEqual([]);
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

it('starts no launch once it is cancelled', async () => {
  const run = directRun();
  run.controller.abort(new JobInterruptedError('cancelled', 'The job was cancelled.'));
  await expect(launch(run)).rejects.toMatchObject({ code: 'cancelled' });
  expect(await launchedBy(endpoints, run.jobId)).toEqual([]);
});
