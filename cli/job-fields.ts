/** The members of what the API answers, which `--json` picks from. */
export const jobFields = [
  'id',
  'type',
  'owner',
  'status',
  'reason',
  'progress',
  'attempt',
  'maxAttempts',
  'input',
  'result',
  'error',
  'createdAt',
  'notBefore',
  'deadline',
  'startedAt',
  'finishedAt',
  'expiresAt',
  'cancelRequestedAt',
  'tags',
  'retryOf',
  'retriedBy',
  'parent',
  'children',
  'uniqueKey',
  'after',
  'afterFailure',
  'concurrencyKey',
  'priority',
  'group',
  'schedule',
  'scheduledFor',
  'webhook',
  'timeline',
  'traceparent',
  'cost',
  'links',
  'delegated',
] as const;

/** Members of the preview of an action on many jobs. */
export const selectionFields = ['dryRun', 'count', 'isLowerBound', 'jobs'] as const;

/** Members of the answer to a submission that is only checked. */
export const validationFields = ['type', 'startAt', 'deadline', 'replayOf', 'estimatedCost'] as const;

/** Members of a job type in the list of all. */
const jobTypeFields = ['name', 'description', 'state', 'stateChange', 'queue', 'schemaHash', 'links'] as const;

/** Members of a job type that is read alone. */
export const wholeJobTypeFields = [
  ...jobTypeFields,
  'version',
  'inputSchema',
  'resultSchema',
  'signalSchemas',
  'limits',
  'keys',
  'priorities',
] as const;

export const meFields = ['owner', 'isAdmin', 'allowed', 'quota', 'idempotencyRelease', 'deployment', 'version'] as const;

export const scheduleFields = [
  'name',
  'owner',
  'cron',
  'timeZone',
  'every',
  'note',
  'job',
  'overlap',
  'catchUp',
  'jitterSeconds',
  'paused',
  'startAt',
  'endAt',
  'nextTimes',
  'lastFiring',
  'createdAt',
  'updatedAt',
  'links',
] as const;

export const groupFields = [
  'id',
  'owner',
  'status',
  'sealed',
  'counts',
  'progress',
  'batches',
  'error',
  'createdAt',
  'deadline',
  'finishedAt',
  'expiresAt',
  'cancelRequestedAt',
  'tags',
  'links',
] as const;
