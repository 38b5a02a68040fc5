/** Permissions for KMS keys that the deployer lists, only through the service whose data they encrypt. */
import type { PermissionStatement } from '../core/contract/contract.ts';

/** @returns `kms:ViaService` of a service in a region; China's regions have a suffix of their own, and no other partition has it */
function viaService(service: 'dynamodb' | 'ec2' | 's3', region = '{region}') {
  return { 'kms:ViaService': [`${service}.${region}.amazonaws.com`, `${service}.${region}.amazonaws.com.cn`] };
}

/**
 * Reading an object, and reading or writing a table, takes the caller's right to decrypt its key.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 * @param keys ARNs; a key is in the region of what it encrypts, which may be another one than the deployment's
 */
export function decryptPermissions(service: 'dynamodb' | 's3', keys: readonly string[] = []): readonly PermissionStatement[] {
  return [...Map.groupBy(keys, regionOf)].map(([region, resources]) => ({
    actions: ['kms:Decrypt'],
    resources,
    conditions: { StringEquals: viaService(service, region) },
  }));
}

/**
 * EC2 encrypts volumes in the launcher's name: the key is granted to the volume, and a launcher that may not do so gets instances that end at once.
 * @see https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html#ebs-encryption-permissions
 */
export function volumeKeyPermissions(keys: readonly string[]): readonly PermissionStatement[] {
  const throughEc2 = viaService('ec2');
  return [
    {
      actions: ['kms:DescribeKey', 'kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
      resources: keys,
      conditions: { StringEquals: throughEc2 },
    },
    {
      actions: ['kms:CreateGrant'],
      resources: keys,
      conditions: { StringEquals: throughEc2, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
  ];
}

/** @returns undefined for an ARN that is known only at deployment, such as that of a key of the same app */
function regionOf(keyArn: string): string | undefined {
  const [, , service, region] = keyArn.split(':');
  return service === 'kms' ? region : undefined;
}
