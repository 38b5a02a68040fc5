import type { Emulators } from './emulators.ts';

export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** The environment variables that point every AWS SDK of a process at these endpoints. @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
export function emulatorEnvironment(emulators: Pick<Emulators, 'dynamodb' | 'sqs' | 's3' | 'ec2'>): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: emulators.dynamodb,
    AWS_ENDPOINT_URL_SQS: emulators.sqs,
    AWS_ENDPOINT_URL_S3: emulators.s3,
    AWS_ENDPOINT_URL_EC2: emulators.ec2,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  };
}
