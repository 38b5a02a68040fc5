/** Checks the tables and buckets that the settings list: whether they exist, in which region, and whether the settings name their keys. */
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { GetBucketEncryptionCommand, HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Clients } from '../clients.ts';
import { errorName } from '../deploy-failure.ts';
import { type Finding, ok, problem, warning } from '../finding.ts';

interface Readers {
  readonly region: string;
  readonly account: string;
  /** ARNs of keys that the workers may use. */
  readonly keys: readonly string[];
}

export async function table({ dynamoDb, kms }: Pick<Clients, 'dynamoDb' | 'kms'>, name: string, readers: Readers): Promise<Finding> {
  try {
    const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: name }));
    const { TableStatus: status, SSEDescription: { KMSMasterKeyArn } = {} } = Table ?? {};
    if (status !== 'ACTIVE')
      return warning(`The table ${name} is ${status}, not ACTIVE.`, { advice: 'Jobs that write to it fail until it is ACTIVE.' });
    const key = await unlistedKey(kms, KMSMasterKeyArn, readers);
    return key === undefined ? ok(`The table ${name} exists.`) : foreignKey(`table ${name}`, key, 'tableKeys');
  } catch (error) {
    if (errorName(error) !== 'ResourceNotFoundException') throw error;
    return problem(`There is no table ${name} in ${readers.region} of this account: jobs that write to it fail.`, {
      advice: 'Remove it from writableTables, or create it.',
      commands: [`aws dynamodb list-tables --region ${readers.region}`],
    });
  }
}

export async function bucket(
  { s3, inRegion }: Pick<Clients, 's3' | 'inRegion'>,
  name: string,
  readers: Readers,
): Promise<readonly Finding[]> {
  const { region } = readers;
  const where = (await locate(s3, name)) ?? region;
  if (where === 'missing') {
    const found = `There is no bucket ${name}: jobs that read from it fail.`;
    return [problem(found, { advice: 'Remove it from sourceBuckets, or create it.', commands: ['aws s3 ls'] })];
  }
  const there = where === region ? ok(`The bucket ${name} exists.`) : ofOtherRegion(name, where, region);
  if (where === 'another region') return [there];
  const regional = inRegion(where);
  const key = await unlistedKey(regional.kms, await keyOfBucket(regional.s3, name), readers);
  if (key === undefined) return [there];
  const unreadable = foreignKey(`bucket ${name}`, key, 'sourceKeys');
  return where === region ? [unreadable] : [there, unreadable];
}

const ofOtherRegion = (name: string, where: string, region: string): Finding =>
  warning(`The bucket ${name} is in ${where}, and the deployment in ${region}: S3 charges reads as transfer between regions.`, {
    advice: `Deploy in ${where}, or copy objects that are read often to a bucket of this region.`,
  });

/** @returns its region, if S3 reports it */
async function locate(s3: S3Client, Bucket: string): Promise<string | 'missing' | undefined> {
  try {
    const { BucketRegion } = await s3.send(new HeadBucketCommand({ Bucket }));
    return BucketRegion;
  } catch (error) {
    const { $response, $metadata } = error as {
      readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
      readonly $metadata?: { readonly httpStatusCode?: number };
    };
    const region = $response?.headers?.['x-amz-bucket-region'];
    if ($metadata?.httpStatusCode === 404) return 'missing';
    if ($metadata?.httpStatusCode === 301 || $metadata?.httpStatusCode === 400) return region ?? 'another region';
    throw error;
  }
}

async function keyOfBucket(s3: S3Client, Bucket: string): Promise<string | undefined> {
  try {
    const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }));
    const [rule] = ServerSideEncryptionConfiguration?.Rules ?? [];
    const { SSEAlgorithm, KMSMasterKeyID } = rule?.ApplyServerSideEncryptionByDefault ?? {};
    return SSEAlgorithm?.startsWith('aws:kms') ? KMSMasterKeyID : undefined;
  } catch (error) {
    if (errorName(error) === 'ServerSideEncryptionConfigurationNotFoundError') return undefined;
    throw error;
  }
}

/**
 * Finds out who manages a key: the policy of a customer's key decides who may use it, and AWS's own keys allow every principal of the account.
 * @param key its id, its ARN, or an alias
 * @returns its ARN, if it is a customer's key and the settings do not name it
 */
async function unlistedKey(kms: KMSClient, key: string | undefined, { account, keys }: Readers): Promise<string | undefined> {
  if (key === undefined || keys.includes(key)) return undefined;
  const [, , , , owner = account, resource] = key.split(':');
  // Only the owner may describe it, and AWS's own keys are not used across accounts.
  if (owner !== account && resource?.startsWith('key/')) return key;
  const { KeyMetadata: { Arn = key, KeyManager } = {} } = await kms.send(new DescribeKeyCommand({ KeyId: key }));
  return KeyManager !== 'CUSTOMER' || keys.includes(Arn) ? undefined : Arn;
}

function foreignKey(what: string, key: string, setting: 'tableKeys' | 'sourceKeys'): Finding {
  return warning(`The ${what} is encrypted with a customer-managed key, ${key}, which the workers' policies do not allow.`, {
    advice: `Name it in ${setting}; docs/security.md, "Other keys of yours", lists what its policy needs. Without it, jobs fail.`,
    commands: [`aws kms get-key-policy --region ${key.split(':')[3]} --key-id ${key} --policy-name default --output text`],
  });
}
