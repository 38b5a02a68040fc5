/** A job's id comes again when its idempotency key is used after the record expired: the new record meets nothing of the first one. */
import type { TestJob } from '../../../testing/index.ts';
import { ec2Behaves, ec2Overview } from '../../support/ec2-control.ts';
import { LaunchRun } from '../../support/launch-run.ts';
import { useEmulators } from '../../support/use-emulators.ts';
import type { RunOptions } from '../../support/worker-run.ts';

const endpoints = useEmulators();

const plain = { imageId: 'ami-0abc', instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'], count: 2 };
const submit = (options: RunOptions = {}) => LaunchRun.submit(plain, { sleepMs: 20, ...options });
/** Instances of one record: two records of one id differ in their time of creation. */
const aliveOf = async ({ id, resource }: TestJob) =>
  (await ec2Overview(endpoints)).instances.filter(
    ({ tags, state }) =>
      tags['delegation:job'] === id && tags['delegation:created'] === resource.createdAt && ['pending', 'running'].includes(state),
  );
const idsOf = (instances: readonly { readonly instanceId: string }[]) => instances.map(({ instanceId }) => instanceId);
const justDone = { before: 'end' } as const;

/** Runs the job of a first record, and submits another job under its key a month later. */
async function submitAgain(changes: object = {}, options: RunOptions = {}) {
  const run = await submit({ idempotencyKey: crypto.randomUUID(), ...options });
  const before = idsOf((await run.result()).instances);
  const first = run.job;
  await run.kit.advance({ days: 31 });
  await run.submit({ ...plain, ...changes });
  const second = run.job;
  expect(second.id).toBe(first.id);
  expect(second.resource.createdAt).not.toBe(first.resource.createdAt);
  run.waits.length = 0;
  return { run, first, second, before };
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
    const { run, first, second, before } = await submitAgain(changes);
    const after = idsOf((await run.result()).instances);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
    expect(idsOf(await aliveOf(first))).toEqual(before);
    expect(idsOf(await aliveOf(second))).toEqual(after);
  });

  it('a second record that is cancelled, fails or dies half-way terminates its own alone', async () => {
    const { run, first, second } = await submitAgain();
    await ec2Behaves(endpoints, { tokensForgottenAfterMs, runningAfterMs: 60_000 });
    await run.drive(() => run.waits.length > 0);
    await run.kit.cancel(second);
    await run.untilCleanUp();
    const own = idsOf(await aliveOf(second)).sort();
    expect(own).toHaveLength(2);
    expect((await run.drive()).status).toBe('cancelled');
    expect(run.cleanUps).toEqual([`terminated ${own.join(', ')}`]);
    expect([(await aliveOf(first)).length, (await aliveOf(second)).length]).toEqual([2, 0]);
  });

  it('a second record without capacity ends nothing', async () => {
    const { run, first } = await submitAgain();
    await ec2Behaves(endpoints, { tokensForgottenAfterMs, capacity: { 't4g.small': 0 } });
    await run.driveUntilItWaits('waiting_for_capacity');
    expect(await run.cancelAndCleanUp()).toBeUndefined();
    expect(run.cleanUps).toHaveLength(1);
    expect(await aliveOf(first)).toHaveLength(2);
  });

  it('a second record whose launch was not heard takes up its own', async () => {
    const { run, first, second } = await submitAgain({}, { maxAttempts: 2 });
    await ec2Behaves(endpoints, { tokensForgottenAfterMs: 86_400_000, faults: [{ action: 'RunInstances', loseAnswer: true }] });
    await run.failOnce();
    const { instances } = await run.result();
    expect(idsOf(await aliveOf(second))).toEqual(idsOf(instances));
    expect(await aliveOf(first)).toHaveLength(2);
  });
});

it('in two deployments, the same id of the same moment is two jobs', async () => {
  await ec2Behaves(endpoints);
  const common = { idempotencyKey: 'both', kitStartsAt: new Date() };
  const inDeployment = (deployment: string) => submit({ ...common, settings: { deployment } });
  const [a, b] = [await inDeployment('Delegation-a'), await inDeployment('Delegation-b')];
  expect([a.job.id, a.job.resource.createdAt]).toEqual([b.job.id, b.job.resource.createdAt]);
  await a.dieAt(justDone);
  const ofA = idsOf(await aliveOf(a.job));
  const ofB = idsOf((await b.result()).instances);
  expect([ofA.length, new Set([...ofA, ...ofB]).size]).toEqual([2, 4]);
  expect(await a.cancelAndCleanUp()).toBe(`terminated ${[...ofA].sort().join(', ')}`);
  expect(idsOf(await aliveOf(b.job))).toEqual(ofB);
});

it('what a job remembers is its own, also without the tags of this version', async () => {
  await ec2Behaves(endpoints);
  const run = await submit();
  await run.dieAt(justDone);
  const ids = idsOf(await aliveOf(run.job));
  expect(ids).toHaveLength(2);
  const body = new URLSearchParams({ Action: 'CreateTags', 'Tag.1.Key': 'delegation:created', 'Tag.1.Value': 'by an older version' });
  for (const [index, id] of ids.entries()) body.set(`ResourceId.${index + 1}`, id);
  await fetch(endpoints.ec2, { method: 'POST', body });
  expect(await run.cancelAndCleanUp()).toBe(`terminated ${[...ids].sort().join(', ')}`);
});
