/** The AWS clients of the doctor: none of them writes, and each call ends within seconds. */
import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { readOnly } from './read-only.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface ClientOptions {
  readonly region: string;
  /** @default the credentials that the SDK's own chain finds, as for the AWS CLI */
  readonly credentials?: Credentials;
  /** The endpoint of every service, for an emulated account. @default AWS's own, or `AWS_ENDPOINT_URL` */
  readonly endpoint?: string;
}

export type Clients = ReturnType<typeof clientsFor>;

export function clientsFor({ region, credentials, endpoint }: ClientOptions) {
  const common = {
    region,
    maxAttempts: 4, // AWS throttles bursts of requests
    requestHandler: new NodeHttpHandler({ connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
  const sts = readOnly('sts', new STSClient({ ...common, ...(credentials === undefined ? {} : { credentials }) }));
  // Resolved once for all clients: a chain may prompt for a code, or run a program.
  const config = { ...common, credentials: sts.config.credentials };
  const isEmulated = endpoint !== undefined || process.env['AWS_ENDPOINT_URL'] !== undefined;
  const regional = (where: string) => ({
    kms: readOnly('kms', new KMSClient({ ...config, region: where })),
    s3: readOnly('s3', new S3Client({ ...config, region: where, forcePathStyle: isEmulated })),
  });
  return {
    ...regional(region),
    /** Clients for sources, which may be in any region. */
    inRegion: regional,
    apiGateway: readOnly('apigateway', new APIGatewayClient(config)),
    cloudFormation: readOnly('cloudformation', new CloudFormationClient(config)),
    cloudWatch: readOnly('cloudwatch', new CloudWatchClient(config)),
    dynamoDb: readOnly('dynamodb', new DynamoDBClient(config)),
    ec2: readOnly('ec2', new EC2Client(config)),
    eventBridge: readOnly('events', new EventBridgeClient(config)),
    secretsManager: readOnly('secretsmanager', new SecretsManagerClient(config)),
    iam: readOnly('iam', new IAMClient(config)),
    lambda: readOnly('lambda', new LambdaClient(config)),
    logs: readOnly('logs', new CloudWatchLogsClient(config)),
    serviceQuotas: readOnly('servicequotas', new ServiceQuotasClient(config)),
    sns: readOnly('sns', new SNSClient(config)),
    ssm: readOnly('ssm', new SSMClient(config)),
    sts,
  };
}
