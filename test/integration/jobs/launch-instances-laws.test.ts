/** Laws of launching, under random answers of EC2: `FC_SEED` and `FC_RUNS` repeat a run, or make it longer. */
import fc from 'fast-check';
import { isTerminal } from '../../../lambdas/core/job/states.ts';
import { contract as terminateContract } from '../../../lambdas/jobs/terminate-instances/contract.ts';
import { definition as terminateDefinition } from '../../../lambdas/jobs/terminate-instances/worker.ts';
import { PointNotReachedError } from '../../../testing/index.ts';
import { ec2Behaves, launchedBy } from '../../support/ec2-control.ts';
import { LaunchRun } from '../../support/launch-run.ts';
import { useEmulators } from '../../support/use-emulators.ts';
import { type RunOptions, WorkerRun } from '../../support/worker-run.ts';

const endpoints = useEmulators();
const realNow = Date.now;
afterEach(() => jest.restoreAllMocks());

const numRuns = Number(process.env['FC_RUNS'] ?? 60);
const seed = process.env['FC_SEED'];
const parameters = { numRuns, endOnFailure: true, ...(seed === undefined ? {} : { seed: Number(seed) }) };

/** The codes as EC2 documents them, by hand, so that the worker's own table is not its own judge. */
const noRoom = [
  ...['InsufficientInstanceCapacity', 'InsufficientFreeAddressesInSubnet', 'InsufficientAddressCapacity', 'InsufficientVolumeCapacity'],
  ...['NetworkInterfaceLimitExceeded', 'VolumeLimitExceeded', 'MaxIOPSLimitExceeded', 'VcpuLimitExceeded', 'InstanceLimitExceeded'],
  ...['MaxSpotInstanceCountExceeded', 'SpotMaxPriceTooLow', 'InsufficientHostCapacity', 'RequestLimitExceeded', 'PendingVerification'],
];
const bad = ['InvalidSubnetID.NotFound', 'InvalidInstanceType', 'Unsupported', 'VolumeTypeNotAvailableInZone'];
const refusals = ['InvalidParameterValue', 'InvalidAMIID.NotFound', 'UnauthorizedOperation', 'InvalidGroup.NotFound', 'AuthFailure'];
const unknown = ['InternalError', 'ServiceUnavailable', 'Unavailable'];

const types = ['t4g.small', 't4g.medium'];
const subnets = ['subnet-1', 'subnet-2'];
const saysEc2 = (code: string) => `EC2 says ${code}.`;

interface Placement {
  readonly instanceType: string;
  readonly subnetId: string;
  readonly market: 'spot' | 'on-demand';
}

const capacityType = fc.constantFrom('on-demand', 'spot', 'spot-then-on-demand');
const placementsOf = (capacity: string): readonly Placement[] =>
  (capacity === 'spot-then-on-demand' ? ['spot', 'on-demand'] : [capacity]).flatMap((market) =>
    types.flatMap((instanceType) => subnets.map((subnetId) => ({ instanceType, subnetId, market: market as Placement['market'] }))),
  );

const launched = (run: LaunchRun) => launchedBy(endpoints, run.job.id);
const living = async (run: LaunchRun) => (await launched(run)).filter(({ state }) => !['terminated', 'shutting-down'].includes(state));

/** What one run leaves must not take the next one's room. */
async function makeRoom(run: LaunchRun): Promise<void> {
  await ec2Behaves(endpoints, { terminatedAfterMs: 0 });
  for (const { instanceId } of await living(run)) {
    await fetch(endpoints.ec2, { method: 'POST', body: new URLSearchParams({ Action: 'TerminateInstances', 'InstanceId.1': instanceId }) });
  }
}

const input = { imageId: 'ami-0abc', instanceTypes: types, subnetIds: subnets };

it('launches in the first placement with capacity, regardless of the others, and fails with EC2’s message where none can ever work', async () => {
  const answer = fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: fc.constantFrom(...noRoom) },
    { weight: 2, arbitrary: fc.constantFrom(...bad) },
  );
  await fc.assert(
    fc.asyncProperty(capacityType, fc.array(answer, { minLength: 8, maxLength: 8 }), async (capacity, answers) => {
      const placements = placementsOf(capacity).map((placement, index) => ({ placement, code: answers[index] }));
      await ec2Behaves(endpoints, {
        runningAfterMs: 0,
        faults: placements.flatMap(({ placement, code }) =>
          code === undefined ? [] : [{ action: 'RunInstances', code, message: saysEc2(code), ...placement }],
        ),
      });
      const run = await LaunchRun.submit({ ...input, capacityType: capacity }, { sleepMs: 1 });
      const isBad = (code: string | undefined) => code !== undefined && bad.includes(code);
      // In the second round, all that was full has room.
      const expected = placements.find(({ code }) => code === undefined) ?? placements.find(({ code }) => !isBad(code));
      if (expected === undefined) {
        const last = placements.at(-1)?.code ?? '';
        await expect(run.result()).rejects.toMatchObject({ retryable: false, code: last, message: saysEc2(last) });
        expect(run.cleanUps).toEqual([undefined]);
        return;
      }
      const { skipped } = await run.result();
      const [instance] = (await launched(run)) as unknown as readonly { instanceType: string; subnetId: string; isSpot: boolean }[];
      const { instanceType, subnetId, market } = expected.placement;
      expect(instance).toMatchObject({ instanceType, subnetId, isSpot: market === 'spot' });
      const tried = expected.code === undefined ? placements.slice(0, placements.indexOf(expected)) : placements;
      const words = tried.flatMap(({ code }) => (code !== undefined && isBad(code) ? [{ code, message: saysEc2(code) }] : []));
      expect(skipped.map(({ code, message }) => ({ code, message }))).toEqual(words);
    }),
    parameters,
  );
});

