import { contract } from '../../../lambdas/jobs/terminate-instances/contract.ts';
import { killAnywhere } from '../../../testing/index.ts';
import { ec2Behaves, ec2Overview, launchedBy } from '../../support/ec2-control.ts';
import { LaunchRun, makeLaunchKit } from '../../support/launch-run.ts';
import { useEmulators } from '../../support/use-emulators.ts';
import type { RunOptions } from '../../support/worker-run.ts';

const endpoints = useEmulators();
beforeEach(() => ec2Behaves(endpoints));

const plain = { imageId: 'ami-0abc', instanceTypes: ['t4g.small', 't4g.medium'], subnetIds: ['subnet-1', 'subnet-2'], count: 2 };
const submit = (input: object = {}, options?: RunOptions) => LaunchRun.submit({ ...plain, ...input }, options);
const launchedOf = (run: LaunchRun) => launchedBy(endpoints, run.job.id);
const livingOf = async (run: LaunchRun) =>
  (await launchedOf(run)).filter(({ state }) => state !== 'terminated' && state !== 'shutting-down');
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** A job is given up when four workers in a row die on it without getting further, as they do at each of its first writes. */
const often = (maxN: number) => Array.from({ length: maxN }, (_, i) => [i + 1, i < 3 ? 3 : 20] as const);
/** Repeated takeovers take their time. */
const inADay = () => new Date(Date.now() + 86_400_000).toISOString();
const waitsForCapacity = ({ waits }: LaunchRun) => waits.filter(({ code }) => code === 'waiting_for_capacity');

// The first save is before the call to RunInstances, the second after it.
const justLaunched = { before: 'checkpoint', nth: 2 } as const;
/** The instances run, and the job does not say so yet. */
const justDone = { before: 'end' } as const;

