/** The work of a group: it waits until its members have ended, looks now and then for ends that were not counted, and cancels its members if it fails or is cancelled. */
import { type ActDeps, cancelOne } from '../../core/bulk/act-on-job.ts';
import type { CleanUpContext, JobContext } from '../../core/contract/context.ts';
import { PermanentError, RetryableError, UnavailableError } from '../../core/contract/errors.ts';
import { changeMembers, reportShard, type TallyDeps } from '../../core/control/tally-end.ts';
import {
  countMembers,
  isComplete,
  isOver,
  type MemberEnd,
  type Members,
  memberEnds,
  memberId,
  missingFrom,
  requestMs,
  type ShardKey,
  type Tally,
  withShard,
} from '../../core/job/group.ts';
import { inGroups } from '../../core/job/in-groups.ts';
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import { SuspensionError } from '../../core/job/suspension-error.ts';
import type { GroupResult } from './contract.ts';

export type GroupDeps = ActDeps & TallyDeps;

/** The members of a shard are looked at when it is as old as this: their requests are over, and most of their ends are counted. */
const lookAfterMs = 300_000;
const maxLookAfterMs = 3_600_000;
/** Members that are cancelled at the same time. They are of one shard, whose item takes 1,000 writes a second. */
const atOnce = 10;

/** One shard of a group, as its record says. */
interface OpenShard {
  readonly key: ShardKey;
  readonly shard: Members['shards'][number];
}

export async function waitForMembers(ctx: JobContext, deps: GroupDeps): Promise<GroupResult> {
  const nowMs = deps.runtime.nowMs();
  const before = await readGroup(ctx, deps);
  for (const open of openShards(before)) {
    ctx.signal.throwIfAborted();
    if (nowMs >= open.shard.openedAtMs + lookAfterMs) await countMissed(before, open, deps);
  }
  const group = await readGroup(ctx, deps);
  const { members } = group;
  const { unfinished, ...counts } = countMembers(members);
  if (isOver(members)) return conclude(counts);
  ctx.progress(counts.total === 0 ? null : 1 - unfinished / counts.total);
  const afterMs = Math.min(maxLookAfterMs, Math.max(lookAfterMs, nowMs - group.createdAtMs));
  throw new SuspensionError({
    untilMs: nowMs + afterMs,
    reason: { code: 'waiting_for_members', detail: members.isSealed ? `${counts.total} jobs` : `${counts.total} jobs, and to be sealed` },
    early: { awaits: [{ kind: 'members' }], seenNotices: group.notices ?? 0 },
  });
}

function conclude(counts: GroupResult): GroupResult {
  if (counts.succeeded === counts.total) return counts;
  const { failed, cancelled, refused, total } = counts;
  throw new PermanentError(`Of ${total} jobs ${failed} failed, ${cancelled} were cancelled and ${refused} were refused.`, {
    code: 'members_failed',
    details: { ...counts },
  });
}

/** Counts the members of a shard whose end was never announced, and as refused those that never came. */
async function countMissed(group: Job, { key, shard }: OpenShard, deps: GroupDeps): Promise<void> {
  let tally = await readTally(key, deps);
  const found = await readMembers(group, key, missingFrom(tally, shard.size), deps);
  const ended = [...found.jobs].filter(([, { status }]) => isTerminal(status));
  for (const end of memberEnds)
    tally = await addAll(
      key,
      end,
      ended.flatMap(([position, { status }]) => (status === end ? [position] : [])),
      tally,
      deps,
    );
  if (found.absent.length > 0 && (await close(key, shard.openedAtMs, deps))) {
    const refused: number[] = [];
    // Strongly consistent: from here on no request submits them.
    for (const position of found.absent)
      if ((await deps.store.get(memberId(group.owner, key, position), deps.runtime.nowMs())) === undefined) refused.push(position);
    tally = await addAll(key, 'refused', refused, tally, deps);
  }
  if (isComplete(tally, shard.size)) await reportShard(key, tally, deps);
}

