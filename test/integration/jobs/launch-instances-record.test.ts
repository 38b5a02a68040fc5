/** A job's id comes again when its idempotency key is used after the record expired: the new record meets nothing of the first one. */
import { JobInterruptedError } from '../../../lambdas/core/contract/errors.ts';
import { contract } from '../../../lambdas/jobs/launch-instances/contract.ts';
import { definition } from '../../../lambdas/jobs/launch-instances/worker.ts';
import { cleanUpDirectly, type DirectRun, directRun, everythingAllowed, Killed, runDirectly } from '../../support/direct-context.ts';
import { ec2Behaves, ec2Overview } from '../../support/ec2-control.ts';
import { useEmulators } from '../../support/use-emulators.ts';

const endpoints = useEmulators();

const plain = { imageId: 'ami-0abc', instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'], count: 2 };
const launch = (run: DirectRun, input: object = {}) => runDirectly(contract, definition, { ...plain, ...input }, run);
const cleanUp = (run: DirectRun) => cleanUpDirectly(contract, definition, plain, run);
const aliveOf = async ({ createdAt }: DirectRun) =>
  (await ec2Overview(endpoints)).instances.filter(
    ({ tags, state }) => tags['delegation:created'] === createdAt && ['pending', 'running'].includes(state),
  );

const quickly = { longestSleepMs: 20 };
let pairs = 0;
/** Two records of the same id, a month apart. */
function records(): readonly [first: DirectRun, second: DirectRun] {
  const jobId = `job_${++pairs}`;
  const milliseconds = String(pairs).padStart(3, '0');
  return [
    directRun({ ...quickly, jobId, createdAt: `2026-01-01T00:00:00.${milliseconds}Z` }),
    directRun({ ...quickly, jobId, createdAt: `2026-02-01T00:00:00.${milliseconds}Z` }),
  ];
}

describe.each([
  ['remembers', 86_400_000],
  ['has forgotten', 0],
])('where EC2 %s the tokens of the first record', (_what, tokensForgottenAfterMs) => {
  beforeEach(() => ec2Behaves(endpoints, { tokensForgottenAfterMs }));

  it.each([
    ['the same input', {}],
    ['another input', { instanceTypes: ['t4g.medium'] }],
    ['a time-to-live', { timeToLiveSeconds: 600 }],
    ['Spot instances', { capacityType: 'spot-then-on-demand', count: 1 }],
  ])('a second record with %s launches its own, and lets the first ones live', async (_input, changes) => {
    const [first, second] = records();
    const before = (await launch(first)).instances.map(({ instanceId }) => instanceId);
    const after = (await launch(second, changes)).instances.map(({ instanceId }) => instanceId);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
    expect((await aliveOf(first)).map(({ instanceId }) => instanceId)).toEqual(before);
    expect((await aliveOf(second)).map(({ instanceId }) => instanceId)).toEqual(after);
  });

  it('a second record that is cancelled, fails or dies half-way terminates its own alone', async () => {
    const [first, second] = records();
    await launch(first);
    second.onEvent = (event) => {
      if (event.startsWith('sleep')) second.controller.abort(new JobInterruptedError('cancelled', 'The job was cancelled.'));
    };
    await ec2Behaves(endpoints, { tokensForgottenAfterMs, runningAfterMs: 60_000 });
    await expect(launch(second)).rejects.toMatchObject({ code: 'cancelled' });
    const own = (await aliveOf(second)).map(({ instanceId }) => instanceId).sort();
    expect(own).toHaveLength(2);
    expect(await cleanUp(second)).toBe(`terminated ${own.join(', ')}`);
    expect([(await aliveOf(first)).length, (await aliveOf(second)).length]).toEqual([2, 0]);
  });

  it('a second record without capacity ends nothing', async () => {
    const [first, second] = records();
    await launch(first);
    await ec2Behaves(endpoints, { tokensForgottenAfterMs, capacity: { 't4g.small': 0 } });
    second.onEvent = (event) => {
      if (event.startsWith('sleep')) throw new Killed();
    };
    await expect(launch(second)).rejects.toThrow(Killed);
    expect(await cleanUp(second)).toBeUndefined();
    expect(await aliveOf(first)).toHaveLength(2);
  });

  it('a second record whose launch was not heard takes up its own', async () => {
    const [first, second] = records();
    await launch(first);
    await ec2Behaves(endpoints, { tokensForgottenAfterMs: 86_400_000, faults: [{ action: 'RunInstances', loseAnswer: true }] });
    await expect(launch(second)).rejects.toMatchObject({ retryable: true });
    const { instances } = await launch(second);
    expect((await aliveOf(second)).map(({ instanceId }) => instanceId)).toEqual(instances.map(({ instanceId }) => instanceId));
    expect(await aliveOf(first)).toHaveLength(2);
  });
});

it('in two deployments, the same id of the same moment is two jobs', async () => {
  await ec2Behaves(endpoints);
  const common = { jobId: 'job_both', createdAt: '2026-03-01T00:00:00.000Z', ...quickly };
  const stages = ['Delegation-a', 'Delegation-b'].map((deployment) =>
    directRun({ ...common, settings: { ...everythingAllowed, deployment } }),
  );
  const [a, b] = stages as [DirectRun, DirectRun];
  const ofA = (await launch(a)).instances.map(({ instanceId }) => instanceId);
  const ofB = (await launch(b)).instances.map(({ instanceId }) => instanceId);
  expect(new Set([...ofA, ...ofB]).size).toBe(4);
  expect(await cleanUp(a)).toBe(`terminated ${[...ofA].sort().join(', ')}`);
  expect((await aliveOf(b)).map(({ instanceId }) => instanceId)).toEqual(ofB);
});

it('what a job remembers is its own, also without the tags of this version', async () => {
  await ec2Behaves(endpoints);
  const run = directRun(quickly);
  const { instances } = await launch(run);
  const ids = instances.map(({ instanceId }) => instanceId);
  const body = new URLSearchParams({ Action: 'CreateTags', 'Tag.1.Key': 'delegation:created', 'Tag.1.Value': 'by an older version' });
  for (const [index, id] of ids.entries()) body.set(`ResourceId.${index + 1}`, id);
  await fetch(endpoints.ec2, { method: 'POST', body });
  expect(await cleanUp(run)).toBe(`terminated ${[...ids].sort().join(', ')}`);
});