describe('a launch', () => {
  it('reports ids, type, zone, addresses and launch times once the instances run, and that nothing ends them', async () => {
    await ec2Behaves(endpoints, { publicSubnetIds: ['subnet-1'], runningAfterMs: 400 });
    const run = await submit();
    const { instances, terminateAt, terminateJobId } = await run.result();
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
    expect(run.waits.length).toBeGreaterThan(0); // it waited outside of an invocation
    expect(run.progress.at(-1)).toEqual({ fraction: 1, message: '2 of 2 instances run' });
  });

  it('names job, record, owner and deployment in tags from the start, beside the caller’s own', async () => {
    const run = await submit({ tags: { Name: 'web', team: 'blue' } }, { owner: 'arn:aws:iam::123:user/ann' });
    await run.result();
    const [instance] = await launchedOf(run);
    expect(instance?.tags).toEqual({
      Name: 'web',
      team: 'blue',
      'delegation:job': run.job.id,
      'delegation:created': run.job.resource.createdAt,
      'delegation:owner': 'arn:aws:iam::123:user/ann',
      'delegation:deployment': 'delegation',
    });
  });

  it('names an owner that no tag can hold by a hash', async () => {
    const run = await submit({}, { owner: 'x'.repeat(300) });
    await run.result();
    const [instance] = await launchedOf(run);
    expect(instance?.tags['delegation:owner']).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it('takes type and subnet from a launch template, and buys spot when the job says so', async () => {
    const run = await LaunchRun.submit({
      launchTemplate: { name: 'web', version: '3' },
      market: 'spot',
      userData: '#!/bin/sh\necho hi',
    });
    const { instances } = await run.result();
    expect(instances.map(({ publicIpAddress }) => publicIpAddress)).toEqual([null]);
    expect(await launchedOf(run)).toEqual([expect.objectContaining({ isSpot: true })]);
  });

  it('waits for the status checks when the job says so', async () => {
    await ec2Behaves(endpoints, { statusOkAfterMs: 300 });
    await (await submit()).result();
    expect((await ec2Overview(endpoints)).calls['DescribeInstanceStatus']).toBeUndefined();
    const startedAt = Date.now();
    const checked = await submit({ waitFor: 'status-ok' });
    await checked.result();
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(300);
    expect(checked.progress.map(({ message }) => message)).toContain('0 of 2 instances passed their status checks');
  });

  it('takes instances that EC2 does not know yet for new, not for gone', async () => {
    await ec2Behaves(endpoints, { visibleAfterMs: 200 });
    expect((await (await submit()).result()).instances).toHaveLength(2);
  });

  it('is content with minCount where count does not fit', async () => {
    await ec2Behaves(endpoints, { capacity: { 'c7g.large': 3 } });
    const run = await submit({ instanceTypes: ['c7g.large', 't4g.small'], count: 5, minCount: 2 });
    expect((await run.result()).instances).toHaveLength(3);
    expect(await livingOf(run)).toHaveLength(3);
  });
});

describe('a worker that dies', () => {
  it('between the launch and its remembering: the next one finds what was launched, and launches nothing', async () => {
    const run = await submit();
    await run.dieAt(justLaunched);
    const orphans = await livingOf(run);
    expect(orphans).toHaveLength(2);
    const { instances } = await run.result();
    expect(instances.map(({ instanceId }) => instanceId)).toEqual(orphans.map(({ instanceId }) => instanceId));
    expect(await launchedOf(run)).toHaveLength(2);
  });

  it('after one placement was refused and the next launched: the first is not tried again, though it has room by now', async () => {
    await ec2Behaves(endpoints, { capacity: { 't4g.small': 0 } });
    const run = await submit();
    await run.dieAt({ before: 'checkpoint', nth: 4 }); // two refused, the third launched
    await ec2Behaves(endpoints);
    const { instances } = await run.result();
    expect(instances.map(({ instanceType }) => instanceType)).toEqual(['t4g.medium', 't4g.medium']);
    expect(await launchedOf(run)).toHaveLength(2);
  });

  it('anywhere: exactly count instances, one scheduled end', async () => {
    const points = await killAnywhere(
      () => makeLaunchKit(),
      async (kit) => {
        await ec2Behaves(endpoints, {
          runningAfterMs: 0,
          faults: [{ action: 'RunInstances', code: 'InsufficientInstanceCapacity', times: 5 }],
        });
        const job = await kit.submit({ ...plain, timeToLiveSeconds: 600 });
        await kit.run();
        expect(job.result?.instances).toHaveLength(2);
        expect(await launchedBy(endpoints, job.id)).toHaveLength(2);
        expect(kit.jobs(contract.name)).toHaveLength(1);
      },
    );
    expect(points.length).toBeGreaterThan(25);
  });

  it.each(often(12))('at each %ith write, %i times: exactly count instances, one scheduled end', async (n, times) => {
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'InsufficientInstanceCapacity', times: 5 }] });
    const run = await submit({ timeToLiveSeconds: 600 }, { sleepMs: 5, deadline: inADay() });
    expect(await run.dieOften('write', n, times)).toBeGreaterThan(0);
    expect((await run.result()).instances).toHaveLength(2);
    expect(await launchedOf(run)).toHaveLength(2);
    expect(run.terminations).toHaveLength(1);
  });

  it('after a launch, and EC2 throttles the repetition: no other placement is tried before the outcome is known', async () => {
    const run = await submit();
    await run.dieAt(justLaunched);
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'RequestLimitExceeded', times: 3 }] });
    expect((await run.result()).instances.map(({ instanceType }) => instanceType)).toEqual(['t4g.small', 't4g.small']);
    expect(await launchedOf(run)).toHaveLength(2);
    expect(run.waits[0]?.code).toBe('waiting_for_capacity');
  });
});

