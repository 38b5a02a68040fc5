/** Counts the ends of a group's members, and ends the wait of the group with the last. */
import { UnavailableError } from '../contract/errors.ts';
import { changeJob, wakeAtOnce, writeOver } from '../job/change-job.ts';
import { endedCounts, isComplete, isOver, type Members, type ShardKey, type Tally, type TallyStore } from '../job/group.ts';
import type { Job, JobPatch } from '../job/job.ts';
import type { JobStore, Runtime, WakeUpQueues } from '../job/ports.ts';
import { conflict } from '../job/retry-on-conflict.ts';
import { isTerminal } from '../job/states.ts';
import { Stop } from '../job/stop.ts';
import { endWaitPatch } from '../job/transitions.ts';

export interface TallyDeps {
  readonly store: JobStore;
  readonly tallies: TallyStore;
  readonly queues: WakeUpQueues;
  readonly runtime: Runtime;
  readonly graceMs: number;
}

/** An attempt is lost only to another write of the group's record: of each of up to 100 shards, which may be complete at the same moment, and some of its worker. */
export const maxGroupAttempts = 120;

/** Counts the end of a member, once however often it is repeated. */
export async function tallyEnd({ group, status }: Job, deps: TallyDeps): Promise<void> {
  if (group === undefined || (status !== 'succeeded' && status !== 'failed' && status !== 'cancelled')) return;
  const tally = await deps.tallies.add(group, status, [group.position]);
  // Of several last members at one moment each sees what was added before it, so at least one sees them all.
  if (isComplete(tally, group.size)) await reportShard(group, tally, deps);
}

/** Reports to a group how the members of a shard ended, once all have. With the last shard of a sealed group its wait is over. Repeating it changes nothing. */
export async function reportShard(shard: ShardKey, tally: Tally, deps: TallyDeps): Promise<void> {
  const group = await deps.store.completeShard(shard, endedCounts(tally));
  if (group !== undefined) await wakeIfOver(group, deps);
}

/** Ends the wait of a group whose members have all ended. A group that runs was given a notice, so that it does not begin to wait. */
export async function wakeIfOver(group: Job, deps: TallyDeps): Promise<void> {
  const result = await changeJob<'done'>({ id: group.id, read: group, maxAttempts: maxGroupAttempts }, deps, async (current) => {
    if (current?.createdAtMs !== group.createdAtMs || !isWaitOver(current)) return 'done';
    const patch = endWaitPatch(current, { ...deps, nowMs: deps.runtime.nowMs() }, 'all members have ended');
    const written = await writeOver(current, patch, deps.store);
    if (written === conflict) return conflict;
    await wakeAtOnce(written, deps.queues);
    return 'done';
  });
  if (result === conflict) throw new UnavailableError('Too many concurrent updates of the group.');
}

function isWaitOver({ status, pendingOutcome, awaits = [], members }: Job): boolean {
  if (status !== 'waiting' || pendingOutcome !== undefined || members === undefined) return false;
  return awaits.some(({ kind }) => kind === 'members') && isOver(members);
}

/** Makes the members after a change; undefined where there is nothing to do. */
type Change = (group: Job) => Members | undefined;

/** Changes what the record of a group says of its members, over the revision that was read. @returns the group after that; undefined where it is gone */
export async function changeMembers(
  { id, createdAtMs }: Pick<ShardKey, 'id' | 'createdAtMs'>,
  deps: TallyDeps,
  change: Change,
): Promise<Job | undefined> {
  const result = await changeJob<Job | undefined>({ id, maxAttempts: maxGroupAttempts }, deps, async (group) => {
    if (group?.createdAtMs !== createdAtMs || isTerminal(group.status)) return group;
    const members = change(group);
    return members === undefined ? group : writeMembers(group, members, deps);
  });
  if (result === conflict) throw new UnavailableError('Too many concurrent updates of the group.');
  return result;
}

/** The longest pause after a refused write, in milliseconds, so that a hundred batches that are added at one moment do not refuse each other again and again. */
const maxPauseMs = 300;

/** @returns the group after the write; after a pause `conflict`, where it was written meanwhile */
export async function writeMembers(group: Job, members: Members, deps: TallyDeps): Promise<Job | typeof conflict> {
  // Its worker may have looked before this, and be about to wait.
  const patch: JobPatch = { members, notices: (group.notices ?? 0) + 1 };
  const written = await writeOver(group, patch, deps.store);
  if (written !== conflict) return written;
  await deps.runtime.sleep(Math.ceil(deps.runtime.random() * maxPauseMs), new Stop());
  return conflict;
}
