/** The keys of the jobs table and its indexes, for the store, the stack and the local mode. */
export const jobTable = {
  partitionKey: 'id',
  /** Sparse: only jobs that have not ended are in it. */
  due: { name: 'due', partitionKey: 'due', sortKey: 'alarmKey', holds: ['deadlineMs'] },
  listing: { name: 'listing', partitionKey: 'listing', sortKey: 'listedAs', holds: [] },
  timeToLiveAttribute: 'expiresAtSeconds',
} as const;