it('tries again with the same token when EC2’s answer is lost: an attempt more, not an instance more', async () => {
  await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', loseAnswer: true }] });
  const run = await submit({}, { maxAttempts: 2 });
  await run.failOnce();
  expect((await run.result()).instances).toHaveLength(2);
  expect(run.job.attempts).toBe(2);
  expect(await launchedOf(run)).toHaveLength(2);
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
    const run = await submit({ instanceTypes: ['t4g.small'] });
    await run.result();
    expect(await launchedOf(run)).toEqual(Array(2).fill(expect.objectContaining({ subnetId: 'subnet-2' })));
    expect(waitsForCapacity(run)).toEqual([]);
  });

  it.each(noRoom)('%s everywhere makes it wait for room, with what EC2 said', async (code) => {
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code, message: 'as EC2 says it', times: 4 }] });
    const run = await submit({}, { sleepMs: 5 });
    expect((await run.result()).instances).toHaveLength(2);
    expect(run.waits[0]).toMatchObject({ code: 'waiting_for_capacity', detail: `t4g.medium in subnet-2: ${code}: as EC2 says it` });
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
    const run = await submit();
    const { skipped } = await run.result();
    expect(skipped.map(({ placement, message }) => [placement, message])).toEqual([
      ['t4g.small in subnet-1', architecture],
      ['t4g.small in subnet-2', architecture],
    ]);
    expect(await launchedOf(run)).toEqual(Array(2).fill(expect.objectContaining({ instanceType: 't4g.medium', subnetId: 'subnet-2' })));
  });

  it('anywhere, it waits with the reason waiting_for_capacity, and launches once there is some', async () => {
    await ec2Behaves(endpoints, { capacity: { 't4g.small': 0, 't4g.medium': 0 } });
    const run = await submit({}, { sleepMs: 20 });
    await run.drive(() => waitsForCapacity(run).length === 3);
    expect(await launchedOf(run)).toEqual([]);
    await ec2Behaves(endpoints, { capacity: { 't4g.small': 0 } });
    expect((await run.result()).instances.map(({ instanceType }) => instanceType)).toEqual(['t4g.medium', 't4g.medium']);
    expect(waitsForCapacity(run)).toHaveLength(3);
    expect(run.progress.map(({ message }) => message)).toContain('no capacity in round 1');
    expect(run.waits[0]).toEqual({
      ms: 15_000,
      code: 'waiting_for_capacity',
      detail: expect.stringMatching(/^t4g\.medium in subnet-2: InsufficientInstanceCapacity: We currently/),
    });
  });

  it('for hours, its memory does not grow and its pauses do, up to five minutes', async () => {
    await ec2Behaves(endpoints, { capacity: { 't4g.small': 0, 't4g.medium': 0 } });
    const run = await submit({}, { sleepMs: 0, deadline: inADay() });
    await run.drive(() => run.waits.length === 30);
    expect(run.waits.slice(0, 7).map(({ ms }) => ms / 1000)).toEqual([15, 30, 60, 120, 240, 300, 300]);
    expect(JSON.stringify(run.job.checkpoint).length).toBeLessThan(400);
    // A write that adds something to what the job remembers has its name.
    const remembered = run.kit.killPoints.filter(({ phase, operation }) => phase === 'after' && / /.test(operation));
    expect(remembered).toEqual([{ phase: 'after', operation: 'wait capacity' }]);
    expect(await launchedOf(run)).toEqual([]);
  });

  it('a placement that EC2 does not support is not tried again in later rounds', async () => {
    await ec2Behaves(endpoints, {
      faults: [
        { action: 'RunInstances', code: 'Unsupported', subnetId: 'subnet-1', times: 1 },
        { action: 'RunInstances', code: 'InsufficientInstanceCapacity', subnetId: 'subnet-2', times: 2 },
      ],
    });
    const run = await submit({ instanceTypes: ['t4g.small'] }, { sleepMs: 5 });
    await run.result();
    expect(await launchedOf(run)).toEqual(Array(2).fill(expect.objectContaining({ subnetId: 'subnet-2' })));
  });

  it('says of a subnet that does not exist that it was skipped, in the result and in the log', async () => {
    const message = "The subnet ID 'subnet-1' does not exist";
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'InvalidSubnetID.NotFound', subnetId: 'subnet-1', message }] });
    const run = await submit({ instanceTypes: ['t4g.small'] });
    const skipped = { placement: 't4g.small in subnet-1', code: 'InvalidSubnetID.NotFound', message };
    expect((await run.result()).skipped).toEqual([skipped]);
    const fields = expect.objectContaining(skipped);
    expect(run.kit.logs).toContainEqual({ level: 'warn', message: 'A placement can never work and is skipped.', fields });
  });
});

