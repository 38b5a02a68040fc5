/** The tables and buckets that the settings list: there, in this region, and readable with the keys that the settings name. */
import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { GetBucketEncryptionCommand, HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { errorName } from '../failure.ts';
import { type Finding, ok, problem, warning } from '../finding.ts';

export interface DataClients {
  readonly dynamoDb: DynamoDBClient;
  readonly kms: KMSClient;
  readonly s3: S3Client;
}

/** @param keys ARNs that the workers may use */
export async function table(
  { dynamoDb, kms }: Pick<DataClients, 'dynamoDb' | 'kms'>,
  name: string,
  { region, keys }: { readonly region: string; readonly keys: readonly string[] },
): Promise<Finding> {
  try {
    const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: name }));
    const { TableStatus: status, SSEDescription: { KMSMasterKeyArn: key } = {} } = Table ?? {};
    if (status !== 'ACTIVE')
      return warning(`The table ${name} is ${status}, not ACTIVE.`, { advice: 'Jobs that write to it fail until it is.' });
    if (key !== undefined && !keys.includes(key) && (await isOwn(kms, key))) return foreignKey(`table ${name}`, key, 'tableKeys');
    return ok(`The table ${name} is there.`);
  } catch (error) {
    if (errorName(error) !== 'ResourceNotFoundException') throw error;
    return problem(`There is no table ${name} in ${region} of this account: jobs that write to it fail.`, {
      advice: 'Take it off writableTables, or make it.',
      commands: ['aws dynamodb list-tables'],
    });
  }
}

/** @param keys ARNs that the workers may use */
export async function bucket(
  { s3, kms }: Pick<DataClients, 's3' | 'kms'>,
  name: string,
  { region, keys }: { readonly region: string; readonly keys: readonly string[] },
): Promise<Finding> {
  const where = await locate(s3, name);
  if (where === 'missing') {
    return problem(`There is no bucket ${name}: jobs that read from it fail.`, {
      advice: 'Take it off sourceBuckets, or make it.',
      commands: ['aws s3 ls'],
    });
  }
  if (where !== undefined && where !== region) {
    return warning(
      `The bucket ${name} is in ${where}, and the deployment in ${region}: S3 charges what is read as transfer between regions.`,
      {
        advice: `Deploy in ${where}, or copy what is read often to a bucket of this region.`,
      },
    );
  }
  const key = await keyOfBucket(s3, name);
  if (key !== undefined && !keys.includes(key) && (await isOwn(kms, key))) return foreignKey(`bucket ${name}`, key, 'sourceKeys');
  return ok(`The bucket ${name} is there.`);
}

/** @returns its region, as far as S3 says it */
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

/** A key that a person made, whose policy decides; AWS's own let everybody of the account who may use the service. */
async function isOwn(kms: KMSClient, key: string): Promise<boolean> {
  try {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: key }));
    return KeyMetadata?.KeyManager === 'CUSTOMER';
  } catch {
    return true; // another account's key cannot be described without a right on it
  }
}

function foreignKey(what: string, key: string, setting: 'tableKeys' | 'sourceKeys'): Finding {
  return warning(`The ${what} is encrypted with a key of its own, ${key}, which the workers may not use by their policies.`, {
    advice: `Name it in ${setting}; docs/security.md, "Other keys of yours", says what its policy needs. Without it, jobs fail.`,
    commands: [`aws kms get-key-policy --key-id ${key} --policy-name default --output text`],
  });
}
