/**
 * A group: many jobs, one outcome. The group is a job itself, and its record says in which batches its members came. How they ended is counted in a tally
 * for each batch, an item of its own, so that no item is written more often than a batch has members.
 */
import { deriveJobId } from './ids.ts';
import type { Job } from './job.ts';
import { isTerminal } from './states.ts';

/** A batch has up to 100 members (`maxBatchJobs`), so a group has up to 10,000. */
export const maxShards = 100;

/**
 * A request that submits the members of a shard is over by then: the API's function runs for at most 29 seconds, and machines' clocks differ. Before,
 * another request for the same shard submits and refuses nothing, so that no member is both submitted and refused.
 */
export const requestMs = 60_000;

/** The place of a job in its group. */
export interface Membership extends ShardKey {
  /** From 0, in its shard. */
  readonly position: number;
  /** The number of members of the shard. */
  readonly size: number;
}

/** Names the tally of a shard. */
export interface ShardKey {
  readonly id: string;
  /** With the id it names one record: an id may come again after its record has expired. */
  readonly createdAtMs: number;
  /** From 0, in the group. */
  readonly shard: number;
}

/** What the record of a group says of its members. */
export interface Members {
  /** Whether no more may be added. */
  readonly isSealed: boolean;
  /** The batches, in the order in which they were added. */
  readonly shards: readonly Shard[];
}

/** The members that came with one batch. */
export interface Shard {
  readonly size: number;
  /** A hash of the request's idempotency key; undefined where it had none. */
  readonly keyHash?: string | undefined;
  /** When a request last began to submit the members. */
  readonly openedAtMs: number;
  /** Whether no request may submit members any more: those that are missing are refused. */
  readonly isClosed?: boolean | undefined;
  /** How many ended in each way, in the order of `memberEnds`; undefined until all have ended. */
  readonly ended?: readonly number[] | undefined;
}

/** How a member may end. One that is refused has never become a job. */
export const memberEnds = ['succeeded', 'failed', 'cancelled', 'refused'] as const;
export type MemberEnd = (typeof memberEnds)[number];

/** The positions of the members that ended in each way. Adding one again changes nothing. */
export type Tally = Readonly<Record<MemberEnd, readonly number[]>>;

export const emptyTally: Tally = { succeeded: [], failed: [], cancelled: [], refused: [] };

/** The tallies: one item for each shard. */
export interface TallyStore {
  /** Adds positions. @returns the tally after that */
  add(shard: ShardKey, end: MemberEnd, positions: readonly number[]): Promise<Tally>;
  /** Reads the tallies of up to 100 shards, strongly consistent, in their order. */
  read(shards: readonly ShardKey[]): Promise<readonly Tally[]>;
}

export interface GroupCounts extends Readonly<Record<MemberEnd, number>> {
  readonly total: number;
  readonly unfinished: number;
}

/** @returns how many ended in each way, in the order of `memberEnds` */
export function endedCounts(tally: Tally): readonly number[] {
  return memberEnds.map((end) => new Set(tally[end]).size);
}

export function isComplete(tally: Tally, size: number): boolean {
  return missingFrom(tally, size).length === 0;
}

/** @returns the positions of the members that are not counted yet */
export function missingFrom(tally: Tally, size: number): readonly number[] {
  const counted = new Set(memberEnds.flatMap((end) => tally[end]));
  return Array.from({ length: size }, (_, position) => position).filter((position) => !counted.has(position));
}

/** @returns whether every member has ended, and none can come any more */
export function isOver({ isSealed, shards }: Members): boolean {
  return isSealed && shards.every(({ ended }) => ended !== undefined);
}

/** @param tallies of the shards that are not complete, by their number */
export function countMembers({ shards }: Members, tallies: ReadonlyMap<number, Tally> = new Map()): GroupCounts {
  const counts = shards.map(({ ended }, shard) => ended ?? endedCounts(tallies.get(shard) ?? emptyTally));
  const [succeeded = 0, failed = 0, cancelled = 0, refused = 0] = memberEnds.map((_, i) =>
    counts.reduce((sum, of) => sum + (of[i] ?? 0), 0),
  );
  const total = shards.reduce((sum, { size }) => sum + size, 0);
  return { total, succeeded, failed, cancelled, refused, unfinished: total - succeeded - failed - cancelled - refused };
}

/** @returns the members with a change of one shard */
export function withShard(members: Members, number: number, change: Partial<Shard>): Members {
  return { ...members, shards: members.shards.map((shard, i) => (i === number ? { ...shard, ...change } : shard)) };
}

/** @returns why nothing may be added or submitted any more; undefined while the group takes members */
export function whyClosed(group: Job, nowMs: number): 'ended' | 'ending' | undefined {
  if (isTerminal(group.status)) return 'ended';
  return group.cancelRequestedAtMs !== undefined || group.pendingOutcome !== undefined || nowMs >= group.deadlineMs ? 'ending' : undefined;
}

/** @returns the id of a member, whether or not it is written */
export function memberId(owner: string, group: ShardKey, position: number): string {
  const { id, createdAtMs } = group;
  return deriveJobId(owner, { kind: 'member', of: { id, createdAtMs }, shard: group.shard, position });
}