describe('Spot, then on demand', () => {
  const both = { capacityType: 'spot-then-on-demand' };
  const isSpot = async (run: LaunchRun) => (await launchedOf(run)).map((one) => (one as unknown as { isSpot: boolean }).isSpot);

  it('takes Spot instances wherever there are some', async () => {
    await ec2Behaves(endpoints, {
      faults: [{ action: 'RunInstances', code: 'InsufficientInstanceCapacity', market: 'spot', instanceType: 't4g.small', times: 2 }],
    });
    const run = await submit(both);
    expect((await run.result()).instances.map(({ instanceType }) => instanceType)).toEqual(['t4g.medium', 't4g.medium']);
    expect(await isSpot(run)).toEqual([true, true]);
  });

  it.each(['InsufficientInstanceCapacity', 'MaxSpotInstanceCountExceeded', 'SpotMaxPriceTooLow', 'Unsupported'])(
    'takes the preferred placement on demand where Spot ends in %s everywhere',
    async (code) => {
      await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code, market: 'spot', times: 50 }] });
      const run = await submit(both);
      expect((await run.result()).instances.map(({ instanceType }) => instanceType)).toEqual(['t4g.small', 't4g.small']);
      expect(await isSpot(run)).toEqual([false, false]);
      expect(waitsForCapacity(run)).toEqual([]);
    },
  );

  it('is written down as capacityType "spot" or "on-demand", too', async () => {
    const [spot, onDemand] = [await submit({ capacityType: 'spot' }), await submit({ capacityType: 'on-demand' })];
    await spot.result();
    await onDemand.result();
    expect([await isSpot(spot), await isSpot(onDemand)]).toEqual([
      [true, true],
      [false, false],
    ]);
  });
});