it('ends at a refusal that was heard: with EC2’s words, the first invocation and one clean-up', async () => {
  const before = fc.array(fc.constantFrom(...noRoom, ...bad), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...refusals), before, async (code, codes) => {
      const [refusing, ...passed] = placementsOf('on-demand')
        .slice(0, codes.length + 1)
        .reverse();
      await ec2Behaves(endpoints, {
        faults: [
          ...passed.reverse().map((placement, index) => ({ action: 'RunInstances', code: codes[index] ?? '', ...placement })),
          { action: 'RunInstances', code, message: saysEc2(code), ...refusing },
        ],
      });
      const run = await LaunchRun.submit(input, { maxAttempts: 5 });
      const { status, error } = await run.drive();
      expect({ status, error }).toMatchObject({ status: 'failed', error: { code, message: saysEc2(code) } });
      expect([run.invocations, run.cleanUps]).toEqual([1, [undefined]]);
      expect(await launched(run)).toEqual([]);
    }),
    parameters,
  );
});

it('terminates at the first look all that EC2 lets it, and in the end all', async () => {
  const guard = fc.record({
    places: fc.uniqueArray(fc.nat(7), { maxLength: 8 }),
    isProtected: fc.boolean(),
    looks: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(guard, async ({ places, isProtected, looks }) => {
      await ec2Behaves(endpoints, { runningAfterMs: 0, terminatedAfterMs: 0 });
      const launch = await LaunchRun.submit({ ...input, count: 8 });
      const { instances } = await launch.result();
      const instanceIds = instances.map(({ instanceId }) => instanceId);
      const guarded = places.map((place) => instanceIds[place] ?? '');
      const code = 'UnauthorizedOperation';
      await ec2Behaves(endpoints, {
        terminatedAfterMs: 0,
        ...(isProtected
          ? { protectedInstanceIds: guarded }
          : { faults: guarded.map((instanceId) => ({ action: 'TerminateInstances', code, instanceId, times: 1_000 })) }),
      });
      const run = await new WorkerRun(terminateContract, terminateDefinition, { sleepMs: 1 }).submit({ instanceIds });
      const afterLooks: string[][] = [];
      while (!isTerminal((await run.drive(() => run.waits.length > afterLooks.length)).status)) {
        afterLooks.push((await living(launch)).map(({ instanceId }) => instanceId).sort());
        if (afterLooks.length === looks) await ec2Behaves(endpoints, { terminatedAfterMs: 0 });
      }
      expect((await run.result()).terminated).toEqual(instanceIds);
      expect(await living(launch)).toEqual([]);
      if (guarded.length > 0) expect(afterLooks).toEqual(Array(looks).fill([...guarded].sort()));
    }),
    { ...parameters, numRuns: Math.ceil(numRuns / 3) },
  );
});

/** The time of this machine, moved on while clean-ups wait: a launch is in doubt for a minute. */
async function submitWithTime(asked: object, options: RunOptions): Promise<LaunchRun> {
  let offsetMs = 0;
  let nowMs = realNow();
  jest.spyOn(Date, 'now').mockImplementation(() => realNow() + offsetMs);
  const onTimeMoved = (now: Date) => {
    if (run.job.reason?.code === 'cleaning_up') offsetMs += now.getTime() - nowMs;
    nowMs = now.getTime();
  };
  const run = await LaunchRun.submit(asked, { ...options, kitStartsAt: new Date(nowMs), onTimeMoved });
  return run;
}

/** Cancels the job at a write of its worker, if there is one. */
async function cancelAt(run: LaunchRun, nth: number): Promise<void> {
  try {
    await run.kit.runUntil({ before: 'write', nth });
    await run.kit.cancel(run.job);
  } catch (error) {
    if (!(error instanceof PointNotReachedError)) throw error;
  }
}

const fault = fc.record(
  {
    kind: fc.constantFrom('no-room', 'bad', 'refused', 'unknown', 'lost'),
    pick: fc.nat(20),
    instanceType: fc.constantFrom(...types),
    subnetId: fc.constantFrom(...subnets),
    times: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: ['kind', 'pick', 'times'] },
);
const codesOf = { 'no-room': noRoom, bad, refused: refusals, unknown } as const;
const history = fc.record({
  capacity: capacityType,
  count: fc.integer({ min: 1, max: 3 }),
  minCount: fc.integer({ min: 1, max: 3 }),
  faults: fc.array(fault, { maxLength: 5 }),
  room: fc.record({ 't4g.small': fc.nat(3), 't4g.medium': fc.nat(3) }, { requiredKeys: [] }),
  deaths: fc.array(
    fc.record({
      afterMs: fc.integer({ min: 1, max: 19 }), // before it runs
      times: fc.integer({ min: 1, max: 2 }),
      code: fc.constantFrom(
        'Server.SpotInstanceTermination',
        'Server.InsufficientInstanceCapacity',
        'Server.InternalError',
        'Client.InternalError',
      ),
    }),
    { maxLength: 2 },
  ),
  visibleAfterMs: fc.constantFrom(0, 0, 30),
  // Three workers in a row may die; beyond that the job is given up.
  kills: fc.array(fc.record({ phase: fc.constantFrom('before', 'after'), nth: fc.integer({ min: 1, max: 15 }) }), { maxLength: 3 }),
  cancelledAt: fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined, freq: 5 }),
  protectedFirst: fc.integer({ min: 0, max: 2 }),
});

