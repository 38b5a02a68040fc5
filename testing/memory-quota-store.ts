/** What each owner has used of the quota, as DynamoDB keeps it: an item an owner, written over the revision that was read. */
import type { QuotaStore, Usage } from '../lambdas/core/submit/quota.ts';
import type { Carry } from './carry.ts';

const nothing: Usage = { minute: 0, submissions: 0, jobs: [], recent: {}, fullAtMs: 0, revision: 0 };

export class MemoryQuotaStore {
  private readonly usages = new Map<string, Usage>();

  /** The store as one process reaches it. */
  connect(carry: Carry): QuotaStore {
    return {
      read: (owner) => carry('read quota', () => this.usages.get(owner) ?? nothing),
      write: (owner, usage) =>
        carry('write quota', () => {
          if (usage.revision !== (this.usages.get(owner)?.revision ?? 0)) return false;
          this.usages.set(owner, { ...usage, revision: usage.revision + 1 });
          return true;
        }),
    };
  }
}