describe('a Spot instance that EC2 takes back before it is ready', () => {
  const takenBack = { afterMs: 20, code: 'Server.SpotInstanceTermination', message: 'Server.SpotInstanceTermination: no Spot capacity' };
  const spot = { market: 'spot' } as const;

  it('is replaced in the next placement, and the result says by what', async () => {
    await ec2Behaves(endpoints, { deaths: [takenBack] });
    const run = await submit(spot);
    const { instances, replacements } = await run.result();
    const all = await launchedOf(run);
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
    const run = await submit({ ...spot, instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'] });
    const { instances, replacements } = await run.result();
    expect([instances.length, replacements.length]).toEqual([2, 1]);
    expect(await launchedOf(run)).toHaveLength(4);
  });

  it('is replaced on demand where that comes next', async () => {
    await ec2Behaves(endpoints, { deaths: [{ ...takenBack, market: 'spot', times: 50 }] });
    const input = { capacityType: 'spot-then-on-demand', instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'] };
    const run = await submit(input, { sleepMs: 5 });
    await run.result();
    expect((await livingOf(run)).map((one) => (one as unknown as { isSpot: boolean }).isSpot)).toEqual([false, false]);
  });

  it('again and again, with longer and longer pauses', async () => {
    await ec2Behaves(endpoints, { deaths: [{ ...takenBack, times: 4 }] });
    const run = await submit({ ...spot, count: 1 });
    const { instances, replacements } = await run.result();
    expect([instances.length, replacements.length]).toEqual([1, 4]);
    expect(waitsForCapacity(run).map(({ ms }) => ms / 1000)).toEqual([15, 30, 60]);
  });

  it('does no harm while minCount others run', async () => {
    await ec2Behaves(endpoints, { deaths: [takenBack] });
    const run = await submit({ ...spot, minCount: 1 });
    const { instances, replacements } = await run.result();
    expect([instances.length, replacements]).toEqual([1, []]);
    expect(await launchedOf(run)).toHaveLength(2);
  });

  it('gets a time-to-live of its own', async () => {
    await ec2Behaves(endpoints, { deaths: [takenBack] });
    const run = await submit({ ...spot, timeToLiveSeconds: 600 });
    const { instances, replacements } = await run.result();
    const ended = run.terminations.flatMap(({ resource }) => (resource.input as { instanceIds: string[] }).instanceIds);
    expect(ended).toEqual(expect.arrayContaining(instances.map(({ instanceId }) => instanceId)));
    const launchedAt = instances.find(({ instanceId }) => instanceId === replacements[0]?.instanceIds[0])?.launchedAt ?? '';
    expect(replacements[0]).toMatchObject({
      terminateAt: new Date(Date.parse(launchedAt) + 600_000).toISOString(),
      terminateJobId: run.terminations[1]?.id,
    });
  });

  it('is replaced once, wherever the worker dies', async () => {
    const points = await killAnywhere(
      () => makeLaunchKit(),
      async (kit) => {
        await ec2Behaves(endpoints, { runningAfterMs: 0, deaths: [{ ...takenBack, afterMs: 0 }] });
        const job = await kit.submit({ ...plain, ...spot, timeToLiveSeconds: 600 });
        await kit.run();
        await expectReplacedOnce(job, kit.jobs(contract.name));
      },
    );
    expect(points.length).toBeGreaterThan(25);
  });

  it.each(often(13))('is replaced once, though the worker dies at each %ith write, %i times', async (n, times) => {
    await ec2Behaves(endpoints, { deaths: [takenBack] });
    const run = await submit({ ...spot, timeToLiveSeconds: 600 }, { sleepMs: 20, deadline: inADay() });
    expect(await run.dieOften('write', n, times)).toBeGreaterThan(0);
    await expectReplacedOnce(run.job, run.terminations);
  });

  async function expectReplacedOnce(job: LaunchRun['job'], terminations: LaunchRun['terminations']): Promise<void> {
    const launched = await launchedBy(endpoints, job.id);
    const living = launched.filter(({ state }) => state !== 'terminated' && state !== 'shutting-down');
    const ids = job.result?.instances.map(({ instanceId }) => instanceId) ?? [];
    expect(ids).toHaveLength(2);
    expect(living.map(({ instanceId }) => instanceId).sort()).toEqual([...ids].sort());
    expect(launched).toHaveLength(3);
    expect(terminations).toHaveLength(2);
  }

  it('leaves nothing behind when the job is cancelled while it is replaced', async () => {
    await ec2Behaves(endpoints, { deaths: [takenBack] });
    const run = await submit({ ...spot, timeToLiveSeconds: 600 });
    await run.kit.runUntil({ before: 'submit', nth: 2 });
    await run.kit.cancel(run.job);
    await run.untilCleanUp();
    expect(await livingOf(run)).toHaveLength(2);
    expect((await run.drive()).status).toBe('cancelled');
    expect(run.cleanUps).toEqual([expect.stringMatching(/^terminated i-\w+, i-\w+$/)]);
    expect(await livingOf(run)).toEqual([]);
  });

  it('for which there is no room yet makes the job wait for room', async () => {
    await ec2Behaves(endpoints, { runningAfterMs: 1_000, deaths: [{ ...takenBack, afterMs: 200 }] });
    const run = await submit({ ...spot, count: 1, instanceTypes: ['c7g.xlarge'] });
    await run.drive(() => run.waits.length === 1);
    await ec2Behaves(endpoints, { capacity: { 'c7g.xlarge': 0 } });
    await run.driveUntilItWaits('waiting_for_capacity');
    expect(run.waits.at(-1)?.ms).toBe(15_000);
    await ec2Behaves(endpoints);
    const { instances, replacements } = await run.result();
    expect([instances.length, replacements.length]).toEqual([1, 1]);
  });

  it('differs from one that somebody terminated', async () => {
    await ec2Behaves(endpoints, { deaths: [{ afterMs: 20, code: 'Client.UserInitiatedShutdown' }] });
    await expect((await submit(spot)).result()).rejects.toMatchObject({ retryable: false, code: 'instances_terminated' });
  });

  it.each([
    ['Client.InternalError', 'on-demand'],
    ['Client.InternalError', 'spot'],
    ['Server.InternalError', 'spot'],
  ] as const)('differs from one whose volume’s key may not be used: %s, %s', async (code, market) => {
    await ec2Behaves(endpoints, { deaths: [{ afterMs: 20, code, message: 'Client.InternalError: Client error on launch', times: 2 }] });
    const run = await submit({ market });
    await expect(run.result()).rejects.toMatchObject({
      retryable: false,
      code: 'instances_terminated',
      message: expect.stringMatching(/ec2\.volumeKeys.*Client error on launch/),
    });
    expect(await launchedOf(run)).toHaveLength(2);
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
    const run = await submit();
    await expect(run.result()).rejects.toMatchObject({
      retryable: false,
      code,
      message: expect.stringMatching(/authorized|to answer/),
    });
    expect((await ec2Overview(endpoints)).calls['RunInstances']).toBe(before + 1);
    expect(run.waits).toEqual([]);
    // EC2 was heard, so nothing is in doubt and the job ends with the same invocation.
    expect([run.invocations, run.cleanUps]).toEqual([1, [undefined]]);
  });

  it.each(badPlacement)('no placement is left: %s, with each of them once', async (code) => {
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code, message: 'as EC2 says it', times: 50 }] });
    const run = await submit();
    const before = (await ec2Overview(endpoints)).calls['RunInstances'] ?? 0;
    await expect(run.result()).rejects.toMatchObject({
      retryable: false,
      code,
      message: 'as EC2 says it',
      details: {
        placements: ['t4g.small in subnet-1', 't4g.small in subnet-2', 't4g.medium in subnet-1', 't4g.medium in subnet-2'].map(
          (placement) => ({ placement, code, message: 'as EC2 says it' }),
        ),
      },
    });
    expect((await ec2Overview(endpoints)).calls['RunInstances']).toBe(before + 4);
    expect(run.cleanUps).toEqual([undefined]);
  });

  it('no placement is supported', async () => {
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'Unsupported', times: 4 }] });
    await expect((await submit()).result()).rejects.toMatchObject({
      retryable: false,
      code: 'Unsupported',
      message: expect.stringContaining('instance type'),
    });
  });
});

