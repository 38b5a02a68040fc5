/**
 * What the deployer allows, as plain data: read once by `bin/` (or the local mode), turned into permissions by `lib/` and handed to
 * workers in the environment. `'*'` alone in a list means "anything", which only the local mode uses.
 */
export interface Settings {
  /** DynamoDB tables that `write-batch` may write to, by name. */
  readonly writableTables: readonly string[];
  /** Buckets that jobs may read sources from, by name. */
  readonly sourceBuckets: readonly string[];
  /** ARNs of the keys that encrypt objects in `sourceBuckets`. Only permissions are built from it. */
  readonly sourceKeys?: readonly string[] | undefined;
  /** ARNs of the keys that encrypt `writableTables`. Only permissions are built from it. */
  readonly tableKeys?: readonly string[] | undefined;
  readonly ec2: Ec2Settings;
  /** Tells this deployment's instances from those of others in the account: its stack's name. */
  readonly deployment?: string | undefined;
  /** For each owner alike; nothing is limited, counted or read where it is not set. */
  readonly quota?: Quota;
  /** Owners who see everybody's jobs, and may pause and drain job types. */
  readonly admins: readonly string[];
  /** How callers are told apart where tokens authenticate them; without it they sign with IAM. */
  readonly jwt?: JwtSettings;
}

export interface JwtSettings {
  /** The claim that names the owner. */
  readonly ownerClaim: string;
  /** Whose claim `name` is or contains `value` is an admin. */
  readonly adminClaim?: { readonly name: string; readonly value: string } | undefined;
}

export interface Quota {
  readonly submissionsPerMinute?: number | undefined;
  /** At most 1,000: their ids are kept in one item. */
  readonly jobsInFlight?: number | undefined;
}

/** What `launch-instances` may use. An empty list allows nothing. */
export interface Ec2Settings {
  readonly instanceTypes: readonly string[];
  readonly subnetIds: readonly string[];
  readonly imageIds: readonly string[];
  /** Launch templates by id or name. */
  readonly launchTemplates: readonly string[];
  /** ARNs of roles that launched instances may carry. */
  readonly instanceRoles?: readonly string[] | undefined;
  /** `resolve:ssm:…` as launch templates hold it. Only permissions are built from it. */
  readonly templateParameters?: readonly string[] | undefined;
  /** ARNs of the keys that encrypt volumes of launched instances. Only permissions are built from it. */
  readonly volumeKeys?: readonly string[] | undefined;
}

/** @returns whether `value` is on the deployer's list */
export function isAllowed(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}
