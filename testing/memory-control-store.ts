/** The states of the job types as DynamoDB keeps them: one item, written over the revision that was read. */
import type { Control, ControlStore } from '../lambdas/core/control/job-type-states.ts';
import type { Carry } from './carry.ts';

export class MemoryControlStore {
  private control: Control = { types: {}, changes: {}, partitions: undefined, revision: 0, cursors: {} };

  /** The store as one process reaches it. */
  connect(carry: Carry): ControlStore {
    return {
      read: () => carry('read control', () => this.control),
      write: ({ types, changes, partitions, revision }) =>
        carry('write control', () => {
          if (revision !== this.control.revision) return false;
          this.control = { ...this.control, types, changes, partitions, revision: revision + 1 };
          return true;
        }),
      writeCursors: (cursors) =>
        carry('write cursors', () => {
          this.control = { ...this.control, cursors };
        }),
    };
  }
}