describe('a launch that was not heard', () => {
  const lost = { action: 'RunInstances', loseAnswer: true };

  it('stays in doubt when the same call is refused afterwards: the refusal may be younger than the launch', async () => {
    await ec2Behaves(endpoints, { faults: [lost], visibleAfterMs: 700 });
    const run = await submit({}, { maxAttempts: 2, sleepMs: 0 });
    await run.failOnce();
    await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'UnauthorizedOperation' }], visibleAfterMs: 700 });
    await run.driveUntilItWaits('cleaning_up');
    expect(run.cleanUps).toEqual([expect.objectContaining({ code: 'launch_in_doubt' })]);
    await pause(750);
    await expect(run.result()).rejects.toMatchObject({ retryable: false, code: 'UnauthorizedOperation' });
    expect(run.cleanUps.at(-1)).toMatch(/^terminated i-\w+, i-\w+$/);
    expect(await livingOf(run)).toEqual([]);
  });

  it('and of which an instance has ended since, is taken up with those that live', async () => {
    await ec2Behaves(endpoints, { faults: [lost], deaths: [{ afterMs: 1 }] });
    const run = await submit({ count: 3, minCount: 2 }, { maxAttempts: 2 });
    await run.failOnce();
    await pause(10);
    const { instances } = await run.result();
    expect(instances.map(({ instanceId }) => instanceId)).toEqual((await livingOf(run)).map(({ instanceId }) => instanceId));
    expect(await launchedOf(run)).toHaveLength(3);
  });
});

it('makes a fault of EC2 itself another attempt', async () => {
  await ec2Behaves(endpoints, { faults: [{ action: 'RunInstances', code: 'InternalError' }] });
  await expect((await submit()).result()).rejects.toMatchObject({ retryable: true, code: 'InternalError' });
});

it('throttling while it waits for instances does not fail the attempt', async () => {
  await ec2Behaves(endpoints, { runningAfterMs: 400 });
  const run = await submit();
  await run.drive(() => run.waits.length === 1);
  await ec2Behaves(endpoints, { faults: [{ action: 'DescribeInstances', code: 'RequestLimitExceeded', times: 4 }] });
  expect((await run.result()).instances).toHaveLength(2);
  expect(run.job.attempts).toBe(1);
});

describe('instances that end on their own', () => {
  it('do no harm while minCount others run: the report is about those', async () => {
    await ec2Behaves(endpoints, { deaths: [{ afterMs: 20 }] });
    const run = await submit({ count: 3, minCount: 2 });
    const { instances } = await run.result();
    const all = await launchedOf(run);
    expect(instances.map(({ instanceId }) => instanceId)).toEqual(all.slice(1).map(({ instanceId }) => instanceId));
  });

  it('fail the job where too few are left, with EC2’s reason, and the others are terminated', async () => {
    await ec2Behaves(endpoints, { deaths: [{ afterMs: 20, message: 'Client.InvalidSnapshot.NotFound: The snapshot is gone' }] });
    const run = await submit();
    await run.untilCleanUp();
    const [survivor] = await livingOf(run);
    await expect(run.result()).rejects.toMatchObject({
      retryable: false,
      code: 'instances_terminated',
      message: expect.stringMatching(/i-[0-9a-f]{17} is terminated: Client\.InvalidSnapshot\.NotFound: The snapshot is gone/),
      details: { cleanUp: `terminated ${survivor?.instanceId}` },
    });
    expect(await livingOf(run)).toEqual([]);
  });

  it('are not left behind when they only stopped', async () => {
    await ec2Behaves(endpoints, { deaths: [{ afterMs: 20, state: 'stopped' }] });
    const run = await submit({ minCount: 1 });
    const { instances } = await run.result();
    expect((await livingOf(run)).map(({ instanceId }) => instanceId)).toEqual(instances.map(({ instanceId }) => instanceId));
  });
});