it('leaves alive what it reports and nothing else, launches nothing twice, and fails in EC2’s words', async () => {
  await fc.assert(
    fc.asyncProperty(
      history,
      async ({ capacity, count, minCount, faults, room, deaths, visibleAfterMs, kills, cancelledAt, protectedFirst }) => {
        await ec2Behaves(endpoints, {
          runningAfterMs: 20,
          visibleAfterMs,
          capacity: Object.fromEntries(Object.entries(room).flatMap(([type, size]) => (size === undefined ? [] : [[type, size]]))),
          deaths: deaths.map((death) => ({ ...death, message: saysEc2(death.code) })),
          faults: [
            ...faults.map(({ kind, pick, ...rest }) => {
              const target = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as { times: number };
              if (kind === 'lost') return { action: 'RunInstances', loseAnswer: true, ...target };
              const codes = codesOf[kind as keyof typeof codesOf];
              const code = codes[pick % codes.length] ?? '';
              return { action: 'RunInstances', code, message: saysEc2(code), ...target };
            }),
            ...(protectedFirst === 0
              ? []
              : [
                  {
                    action: 'TerminateInstances',
                    code: 'OperationNotPermitted',
                    message: saysEc2('OperationNotPermitted'),
                    times: protectedFirst,
                  },
                ]),
          ],
        });
        const asked = { ...input, capacityType: capacity, count, minCount: Math.min(count, minCount) };
        const run = await submitWithTime(asked, { sleepMs: 8, maxAttempts: 5 });
        for (const { phase, nth } of kills) run.kit.kill(phase === 'before' ? { before: 'write', nth } : { after: 'write', nth });
        if (cancelledAt !== undefined) await cancelAt(run, cancelledAt);
        const { status, result, error } = await run.drive();
        const alive = (await living(run)).map(({ instanceId }) => instanceId);
        const reported = result?.instances.map(({ instanceId }) => instanceId) ?? [];
        expect([...alive].sort()).toEqual([...reported].sort());
        const all = await launched(run);
        const died = all.filter((one) => {
          const { stateReason } = one as { stateReason?: { code: string } };
          return stateReason !== undefined && stateReason.code !== 'Client.UserInitiatedShutdown';
        });
        expect(all.length).toBeLessThanOrEqual(count + died.length);
        await makeRoom(run);
        if (status === 'succeeded') {
          expect(reported.length).toBeGreaterThanOrEqual(asked.minCount);
          expect(reported.length).toBeLessThanOrEqual(count);
          return;
        }
        const { code, message } = error ?? { code: status, message: '' };
        if (!['cancelled', 'deadline_exceeded'].includes(code) && !/ECONNRESET|socket hang up|TimeoutError/.test(`${code} ${message}`)) {
          expect(message).toMatch(/EC2 says|We currently do not have|internal error/i);
        }
        // Only an answer that was not heard leaves a doubt.
        const wasHeard =
          kills.length === 0 && cancelledAt === undefined && faults.every(({ kind }) => kind !== 'lost' && kind !== 'unknown');
        if (wasHeard && visibleAfterMs === 0 && protectedFirst === 0) expect([code, run.cleanUps.length]).toEqual([code, 1]);
        if (refusals.includes(code) && wasHeard) expect(run.job.attempts).toBe(1);
      },
    ),
    parameters,
  );
});
