/** One place for how AWS is called: time-outs that really end a call, a bounded number of tries, connections kept. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Ec2Client, type Ec2Options } from './ec2/client.ts';

/**
 * The SDK has no time-out of its own, and `requestTimeout` alone only warns.
 * @see https://github.com/aws/aws-sdk-js-v3/issues/6763
 */
const httpHandler = (requestTimeoutMs: number) => {
  // An emulator shares a machine with its callers: one that is slow is busy, and another try makes it busier.
  const [connectionTimeout, requestTimeout] = usesEmulator() ? [30_000, 3 * requestTimeoutMs] : [2_000, requestTimeoutMs];
  return new NodeHttpHandler({ connectionTimeout, requestTimeout, throwOnRequestTimeout: true });
};

export const dynamoDbClient = () => new DynamoDBClient({ maxAttempts: 4, requestHandler: httpHandler(3_000) });
export const sqsClient = () => new SQSClient({ maxAttempts: 4, requestHandler: httpHandler(3_000) });
/** For bulk work: bigger answers, longer waits. */
export const bulkDynamoDbClient = () => new DynamoDBClient({ maxAttempts: 6, requestHandler: httpHandler(10_000) });
/**
 * Time-out is between bytes sent and first answer, so it bounds no long download.
 * @param region when not the deployment's own
 */
export const s3Client = (region?: string) =>
  new S3Client({
    maxAttempts: 4,
    requestHandler: httpHandler(30_000),
    forcePathStyle: usesEmulator(),
    ...(region === undefined ? {} : { region }),
  });
export const secretsManagerClient = () => new SecretsManagerClient({ maxAttempts: 4, requestHandler: httpHandler(3_000) });
export const ec2Client = (options: Partial<Ec2Options> = {}) =>
  new Ec2Client({ maxAttempts: 4, requestHandler: httpHandler(30_000), ...options });

/** An emulator on a bare address has no bucket subdomains. @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html */
function usesEmulator(): boolean {
  const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3 } = process.env;
  return AWS_ENDPOINT_URL !== undefined || AWS_ENDPOINT_URL_S3 !== undefined;
}
