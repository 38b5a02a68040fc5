/** What groups must be at the end: each has ended, as its members did, and counts each of them once. */
import { countMembers, type Members, memberEnds } from '../../lambdas/core/job/group.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import type { Simulation } from './simulation.ts';

/** Workers in a row that die before a job fails. */
const crashesToFail = 4;

export async function readGroups(simulation: Simulation): Promise<readonly GroupAtEnd[]> {
  const records = [...simulation.store.rows.values()].map(({ job }) => job);
  const store = simulation.tallies.connect(async (_, act) => act());
  const groups = records.flatMap((job) => (job.members === undefined ? [] : [{ job, members: job.members }]));
  return Promise.all(
    groups.map(async ({ job, members }) => {
      const keys = members.shards.map((_, shard) => ({ id: job.id, createdAtMs: job.createdAtMs, shard }));
      const tallies = await store.read(keys);
      return { group: job, members, tallies, records: records.filter(({ group }) => group?.id === job.id) };
    }),
  );
}

type Tallies = Awaited<ReturnType<ReturnType<Simulation['tallies']['connect']>['read']>>;

interface GroupAtEnd {
  readonly group: Job;
  readonly members: Members;
  readonly tallies: Tallies;
  readonly records: readonly Job[];
}

/** A group of whose members none is left ends within this time where nothing has failed: a message, a claim and a write. */
const soonMs = 30_000;
/** What failed earlier than this has no effect any more, but for an announcement that is repeated ever more rarely. */
const lateAnnouncementMs = 3_600_000;

/** The end is not left to the looks of the group's worker, of which the first comes after five minutes. */
function checkDelay({ group, records }: GroupAtEnd, { checker, plan, groupsSealedMs }: Simulation): void {
  const sealedMs = groupsSealedMs.get(group.id);
  if (sealedMs === undefined || group.finishedAtMs === undefined) return;
  const overMs = Math.max(sealedMs, ...records.map(({ finishedAtMs = 0 }) => finishedAtMs));
  const { skewMs, slowCallMs } = plan.faults;
  if (checker.startLatency.lastFaultMs > overMs - lateAnnouncementMs || checker.startLatency.hadLateMessage(group.id)) return;
  // A message that is early by the clock of its worker is left to the alarm, as in `StartLatency`.
  const { graceMs, periodMs } = checker.view.times;
  const rescueMs = skewMs > 0 ? graceMs + periodMs + plan.faults.indexLagMs : 0;
  if (group.finishedAtMs > overMs + soonMs + 2 * skewMs + 10 * slowCallMs + rescueMs)
    checker.violated('I26', `${group.id} ended ${group.finishedAtMs - overMs} ms after its last member`);
}

/** Lets the members of a group be cancelled that was cancelled, or whose workers died again and again. */
export function allowCancels(groups: readonly GroupAtEnd[], simulation: Simulation): void {
  for (const { group, records } of groups)
    if (group.status === 'cancelled' || group.error?.code === 'worker_crashed') for (const { id } of records) simulation.cancelled.add(id);
}

export function checkGroups(groups: readonly GroupAtEnd[], simulation: Simulation): void {
  for (const one of groups) {
    checkGroup(one, simulation);
    checkDelay(one, simulation);
  }
}

function checkGroup({ group, members, tallies, records }: GroupAtEnd, { checker, plan }: Simulation): void {
  const violated = (what: string) => checker.violated('I26', `${group.id} ${what}`);
  const total = members.shards.reduce((sum, { size }) => sum + size, 0);
  const ends = { succeeded: 0, failed: 0, cancelled: 0, refused: total - records.length };
  for (const { status } of records) if (status === 'succeeded' || status === 'failed' || status === 'cancelled') ends[status] += 1;
  for (const [shard, tally] of tallies.entries()) {
    const counted = memberEnds.flatMap((end) => tally[end]);
    if (new Set(counted).size !== counted.length) violated(`counts a member of batch ${shard} twice`);
  }
  const expected = JSON.stringify({ total, ...ends });
  if (group.status === 'cancelled') {
    if (plan.groups?.cancelAfterMs === null) violated('was cancelled by no caller');
    // One that was about to end as failed is not asked.
    const isAlone = ({ status, finishedAtMs = 0, cancelRequestedAtMs }: Job) =>
      status !== 'failed' && cancelRequestedAtMs === undefined && finishedAtMs > (group.finishedAtMs ?? 0) + 2 * plan.faults.skewMs;
    if (records.some(isAlone)) violated('was cancelled, and left a member alone');
    return;
  }
  if (group.error?.code === 'worker_crashed' && (checker.maxTakeovers.get(group.id) ?? 0) >= crashesToFail) return;
  const { unfinished, ...counts } = countMembers(members);
  if (unfinished !== 0 || JSON.stringify(counts) !== expected)
    violated(`has members that ended as ${expected}, and counted ${JSON.stringify(counts)}`);
  const shouldBe = ends.succeeded === total ? 'succeeded' : 'failed';
  if (group.status !== shouldBe || (shouldBe === 'failed' && group.error?.code !== 'members_failed'))
    violated(`ended as ${group.status} (${group.error?.code}), and its members as ${expected}`);
  if (records.some(({ finishedAtMs = 0 }) => finishedAtMs > (group.finishedAtMs ?? 0) + 2 * plan.faults.skewMs + 1))
    violated('ended before its last member');
}
