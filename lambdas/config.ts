/** The configuration of a function in its environment: written by `lib/` and the local mode, read by the handlers. */
import * as z from 'zod';
import type { QueueUrls } from './adapters/sqs-wake-up-queues.ts';
import { runtimeSettingsSchema, type Settings } from './core/contract/runtime-settings.ts';
import { type PartitionCount, partitionCounts } from './core/job/index-partitions.ts';

export interface EventSettings {
  /** The name or ARN of the bus. */
  readonly bus: string;
  /** Whether starts of jobs are events, too. */
  readonly starts: boolean;
}

export interface Config {
  readonly tableName: string;
  readonly bucketName: string;
  /** The queues by job type; only those that this function may use. */
  readonly queues: Readonly<Record<string, QueueUrls>>;
  readonly leaseSeconds: number;
  readonly graceSeconds: number;
  readonly clockSeconds: number;
  readonly retentionDays: number;
  readonly settings: Settings;
  /** Where events of jobs go; without it there are none. */
  readonly events?: EventSettings;
  /** Names the deployment in its metrics; without it they are plain log lines that are not counted. */
  readonly deploymentName?: string;
  /** Whether what every job counts is counted by type as well. */
  readonly metricsByType?: boolean;
  /** Where callers find the API; only for workers whose type has signals, which make links to it. */
  readonly apiUrl?: string;
  /** Jobs of a type that the clock wakes in one run; without it, the number in its own `limits.ts`. */
  readonly clockJobsPerRun?: number;
  /** How many partitions the indexes are to have; only the clock's function has it, and announces it to the others. */
  readonly indexPartitions?: PartitionCount;
  /** Where the local mode appends logs, instead of writing them to standard output. */
  readonly logFile?: string;
}

/**
 * Lease and grace are equal, so that a job whose worker died at once is found as soon as its lease is over, and a short job, done within
 * its grace, never costs an index write. A minute is the finest schedule that EventBridge has.
 */
export const defaultTimes = { leaseSeconds: 120, graceSeconds: 120, clockSeconds: 60, retentionDays: 30 };

/** The time limit of a run of the clock: less than a minute, so that no two overlap. */
export const clockTimeoutSeconds = 55;

/** Holds the number of jobs of a type that the clock wakes in one run. */
export const clockJobsVariable = 'DELEGATION_CLOCK_JOBS';

/** Holds the number of partitions that the indexes are to have. */
export const partitionsVariable = 'DELEGATION_PARTITIONS';

/** Holds the address of the API. */
export const apiUrlVariable = 'DELEGATION_API_URL';

const environment = z.object({
  DELEGATION_TABLE: z.string().min(1),
  DELEGATION_BUCKET: z.string().min(1),
  DELEGATION_QUEUES: json(z.record(z.string(), z.object({ url: z.string(), deadLetterUrl: z.string().exactOptional() }))),
  DELEGATION_SETTINGS: json(runtimeSettingsSchema),
  DELEGATION_LEASE_SECONDS: seconds(0.1, 43_200).default(defaultTimes.leaseSeconds),
  DELEGATION_GRACE_SECONDS: seconds(0.1, 86_400).default(defaultTimes.graceSeconds),
  DELEGATION_CLOCK_SECONDS: seconds(0.1, 3_600).default(defaultTimes.clockSeconds),
  DELEGATION_RETENTION_DAYS: seconds(1, 3_650).default(defaultTimes.retentionDays),
  DELEGATION_EVENTS: json(z.object({ bus: z.string().min(1), starts: z.boolean() })).optional(),
  DELEGATION_NAME: z.string().min(1).optional(),
  DELEGATION_METRICS: z.literal('types').optional(),
  [apiUrlVariable]: z.string().min(1).optional(),
  [clockJobsVariable]: z.coerce.number().int().min(1).optional(),
  [partitionsVariable]: z.coerce.number().pipe(z.literal(partitionCounts)).optional(),
  DELEGATION_LOG_FILE: z.string().optional(),
});

/** @throws Error that names every variable that is missing or wrong */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const parsed = environment.safeParse(env, { jitless: true });
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`The environment of this function is not complete: ${faults.join('; ')}`);
  }
  const { data } = parsed;
  return {
    tableName: data.DELEGATION_TABLE,
    bucketName: data.DELEGATION_BUCKET,
    queues: data.DELEGATION_QUEUES,
    settings: data.DELEGATION_SETTINGS,
    leaseSeconds: data.DELEGATION_LEASE_SECONDS,
    graceSeconds: data.DELEGATION_GRACE_SECONDS,
    clockSeconds: data.DELEGATION_CLOCK_SECONDS,
    retentionDays: data.DELEGATION_RETENTION_DAYS,
    ...(data.DELEGATION_EVENTS === undefined ? {} : { events: data.DELEGATION_EVENTS }),
    ...(data.DELEGATION_NAME === undefined ? {} : { deploymentName: data.DELEGATION_NAME }),
    ...(data.DELEGATION_METRICS === undefined ? {} : { metricsByType: true }),
    ...(data.DELEGATION_API_URL === undefined ? {} : { apiUrl: data.DELEGATION_API_URL }),
    ...(data.DELEGATION_CLOCK_JOBS === undefined ? {} : { clockJobsPerRun: data.DELEGATION_CLOCK_JOBS }),
    ...(data.DELEGATION_PARTITIONS === undefined ? {} : { indexPartitions: data.DELEGATION_PARTITIONS }),
    ...(data.DELEGATION_LOG_FILE === undefined ? {} : { logFile: data.DELEGATION_LOG_FILE }),
  };
}

/** @returns the environment that `readConfig` reads back */
export function writeConfig(config: Config): Record<string, string> {
  return {
    DELEGATION_TABLE: config.tableName,
    DELEGATION_BUCKET: config.bucketName,
    DELEGATION_QUEUES: JSON.stringify(config.queues),
    DELEGATION_SETTINGS: JSON.stringify(withoutKeys(config.settings)),
    DELEGATION_LEASE_SECONDS: String(config.leaseSeconds),
    DELEGATION_GRACE_SECONDS: String(config.graceSeconds),
    DELEGATION_CLOCK_SECONDS: String(config.clockSeconds),
    DELEGATION_RETENTION_DAYS: String(config.retentionDays),
    ...(config.events === undefined ? {} : { DELEGATION_EVENTS: JSON.stringify(config.events) }),
    ...(config.deploymentName === undefined ? {} : { DELEGATION_NAME: config.deploymentName }),
    ...(config.metricsByType === true ? { DELEGATION_METRICS: 'types' } : {}),
    ...(config.logFile === undefined ? {} : { DELEGATION_LOG_FILE: config.logFile }),
  };
}

/** No function reads what only permissions are built from, and an environment has 4 KB. */
function withoutKeys({ sourceKeys, tableKeys, ec2: { templateParameters, volumeKeys, ...ec2 }, ...settings }: Settings): Settings {
  return { ...settings, ec2 };
}

function json<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' });
        return z.NEVER;
      }
    })
    .pipe(schema);
}

/** Fractions are allowed, so that tests need not wait. */
function seconds(min: number, max: number) {
  return z.coerce.number().min(min).max(max);
}