describe('a time-to-live', () => {
  it('is a second job that terminates the instances that long after their launch', async () => {
    const run = await submit({ timeToLiveSeconds: 3_600 });
    const { instances, terminateAt, terminateJobId } = await run.result();
    const [delegated, ...others] = run.terminations;
    expect([terminateJobId, others]).toEqual([delegated?.id, []]);
    const launchedMs = Date.parse(instances[0]?.launchedAt ?? '');
    expect(Date.parse(terminateAt ?? '')).toBe(launchedMs + 3_600_000);
    expect(delegated).toMatchObject({ type: 'terminate-instances', reason: { code: 'scheduled', until: terminateAt } });
    expect(contract.input.parse(delegated?.resource.input).instanceIds).toEqual(instances.map(({ instanceId }) => instanceId));
  });

  it('counts from the launch, however late the worker comes back to it', async () => {
    const run = await submit({ timeToLiveSeconds: 60 });
    await run.dieAt(justLaunched);
    await pause(300);
    const { instances, terminateAt } = await run.result();
    expect(Date.parse(terminateAt ?? '')).toBe(Date.parse(instances[0]?.launchedAt ?? '') + 60_000);
  });

  it('is arranged before the wait, so that it holds even if the job never ends', async () => {
    const run = await submit({ timeToLiveSeconds: 60 });
    await run.dieAt({ before: 'wait ready' });
    expect(run.terminations).toHaveLength(1);
  });
});

