/**
 * Adding a batch of members to a group. The group's record takes the batch first, with the key of its request, and only then the members are submitted,
 * under ids that follow from their places. A process that dies between the two is made up for by the repeated request, or by the group's worker, which
 * counts as refused who never came.
 */
import { changeMembers, maxGroupAttempts, type TallyDeps, wakeIfOver, writeMembers } from '../control/tally-end.ts';
import { changeJob } from '../job/change-job.ts';
import { maxShards, requestMs, whyClosed, withShard } from '../job/group.ts';
import { sha256Hex } from '../job/ids.ts';
import type { Job } from '../job/job.ts';
import { conflict } from '../job/retry-on-conflict.ts';

export interface ShardRequest {
  readonly size: number;
  readonly keyHash: string | undefined;
}

export type OpenedShard =
  | {
      readonly kind: 'opened';
      readonly group: Job;
      readonly shard: number;
      /**
       * `submit`: this request alone decides about the members that are not there yet. `wait`: another one may be doing so. `read`: no one may any more.
       */
      readonly role: 'submit' | 'wait' | 'read';
      /** Whether an earlier request had the same key. */
      readonly isRepeat: boolean;
    }
  | { readonly kind: 'closed'; readonly why: 'sealed' | 'ended' | 'ending' }
  /** The key came with another number of jobs. */
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'full' }
  | { readonly kind: 'busy' };

/** @returns what the record has for an idempotency key */
export function keyHashOf(key: string): string {
  return sha256Hex(key).slice(0, 16);
}

/** Adds a batch to a group, or finds the one that an earlier request with the same key added. @param group as it has just been read */
export async function openShard(group: Job, request: ShardRequest, deps: TallyDeps): Promise<OpenedShard> {
  const target = { id: group.id, read: group, maxAttempts: maxGroupAttempts };
  const result = await changeJob<OpenedShard>(target, deps, async (current) =>
    current === undefined ? { kind: 'closed', why: 'ended' } : tryToOpen(current, request, deps),
  );
  return result === conflict ? { kind: 'busy' } : result;
}

async function tryToOpen(group: Job, { size, keyHash }: ShardRequest, deps: TallyDeps): Promise<OpenedShard | typeof conflict> {
  const nowMs = deps.runtime.nowMs();
  const { isSealed = true, shards = [] } = group.members ?? {};
  const known = keyHash === undefined ? -1 : shards.findIndex((shard) => shard.keyHash === keyHash);
  if (known !== -1) return reopen(group, known, size, deps);
  const why = whyClosed(group, nowMs) ?? (isSealed ? 'sealed' : undefined);
  if (why !== undefined) return { kind: 'closed', why };
  if (shards.length >= maxShards) return { kind: 'full' };
  const added = { size, openedAtMs: nowMs, ...(keyHash === undefined ? {} : { keyHash }) };
  const written = await writeMembers(group, { isSealed, shards: [...shards, added] }, deps);
  return written === conflict ? conflict : { kind: 'opened', group: written, shard: shards.length, role: 'submit', isRepeat: false };
}

/** @returns what a request may do that comes again */
async function reopen(group: Job, number: number, size: number, deps: TallyDeps): Promise<OpenedShard | typeof conflict> {
  const nowMs = deps.runtime.nowMs();
  const shard = group.members?.shards[number];
  if (group.members === undefined || shard?.size !== size) return { kind: 'key-reused' };
  const opened = { kind: 'opened', group, shard: number, isRepeat: true } as const;
  if (shard.isClosed === true || shard.ended !== undefined || whyClosed(group, nowMs) !== undefined) return { ...opened, role: 'read' };
  if (nowMs < shard.openedAtMs + requestMs) return { ...opened, role: 'wait' };
  const written = await writeMembers(group, withShard(group.members, number, { openedAtMs: nowMs }), deps);
  return written === conflict ? conflict : { ...opened, group: written, role: 'submit' };
}

/** @returns the shard with which a group was made, as a request finds it that comes again */
export async function reopenFirst(group: Job, size: number, deps: TallyDeps): Promise<OpenedShard> {
  const result = await changeJob<OpenedShard>({ id: group.id, maxAttempts: maxGroupAttempts }, deps, async (current) =>
    current === undefined ? { kind: 'closed', why: 'ended' } : reopen(current, 0, size, deps),
  );
  return result === conflict ? { kind: 'busy' } : result;
}

/** Lets nothing more be added. Repeating it changes nothing. @returns the group after that; undefined where it has expired */
export async function sealGroup(group: Job, deps: TallyDeps): Promise<Job | undefined> {
  const sealed = await changeMembers(group, deps, ({ members }) =>
    members === undefined || members.isSealed ? undefined : { ...members, isSealed: true },
  );
  // Also where an earlier request died between the two.
  if (sealed !== undefined) await wakeIfOver(sealed, deps);
  return sealed;
}