/** Lets no request submit members of the shard any more. @returns whether that is so: a request may have come meanwhile */
async function close(key: ShardKey, openedAtMs: number, deps: GroupDeps): Promise<boolean> {
  const group = await changeMembers(key, deps, ({ members }) => {
    const shard = members?.shards[key.shard];
    if (members === undefined || shard?.openedAtMs !== openedAtMs || shard.isClosed === true) return undefined;
    return withShard(members, key.shard, { isClosed: true });
  });
  return group?.members?.shards[key.shard]?.isClosed === true;
}

/** Cancels the members that have not ended. It may run again: what it did is not done twice. @returns a sentence for the timeline */
export async function cancelMembers(ctx: CleanUpContext, deps: GroupDeps): Promise<string | undefined> {
  const group = await readGroup(ctx, deps);
  let [cancelled, mayCome] = [0, false];
  for (const { key, shard } of openShards(group)) {
    const found = await readMembers(group, key, missingFrom(await readTally(key, deps), shard.size), deps);
    const running = [...found.jobs.values()].filter((job) => !isTerminal(job.status) && job.cancelRequestedAtMs === undefined);
    for (const some of inGroups(running, atOnce)) {
      ctx.signal.throwIfAborted();
      await Promise.all(some.map((job) => cancelMember(job, group, deps)));
      cancelled += some.length;
    }
    mayCome ||= found.absent.length > 0 && shard.isClosed !== true && deps.runtime.nowMs() < shard.openedAtMs + requestMs;
  }
  // A request that began before the cancel may still be submitting.
  if (mayCome) throw new RetryableError('Members of the group are still being submitted.', { code: 'members_on_their_way' });
  return cancelled === 0 ? undefined : `cancelled ${cancelled} jobs that had not ended`;
}

async function cancelMember(job: Job, group: Job, deps: GroupDeps): Promise<void> {
  const { by = group.owner, reason } = group.cancelRequest ?? {};
  const why = reason ?? `the group ${group.cancelRequestedAtMs === undefined ? 'has failed' : 'was cancelled'}`;
  const outcome = await cancelOne(job, { actedBy: group.id, by, reason: why }, deps);
  if (outcome.kind === 'failed') throw new UnavailableError(outcome.message);
}

async function readGroup({ job }: Pick<JobContext, 'job'>, { store, runtime }: GroupDeps): Promise<Job & { readonly members: Members }> {
  const group = await store.get(job.id, runtime.nowMs());
  if (group?.members === undefined)
    throw new PermanentError('The record of the group does not say what its members are.', { code: 'invalid_group' });
  return { ...group, members: group.members };
}

function openShards({ id, createdAtMs, members }: Job): readonly OpenShard[] {
  return (members?.shards ?? []).flatMap((shard, number) =>
    shard.ended === undefined ? [{ key: { id, createdAtMs, shard: number }, shard }] : [],
  );
}

async function readTally(key: ShardKey, { tallies }: GroupDeps): Promise<Tally> {
  const [tally] = await tallies.read([key]);
  if (tally === undefined) throw new Error('A tally was not read.');
  return tally;
}

/** Reads up to 100 members, eventually consistent. */
async function readMembers({ owner }: Job, key: ShardKey, positions: readonly number[], { store, runtime }: GroupDeps) {
  const places = new Map(positions.map((position) => [memberId(owner, key, position), position]));
  const found = places.size === 0 ? [] : await store.getMany([...places.keys()], runtime.nowMs());
  const jobs = new Map(found.flatMap((job) => (job.group === undefined ? [] : [[job.group.position, job] as const])));
  return { jobs, absent: positions.filter((position) => !jobs.has(position)) };
}

async function addAll(key: ShardKey, end: MemberEnd, positions: readonly number[], tally: Tally, { tallies }: GroupDeps): Promise<Tally> {
  return positions.length === 0 ? tally : tallies.add(key, end, positions);
}
