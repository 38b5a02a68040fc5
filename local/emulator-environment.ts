import type { Emulators } from './emulators.ts';

/** Where the servers are; there need be no EventBridge where no events are put. */
export type EmulatorUrls = Omit<Emulators, 'stop' | 'events'> & { readonly events?: string };

export const localCredentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** The environment variables that point every AWS SDK of a process at these endpoints. @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
export function emulatorEnvironment(emulators: EmulatorUrls): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_DYNAMODB: emulators.dynamodb,
    AWS_ENDPOINT_URL_SQS: emulators.sqs,
    AWS_ENDPOINT_URL_S3: emulators.s3,
    AWS_ENDPOINT_URL_EC2: emulators.ec2,
    ...(emulators.events === undefined ? {} : { AWS_ENDPOINT_URL_EVENTBRIDGE: emulators.events }),
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  };
}
