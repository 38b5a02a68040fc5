import * as z from 'zod';
import { webhookEvents } from './webhook-events.ts';

const names = z.array(z.string());

/** The quota of each owner, in the deployer's settings and at run time. */
export const quotaSchema = z.strictObject({
  submissionsPerMinute: z.int().min(1).exactOptional().describe('Beyond it a submission is answered with 429.'),
  // At most 1,000, since their ids are kept in one item.
  jobsInFlight: z.int().min(1).max(1_000).exactOptional().describe('Jobs that have not ended, scheduled and delegated ones too.'),
});

/**
 * What the deployer allows, as plain data: derived once from the deployer's settings (or by the local mode), turned into permissions by `lib/` and
 * handed to the functions in their environment. `'*'` alone in a list means "anything", which only the local mode uses.
 */
export const runtimeSettingsSchema = z.object({
  /** Names of the DynamoDB tables that `write-batch` may write to. */
  writableTables: names,
  /** Names of the buckets that jobs may read sources from. */
  sourceBuckets: names,
  /** ARNs of the keys that encrypt objects in `sourceBuckets`. Only used to build permissions. */
  sourceKeys: names.optional(),
  /** ARNs of the keys that encrypt `writableTables`. Only used to build permissions. */
  tableKeys: names.optional(),
  /** What `launch-instances` may use. An empty list allows nothing. */
  ec2: z.object({
    instanceTypes: names,
    subnetIds: names,
    imageIds: names,
    /** Ids or names of launch templates. */
    launchTemplates: names,
    /** ARNs of roles that launched instances may have. */
    instanceRoles: names.optional(),
    /** Parameters as launch templates name them, `resolve:ssm:…`. Only used to build permissions. */
    templateParameters: names.optional(),
    /** ARNs of the keys that encrypt volumes of launched instances. Only used to build permissions. */
    volumeKeys: names.optional(),
  }),
  /** The deployment's name, which distinguishes its instances from those of others in the account. */
  deployment: z.string().optional(),
  /** The quota of each owner. Without it nothing is limited, counted or read. */
  quota: quotaSchema.optional(),
  /** With `failed`, a job that failed or was cancelled frees its idempotency key. Without it none does. */
  idempotencyRelease: z.literal('failed').optional(),
  /** Where the ends of jobs may be sent. Without it webhooks are off. */
  webhooks: z
    .object({
      /** Host names, exact or `*.example.com` for all below one; empty allows every public host. */
      allowedHosts: names,
      /** Receivers on this machine, which only the local mode allows. */
      allowsLoopback: z.literal(true).optional(),
      /** Is for submissions that name none. */
      default: z.object({ url: z.string(), events: z.array(z.enum(webhookEvents)).optional() }).optional(),
      /** What differs for some owners. */
      owners: z
        .record(
          z.string(),
          z.object({
            /** In place of the default; null: none. */
            url: z.string().nullable().optional(),
            events: z.array(z.enum(webhookEvents)).optional(),
            /** The ARN of the secret that signs their webhooks. */
            secretArn: z.string().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
  /** IAM callers that may see the jobs of all owners, and pause and drain job types. With tokens, `jwt.adminClaim` says who may. */
  admins: names,
  /** How a token identifies its owner. Without it callers sign with IAM. */
  jwt: z
    .object({
      /** The claim that names the owner. */
      ownerClaim: z.string(),
      /** A caller whose claim `name` equals or contains `value` is an admin. Without it no caller is. */
      adminClaim: z.object({ name: z.string(), value: z.string() }).optional(),
    })
    .optional(),
});

type ReadonlyDeep<T> = T extends readonly (infer Element)[]
  ? readonly ReadonlyDeep<Element>[]
  : T extends object
    ? { readonly [Key in keyof T]: ReadonlyDeep<T[Key]> }
    : T;

export type Settings = ReadonlyDeep<z.output<typeof runtimeSettingsSchema>>;
export type Quota = ReadonlyDeep<z.output<typeof quotaSchema>>;
export type Ec2Settings = Settings['ec2'];

/** @returns whether `value` is on the deployer's list */
export function isAllowed(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}
