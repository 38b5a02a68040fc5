/** The tallies of groups as DynamoDB keeps them: sets of positions. */
import { type MemberEnd, memberEnds, type ShardKey, type Tally, type TallyStore } from '../lambdas/core/job/group.ts';
import type { Carry } from './carry.ts';

export class MemoryTallyStore {
  /** By the key of the shard, the end and the position. */
  readonly sets = new Map<string, Record<MemberEnd, Set<number>>>();
  /** Observes each write, at the moment when it is done. */
  onWrite: (key: string) => void = () => undefined;

  /** The store as one process reaches it. */
  connect(carry: Carry): TallyStore {
    return {
      add: (shard, end, positions) =>
        carry('add to tally', () => {
          const key = keyOf(shard);
          const sets = this.sets.get(key) ?? { succeeded: new Set(), failed: new Set(), cancelled: new Set(), refused: new Set() };
          this.sets.set(key, sets);
          for (const position of positions) sets[end].add(position);
          this.onWrite(key);
          return this.tallyOf(key);
        }),
      read: (shards) => carry('read tallies', () => shards.map((shard) => this.tallyOf(keyOf(shard)))),
    };
  }

  private tallyOf(key: string): Tally {
    const sets = this.sets.get(key);
    return Object.fromEntries(memberEnds.map((end) => [end, [...(sets?.[end] ?? [])].sort((a, b) => a - b)])) as Record<
      MemberEnd,
      number[]
    >;
  }
}

function keyOf({ id, createdAtMs, shard }: ShardKey): string {
  return `group#${id}#${createdAtMs}#${shard}`;
}
