/** The numbers of unique keys, as DynamoDB keeps them: each is moved on from the one that was read. */
import type { UniqueStore } from '../lambdas/core/submit/unique-job.ts';
import type { Carry } from './carry.ts';

export class MemoryUniqueStore {
  private readonly numbers = new Map<string, number>();

  /** The store as one process reaches it. */
  connect(carry: Carry): UniqueStore {
    return {
      read: (key) => carry('read unique', () => this.numbers.get(key) ?? 0),
      moveOn: (key, number) =>
        carry('move unique on', () => {
          if (number !== (this.numbers.get(key) ?? 0)) return false;
          this.numbers.set(key, number + 1);
          return true;
        }),
    };
  }
}
