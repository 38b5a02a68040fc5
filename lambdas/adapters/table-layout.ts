/** The keys of the jobs table and its indexes, for the store, the stack and the local mode. */
export const jobTable = {
  partitionKey: 'id',
  /**
   * Sparse: only jobs that have not ended are in it. What it holds changes only together with an alarm, or never, and so costs no write of its own.
   */
  due: { name: 'due', partitionKey: 'due', sortKey: 'alarmKey', holds: ['deadlineMs', 'dueStatus', 'listedAs', 'type', 'labels'] },
  listing: { name: 'listing', partitionKey: 'listing', sortKey: 'listedAs', holds: ['type', 'labels'] },
  /** Sparse: only jobs that failed or were cancelled are in it. */
  ended: { name: 'ended', partitionKey: 'ended', sortKey: 'listedAs', holds: ['type', 'labels'] },
  timeToLiveAttribute: 'expiresAtSeconds',
} as const;
