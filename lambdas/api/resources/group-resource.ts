/** A group as an answer shows it: its record, with the tallies of the batches that are not complete. */
import { countMembers, type Members, type ShardKey, type TallyStore } from '../../core/job/group.ts';
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import type { GroupResource } from '../openapi/resource-schemas.ts';

export type Group = Job & { readonly members: Members };

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | undefined) => (ms === undefined ? null : iso(ms));

/** Reads the tallies after the record, so that the numbers never go back from one answer to the next. */
export async function toGroupResource(group: Group, { tallies }: { readonly tallies: TallyStore }): Promise<GroupResource> {
  const { id, members } = group;
  const { total, unfinished, ...ended } = countMembers(members, await openTallies(group, tallies));
  const self = `/v1/groups/${id}`;
  const hasEnded = isTerminal(group.status);
  return {
    id,
    owner: group.owner,
    status: group.status,
    sealed: members.isSealed,
    counts: { total, unfinished, ...ended },
    progress: total === 0 ? null : 1 - unfinished / total,
    batches: members.shards.length,
    error: group.error ?? null,
    createdAt: iso(group.createdAtMs),
    deadline: iso(group.deadlineMs),
    finishedAt: isoOrNull(group.finishedAtMs),
    expiresAt: isoOrNull(group.expiresAtMs),
    cancelRequestedAt: isoOrNull(group.cancelRequestedAtMs),
    tags: group.tags,
    links: {
      self,
      job: `/v1/jobs/${id}`,
      jobs: `${self}/jobs`,
      seal: hasEnded || members.isSealed ? null : `${self}/seal`,
      cancel: hasEnded ? null : `${self}/cancel`,
    },
  };
}

async function openTallies({ id, createdAtMs, members }: Group, tallies: TallyStore) {
  const open = members.shards.flatMap(({ ended }, shard): readonly ShardKey[] => (ended === undefined ? [{ id, createdAtMs, shard }] : []));
  const read = open.length === 0 ? [] : await tallies.read(open);
  return new Map(read.map((tally, i) => [open[i]?.shard ?? 0, tally]));
}