describe('cleaning up', () => {
  it('terminates what this job launched, nothing else, and says so, also when it is asked twice', async () => {
    const [mine, other] = [await submit(), await submit()];
    await mine.dieAt(justDone);
    await other.result();
    const ids = (await livingOf(mine)).map(({ instanceId }) => instanceId).sort();
    const sentence = `terminated ${ids.join(', ')}`;
    await mine.kit.cancel(mine.job);
    await mine.dieAt(justDone); // after it has cleaned up
    expect(mine.cleanUps).toEqual([sentence]);
    expect((await mine.drive()).status).toBe('cancelled');
    expect(mine.cleanUps).toEqual([sentence, sentence]);
    expect(await livingOf(mine)).toEqual([]);
    expect(await livingOf(other)).toHaveLength(2);
  });

  it('covers a launch that the worker died too early to remember', async () => {
    const run = await submit();
    await run.dieAt(justLaunched);
    expect(await run.cancelAndCleanUp()).toMatch(/^terminated i-\w+, i-\w+$/);
    expect(await livingOf(run)).toEqual([]);
  });

  it('looks again for a launch whose response was lost and that EC2 does not show yet', async () => {
    await ec2Behaves(endpoints, { visibleAfterMs: 700 });
    const run = await submit({}, { sleepMs: 0 });
    await run.dieAt(justLaunched);
    await run.kit.cancel(run.job);
    await run.driveUntilItWaits('cleaning_up');
    expect(run.cleanUps).toEqual([expect.objectContaining({ name: 'RetryableError', code: 'launch_in_doubt' })]);
    await pause(750);
    expect((await run.drive()).status).toBe('cancelled');
    expect(run.cleanUps.at(-1)).toMatch(/^terminated i-\w+, i-\w+$/);
    expect(await livingOf(run)).toEqual([]);
  });

  it('looks again for instances that it remembers and that EC2 does not know yet', async () => {
    await ec2Behaves(endpoints, { visibleAfterMs: 700 });
    const run = await submit({}, { sleepMs: 0 });
    await run.dieAt({ after: 'checkpoint', nth: 2 });
    await run.kit.cancel(run.job);
    await run.driveUntilItWaits('cleaning_up');
    expect(run.cleanUps).toEqual([expect.objectContaining({ name: 'RetryableError', code: 'launch_in_doubt' })]);
    await pause(750);
    expect((await run.drive()).status).toBe('cancelled');
    expect(run.cleanUps.at(-1)).toMatch(/^terminated i-\w+, i-\w+$/);
  });

  it('has nothing to say, and no doubts, when a job only waited for capacity', async () => {
    await ec2Behaves(endpoints, { capacity: { 't4g.small': 0, 't4g.medium': 0 } });
    const run = await submit();
    await run.dieAt({ before: 'wait capacity' });
    expect(await run.cancelAndCleanUp()).toBeUndefined();
    expect(run.cleanUps).toHaveLength(1);
  });

  it('terminates what EC2 lets it terminate, and says in EC2’s words what it does not', async () => {
    const run = await submit({ count: 3 });
    await run.dieAt(justDone);
    const [isProtected = '', ...others] = (await livingOf(run)).map(({ instanceId }) => instanceId);
    await ec2Behaves(endpoints, { protectedInstanceIds: [isProtected] });
    await run.kit.cancel(run.job);
    await run.driveUntilItWaits('cleaning_up');
    const message = new RegExp(`^EC2 refused to terminate ${isProtected}: The instance .* may not be terminated`);
    expect(run.cleanUps).toEqual([
      expect.objectContaining({ name: 'RetryableError', code: 'OperationNotPermitted', message: expect.stringMatching(message) }),
    ]);
    expect((await livingOf(run)).map(({ instanceId }) => instanceId)).toEqual([isProtected]);
    await ec2Behaves(endpoints);
    expect((await run.drive()).status).toBe('cancelled');
    expect(run.cleanUps.at(-1)).toBe(`terminated ${[isProtected, ...others].sort().join(', ')}`);
  });

  it('waits for all that an unheard call may have launched, not for the first that shows up', async () => {
    // EC2 launches fewer than it might have: to the worker, one of three does not show up yet.
    await ec2Behaves(endpoints, { capacity: { 'c7g.metal': 2 } });
    const run = await submit({ count: 3, minCount: 1, instanceTypes: ['c7g.metal'] });
    await run.dieAt(justLaunched);
    expect(await livingOf(run)).toHaveLength(2);
    await run.kit.cancel(run.job);
    await run.driveUntilItWaits('cleaning_up');
    expect(run.cleanUps).toEqual([expect.objectContaining({ code: 'launch_in_doubt' })]);
    expect(await livingOf(run)).toEqual([]);
  });

  it('finds the instances page by page', async () => {
    const run = await submit({ count: 50 });
    await run.dieAt(justDone);
    expect(await livingOf(run)).toHaveLength(50);
    expect(String(await run.cancelAndCleanUp()).split(', ')).toHaveLength(50);
    expect(await livingOf(run)).toEqual([]);
  });
});

it('obeys a cancel while it waits, and cleans up afterwards', async () => {
  await ec2Behaves(endpoints, { runningAfterMs: 60_000 });
  const run = await submit();
  await run.drive(() => run.waits.length > 0);
  expect(await run.cancelAndCleanUp()).toMatch(/^terminated i-\w+, i-\w+$/);
  expect(await livingOf(run)).toEqual([]);
});

it('remembers a launch whose answer comes only after the job was cancelled', async () => {
  await ec2Behaves(endpoints, { answerAfterMs: 500, visibleAfterMs: 60_000 });
  const run = await submit();
  await run.kit.advance({ seconds: 1 }, { patienceMs: 100 });
  await run.kit.cancel(run.job);
  // With the heartbeat that brings the cancel.
  await run.kit.advance({ seconds: 15 }, { patienceMs: 20 });
  expect(run.job.checkpoint).not.toHaveProperty('launch');
  await run.untilCleanUp();
  const ids = (await livingOf(run)).map(({ instanceId }) => instanceId);
  expect(ids).toHaveLength(2);
  expect(run.job.checkpoint).toMatchObject({ launch: { instanceIds: ids } });
});

it('starts no launch once it is cancelled', async () => {
  const run = await submit();
  await run.kit.runUntil({ after: 'claim' });
  expect(await run.cancelAndCleanUp()).toBeUndefined();
  expect(run.cleanUps).toHaveLength(1);
  expect(await launchedOf(run)).toEqual([]);
});
