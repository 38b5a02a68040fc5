/** What each owner has used of the quota, as DynamoDB keeps it: an item an owner, written over the revision that was read. */
import type { QuotaStore, Usage } from '../lambdas/core/submit/quota.ts';
import type { Carry } from './carry.ts';

const nothing: Usage = { minute: 0, submissions: 0, jobs: [], recent: {}, fullAtMs: 0, revision: 0 };

/** @param after equals `before` where the condition refuses the write */
export type QuotaWritten = (owner: string, before: Usage, after: Usage) => void;

export class MemoryQuotaStore {
  private readonly usages = new Map<string, Usage>();
  private readonly onWrite: QuotaWritten;

  /** @param onWrite called before each write; the write fails with what it throws */
  constructor(onWrite: QuotaWritten = () => undefined) {
    this.onWrite = onWrite;
  }

  /** The store as one process reaches it. */
  connect(carry: Carry): QuotaStore {
    return {
      read: (owner) => carry('read quota', () => this.usages.get(owner) ?? nothing),
      write: (owner, usage) =>
        carry('write quota', () => {
          const known = this.usages.get(owner) ?? nothing;
          const isCurrent = usage.revision === known.revision;
          this.onWrite(owner, known, isCurrent ? usage : known);
          if (!isCurrent) return false;
          this.usages.set(owner, { ...usage, revision: usage.revision + 1 });
          return true;
        }),
    };
  }
}
